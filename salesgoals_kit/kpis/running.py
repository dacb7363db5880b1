"""What it costs to stay in business: fixed costs and spend of the last year, and what follows revenue up and down."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.months import Clock, reach
from salesgoals_kit.kpis.revenue import MONTH, costed_rows, counted_in, revenue_parts, sales
from salesgoals_kit.kpis.scope import Scope, monthly, teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, Rate, say

COLUMNS = ("team", "kind", "counted_in")


@dataclass(frozen=True)
class RunningCosts:
    """An owner's costs of the last ``months`` whole months (at most a year), in currency units.

    ``fixed``: costs of kind fixed, whatever they are counted in, the owner's share of what is shared included;
    ``spend``: the table of spend, likewise. ``fixed_in_margin``: what of the fixed the owner's margin has taken off
    already. ``apart``: costs of kind variable that the margin does not have; ``in_margin``: whether there is anything
    that it has. ``revenue``: the owner's, of the same months; ``costed``: that of it which the margin is of, as rows
    without a cost count in no margin. ``share``: the owner's part of what belongs to the whole
    company, by ``allocate`` of the company file.
    """

    months: int
    fixed: float
    spend: float
    fixed_in_margin: float
    apart: float
    in_margin: bool
    revenue: float
    costed: float
    share: float
    notes: tuple[Message, ...]


@handed
def running_costs(tables: Tables, owner: Owner = COMPANY) -> RunningCosts | None:
    """Return the owner's costs; None where there is no table of costs with a whole month, and for a rep.

    What belongs to a team above the owner, or to nobody, is shared. Fixed costs and spend go by head (people there at
    as_of, each with the part of him that is there) or by revenue of the months, as ``floor.allocate`` says; variable
    costs always by revenue, which they follow. A table of spend is added as it is: what costs count in ``spend`` is
    in them alone, so that nothing is subtracted twice.
    """
    if owner.kind == "rep" or not tables.has("costs"):
        return None
    everyone = Scope(tables)
    found = reach(everyone, [Clock("costs", ("month",))])
    if found.first > found.last:
        return None
    span = (max(found.first, found.last - YEAR + 1), found.last)
    costs = monthly(tables.frame("costs"), "month_month", COLUMNS, amount=nw.col("amount"))
    costs = costs[costs["month"].between(*span)]
    scope, units = Scope(tables, owner), tables.company.minor_units
    heads, brought = _Shares(tables, owner, span), _Shares(tables, owner, span, by_revenue=True)
    rule = brought if tables.company.floor.allocate == "revenue" else heads
    fixed, variable = costs[costs["kind"] == "fixed"], costs[costs["kind"] == "variable"]
    in_margin = scope.owns("costs") and counted_in(scope, "margin") is not None
    own_fixed = (
        fixed[(fixed["counted_in"] == "margin") & _own(fixed, owner, tables)]["amount"].sum() if in_margin else 0
    )
    own_variable = (variable["counted_in"] == "margin") & _own(variable, owner, tables) & in_margin
    return RunningCosts(
        months=span[1] - span[0] + 1,
        fixed=rule.of(fixed) / units,
        spend=rule.of(_spend(tables, span)) / units,
        fixed_in_margin=float(own_fixed) / units,
        apart=brought.of(variable[~own_variable]) / units,
        in_margin=in_margin or costed_rows(scope),
        revenue=_revenue(scope, span) / units,
        costed=(_costed(scope, span) if costed_rows(scope) else _revenue(scope, span)) / units,
        share=rule.part(None),
        notes=_notes(tables, owner, rule.part(None), span[1] - span[0] + 1),
    )


class _Shares:
    """What part of the costs of a team, or of nobody, the owner bears."""

    def __init__(self, tables: Tables, owner: Owner, span: tuple[int, int], *, by_revenue: bool = False) -> None:
        self.tables, self.owner, self.span, self.by_revenue = tables, owner, span, by_revenue

    def of(self, rows: pd.DataFrame) -> float:
        """Return the owner's part of the rows' amounts."""
        given = {str(team): float(own["amount"].sum()) for team, own in rows.groupby("team")}
        nobody = float(rows.loc[rows["team"].isna(), "amount"].sum())
        return float(sum(self.part(team) * amount for team, amount in given.items()) + self.part(None) * nobody)

    def part(self, team: str | None) -> float:
        """Return 1 for the owner's own and for what is below, its share of what is above, else 0."""
        if self.owner.team is None or (team is not None and team in teams_of(self.tables.company, self.owner.team)):
            return 1.0
        if team is not None and self.owner.team not in teams_of(self.tables.company, team):
            return 0.0
        whole = self._weight(Owner(team)) if team is not None else self._of_all_teams()
        return self._weight(self.owner) / whole if whole > 0 else 0.0

    def _of_all_teams(self) -> float:
        """Return the weight of all who are in a team: the shares of teams beside each other add up to 1."""
        if self.by_revenue:
            return float(_revenue_by_team(self.tables, self.span).sum())
        people = make_up(self.tables).people
        return float(people.loc[people["team"].notna(), "share"].sum())

    def _weight(self, owner: Owner) -> float:
        if self.by_revenue:
            teams = teams_of(self.tables.company, str(owner.team))
            return float(_revenue_by_team(self.tables, self.span).reindex(teams).fillna(0).sum())
        return float(make_up(self.tables, owner).people["share"].sum())


def _revenue_by_team(tables: Tables, span: tuple[int, int]) -> pd.Series:
    parts = revenue_parts(Scope(tables), ("team",), span[1])
    return parts[parts["month"].between(*span)].groupby("team")["numerator"].sum()


def _revenue(scope: Scope, span: tuple[int, int]) -> float:
    parts = revenue_parts(scope, (), span[1])
    return float(parts.loc[parts["month"].between(*span), "numerator"].sum())


def _costed(scope: Scope, span: tuple[int, int]) -> float:
    """Return the revenue of rows that carry their cost."""
    rows = sales(scope).filter(~nw.col("cost").is_null() & ~nw.col("amount").is_null())
    parts = monthly(rows, MONTH[scope.company.revenue], (), amount=nw.col("amount"))
    return float(parts.loc[parts["month"].between(*span), "amount"].sum())


def _own(rows: pd.DataFrame, owner: Owner, tables: Tables) -> pd.Series:
    if owner.team is None:
        return pd.Series(True, index=rows.index)
    return rows["team"].isin(teams_of(tables.company, owner.team))


def _spend(tables: Tables, span: tuple[int, int]) -> pd.DataFrame:
    if not tables.has("spend"):
        return pd.DataFrame({"team": pd.Series(dtype="object"), "amount": pd.Series(dtype="int64")})
    rows = monthly(tables.frame("spend"), "month_month", ("team",), amount=nw.col("amount"))
    return rows[rows["month"].between(*span)]


def _notes(tables: Tables, owner: Owner, share: float, months: int) -> tuple[Message, ...]:
    said = [say("ceilings.costs_from", months=Count(months))]
    if owner.kind != "company":
        rule = tables.company.floor.allocate
        said.append(say(f"ceilings.shared_by_{rule}", share=Rate(share)))
    return tuple(said) if tables.has("spend") else (*said, say("ceilings.no_spend"))
