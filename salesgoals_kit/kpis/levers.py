"""What a driver model of an owner starts from: a year's wins, leads, customers, costs and spend, with their counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.acquisition import spend_parts
from salesgoals_kit.kpis.bridge import moves
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.revenue import revenue, sale_clocks
from salesgoals_kit.kpis.months import reach
from salesgoals_kit.kpis.scope import Scope, count, monthly, total
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.kpis.wins import LONGEST, Sums, closed_deals, sums_by_age
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month

YEAR = 12
SETTLING = 1  # months after closing until it shows what an account pays
SEASON_FROM = 24  # months of wins from which on a season is told


@dataclass(frozen=True)
class Recurring:
    """Recurring revenue of an owner: ``mrr`` at the end, and over the year's months the sums that rates are made of.

    ``starts``: mrr at the months' starts; ``churned``, ``shrunk``: what was lost with accounts, and from those that
    stayed; ``customers``: at the months' starts; ``lost``: accounts; ``unevenness``: mean square of what the accounts
    pay / square of the mean, 1 where all pay the same.
    """

    mrr: float
    starts: float
    churned: float
    shrunk: float
    customers: int
    lost: int
    unevenness: float


@dataclass(frozen=True)
class Spending:
    """A year's spend on sales and marketing: ``bought`` (table spend), ``wages`` (costs counted in spend), ``leads``.

    ``shared``: it is the company's, in proportion to the owner's leads. ``growth``: the logarithms of the growth of past
    years' spend.
    """

    bought: float
    wages: float
    leads: int
    shared: bool
    growth: tuple[float, ...]


@dataclass(frozen=True)
class LeverInputs:
    """A year of one owner, as known at as_of; money in currency units.

    ``wins``: deals closed in the months ``first`` to ``last`` by their age; ``from_leads``: those of them that began
    as a lead, by the time since the lead; ``prompt``: the share of new monthly revenue that is paid in the month of
    closing, the rest follows in the next. Costs are shares: of recurring revenue, of revenue that comes once, and
    ``variable`` of revenue as the company counts it; None where no cost is known. ``season``: how much of a month's
    average is won in January, February, …; ``growth``: the logarithms of the growth of past years' wins, latest last.
    """

    owner: Owner
    first: int
    last: int
    revenue: str
    wins: Sums
    from_leads: Sums
    decided: int
    won: int
    prompt: float
    recurring: Recurring | None
    spending: Spending | None
    cost_recurring: float | None
    cost_once: float | None
    variable: float
    season: tuple[float, ...]
    growth: tuple[float, ...]
    lacks: tuple[tuple[str, str], ...]

    def lacking(self, lever: str) -> tuple[str, ...]:
        """Return the tables (or ``table.column``) that a lever would need and the data does not have."""
        return tuple(table for name, table in self.lacks if name == lever)


@handed
def lever_inputs(tables: Tables, owner: Owner = COMPANY) -> LeverInputs:
    """Return the inputs of the driver model of an owner: the twelve months that end one before the last whole month.

    What needs a table that the data lacks is None or 0, and ``lacks`` says which lever lacks it.
    """
    scope = Scope(tables, owner)
    last = last_whole_month(tables.as_of) - SETTLING
    first = last - YEAR + 1
    closed = _closed(scope)
    year = closed[closed["closed_month"].between(first, last)]
    won = year[year["won"]]
    rises = float((won["fresh"] + won["more"]).sum())
    costs = {name: _cost_share(won, won["once"] > 0, name == "once") for name in ("once", "recurring")}
    return LeverInputs(
        owner=owner,
        first=first,
        last=last,
        revenue=tables.company.revenue,
        wins=sums_by_age(won, "days"),
        from_leads=sums_by_age(won[won["lead_days"].notna()], "lead_days"),
        decided=len(year),
        won=len(won),
        prompt=float(won["prompt"].sum()) / rises if rises > 0 else 1.0,
        recurring=_recurring(scope),
        spending=_spending(scope, first, last),
        cost_recurring=costs["recurring"],
        cost_once=costs["once"],
        variable=_variable(scope, first, last),
        season=_season(scope.everyone(), last),
        growth=_growth(closed[closed["won"]], _begins(scope), last),
        lacks=_lacks(scope, costs),
    )


def _closed(scope: Scope) -> pd.DataFrame:
    if scope.tables.has("deals") and scope.owns("deals"):
        return closed_deals(scope)
    texts, numbers = ("deal_id", "account_id"), ("days", "lead_days", "amount", "cost", "list_price", "prompt")
    flows = ("fresh", "more", "once", "renewed")
    columns = {name: pd.Series(dtype="object") for name in texts}
    columns |= {name: pd.Series(dtype="float64") for name in (*numbers, *flows)}
    flags = {name: pd.Series(dtype="bool") for name in ("won", "placed")}
    return pd.DataFrame({**columns, **flags, "closed_month": pd.Series(dtype="int64")})


def _cost_share(won: pd.DataFrame, comes_once: pd.Series, wanted: bool) -> float | None:
    rows = won[(comes_once == wanted) & won["cost"].notna() & (won["amount"] > 0)]
    return float(rows["cost"].sum() / rows["amount"].sum()) if len(rows) else None


def _recurring(scope: Scope) -> Recurring | None:
    """Return recurring revenue: at the end, and over the latest twelve months in which every loss is final."""
    if not scope.tables.has("subscriptions") or not scope.owns("subscriptions"):
        return None
    found, unit = standing(scope), scope.company.minor_units
    if not len(found.keys):
        return None
    last = last_whole_month(scope.tables.as_of)
    final = last_whole_month(scope.tables.as_of - timedelta(days=scope.company.churn.pause_days))
    sums = moves(found, month_spans(final - YEAR + 1, final)).sum()
    level = found.level(last) / unit
    paying = level[level > 0]
    uneven = float((paying**2).mean() / paying.mean() ** 2) if len(paying) else 1.0
    money = {name: float(sums[name]) / unit for name in ("start", "churn", "contraction")}
    return Recurring(
        mrr=float(level.sum()),
        starts=money["start"],
        churned=money["churn"],
        shrunk=money["contraction"],
        customers=int(sums["at_start"]),
        lost=int(sums["lost"]),
        unevenness=uneven,
    )


def _spending(scope: Scope, first: int, last: int) -> Spending | None:
    """Return the owner's spend: of a team or rep what the company pays for as many leads, wages in proportion."""
    everyone = scope.everyone()
    whole = spend_parts(everyone)
    if whole.empty:
        return None
    inside = whole["month"].between(first, last)
    bought = _bought(everyone, first, last)
    wages = float(whole.loc[inside, "numerator"].sum()) / scope.company.minor_units - bought
    grown = _spend_growth(whole, last)
    leads = _leads(scope, first, last)
    if scope.owner == COMPANY or leads is None:
        return Spending(bought, wages, leads or 0, shared=False, growth=grown) if scope.owner == COMPANY else None
    share = leads / max(_leads(everyone, first, last) or 0, 1)
    return Spending(bought * share, wages * share, leads, shared=True, growth=grown)


def _spend_growth(spend: pd.DataFrame, last: int) -> tuple[float, ...]:
    dated = spend.rename(columns={"month": "closed_month", "numerator": "amount"})
    return _growth(dated, int(spend["month"].min()), last)


def _bought(scope: Scope, first: int, last: int) -> float:
    if not scope.tables.has("spend"):
        return 0.0
    rows = scope.tables.frame("spend").filter(nw.col("month_month").is_between(first, last))
    return total(rows, nw.col("amount")) / scope.company.minor_units


def _leads(scope: Scope, first: int, last: int) -> int | None:
    if not scope.tables.has("leads") or not scope.owns("leads"):
        return None
    return count(scope.rows("leads").filter(nw.col("created_at_month").is_between(first, last)))


def _variable(scope: Scope, first: int, last: int) -> float:
    """Return the company's costs of kind variable that are in no deal's cost and no spend, as a share of what is paid.

    What is paid is recurring revenue at the months' ends and what comes once. So the cost of winning a contract is
    spread over the time it is paid for (IFRS 15, 91 to 99), and a renewal won costs no more than the customer brings.
    """
    if not scope.tables.has("costs"):
        return 0.0
    scope = scope.everyone()
    rows = scope.tables.frame("costs").filter(
        nw.col("month_month").is_between(first, last), nw.col("kind") == "variable", nw.col("counted_in") != "spend"
    )
    paid = _paid(scope, first, last)
    return total(rows, nw.col("amount")) / scope.company.minor_units / paid if paid > 0 else 0.0


def _paid(scope: Scope, first: int, last: int) -> float:
    """Return what was paid in the months: recurring revenue and deals that come once; else revenue as it is counted."""
    if not scope.tables.has("subscriptions"):
        return float(revenue(scope, [(first, last)], ())["numerator"].iloc[0])
    closed = _closed(scope)
    single = closed[closed["won"] & closed["closed_month"].between(first, last)]["once"].sum()
    found = standing(scope)
    return float(single) + float(sum(found.level(month).sum() for month in range(first, last + 1))) / scope.company.minor_units


def _season(scope: Scope, last: int) -> tuple[float, ...]:
    """Return how much of an average month the company wins in each month of the year, over whole years; else all 1."""
    if not scope.tables.has("deals"):
        return (1.0,) * YEAR
    wins = monthly(scope.rows("deals").filter(nw.col("status") == "won"), "closed_at_month", (), wins=nw.lit(1))
    years = (last + SETTLING - _begins(scope) + 1) // YEAR
    inside = wins[wins["closed_at_month" if "closed_at_month" in wins else "month"] > last + SETTLING - years * YEAR]
    if years * YEAR < SEASON_FROM or inside.empty:
        return (1.0,) * YEAR
    by_month = inside.groupby(inside["month"] % YEAR)["wins"].sum().reindex(range(YEAR), fill_value=0)
    return tuple(float(share) for share in by_month / by_month.mean())


def _begins(scope: Scope) -> int:
    """Return the first whole month of the company's sales."""
    return reach(scope.everyone(), sale_clocks(scope)).first


def _growth(won: pd.DataFrame, begins: int, last: int) -> tuple[float, ...]:
    """Return the logarithm of each past year's growth: amounts won in twelve months against the twelve before."""
    years = (last - begins + 1) // YEAR
    sums = [
        float(won.loc[won["closed_month"].between(last - (ago + 1) * YEAR + 1, last - ago * YEAR), "amount"].sum())
        for ago in range(years - 1, -1, -1)
    ]
    pairs = zip(sums[:-1], sums[1:], strict=True)
    return tuple(math.log(later / earlier) for earlier, later in pairs if earlier > 0 and later > 0)


def _lacks(scope: Scope, costs: dict[str, float | None]) -> tuple[tuple[str, str], ...]:
    deals = [] if scope.tables.has("deals") and scope.owns("deals") else ["deals"]
    created = [] if deals or "created_at" in scope.tables.columns("deals") else ["deals.created_at"]
    leads = [] if _leads(scope, 0, 1 << 20) is not None else ["leads"]
    linked = [] if leads or "deal_id" in scope.tables.columns("leads") else ["leads.deal_id"]
    paid = [] if scope.tables.has("subscriptions") and scope.owns("subscriptions") else ["subscriptions"]
    spend = [] if not spend_parts(scope.everyone()).empty else ["spend"]
    cost = [] if any(share is not None for share in costs.values()) else ["deals.cost"]
    wanted = {
        "qualified_leads": [*deals, *created, *leads, *linked],
        "win_rate": [*deals, *created],
        "cycle_days": [*deals, *created],
        "price": deals,
        "unit_cost": [*deals, *cost],
        "logo_churn": paid,
        "clv": [*deals, *paid],
        "cac": [*spend, *([] if scope.owner == COMPANY else leads)],
    }
    return tuple((lever, table) for lever, tables in wanted.items() for table in tables)


__all__ = ["LONGEST", "LeverInputs", "Recurring", "Spending", "lever_inputs"]
