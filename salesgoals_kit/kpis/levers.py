"""What a driver model of an owner starts from: a year's wins, leads, customers, costs and spend, with their counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.acquisition import spend_parts
from salesgoals_kit.kpis.bridge import moves
from salesgoals_kit.kpis.costing import Costing, compares_by_list, costing_of
from salesgoals_kit.kpis.covered import a_year_of, deal_months, months_in, within
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.kpis.wins import Sums, sums_by_age, won_or_lost
from salesgoals_kit.kpis.yearly import (
    Growth,
    Spending,
    a_year_s_spending,
    growth_of,
    leads_of,
    season_of,
    variable_share,
)
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month

SETTLING = 1  # months after closing until it shows what an account pays


@dataclass(frozen=True)
class Recurring:
    """Recurring revenue of an owner: ``mrr`` at the end, and sums over the latest twelve months whose losses are final.

    ``starts``: mrr at the months' starts; ``churned``, ``shrunk``: what was lost with accounts, and from those that
    stayed; ``customers``: at the months' starts; ``lost``: accounts; ``unevenness``: mean square of what the accounts
    pay / square of the mean, 1 where all pay the same; ``months``: at whose start anything was paid.
    """

    mrr: float
    starts: float
    churned: float
    shrunk: float
    customers: int
    lost: int
    unevenness: float
    months: int


@dataclass(frozen=True)
class LeverInputs:
    """A year of one owner, as known at as_of; money in currency units.

    ``wins``: deals closed in the months ``first`` to ``last`` by their age; ``from_leads``: those of them that began
    as a lead, by the time since the lead; ``months``: how many of those the deals cover: what these brought is taken
    for a year of them. ``decided``, ``won``: deals counted. ``prompt``: the share of new monthly revenue that is paid
    in the month of closing, the rest follows in the next. ``costing``: what is sold costs, and what is ``variable``
    besides. ``season``: how much of a month's average is won in January, February, …; ``growth``: of past quarters'
    wins on the year before (see `growth_of`). ``unlisted``: deals with a cost that are left out where costs are
    compared by list price, and of how many. ``lacks``: lever and table.
    """

    owner: Owner
    first: int
    last: int
    months: int
    revenue: str
    wins: Sums
    from_leads: Sums
    decided: int
    won: int
    prompt: float
    recurring: Recurring | None
    spending: Spending | None
    costing: Costing
    variable: float
    season: tuple[float, ...]
    growth: Growth
    unlisted: tuple[int, int]
    lacks: tuple[tuple[str, str], ...]

    @property
    def before_costs(self) -> bool:
        """Whether no table has the cost of what is sold: what a lever brings is then revenue, and no margin yet."""
        return self.costing.source == "nothing"

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
    known = deal_months(scope)
    span = within((first, last), known)
    closed, season = won_or_lost(scope), season_of(scope, last)
    year = closed[closed["closed_month"].between(*span)]
    won, sold, times = year[year["won"]], closed[closed["won"]], a_year_of(span, season)
    rises = float((won["fresh"] + won["more"]).sum())
    variable = variable_share(scope, first, last)
    costing = costing_of(scope, won, (first, last), variable)
    return LeverInputs(
        owner=owner,
        first=first,
        last=last,
        months=months_in(span),
        revenue=tables.company.revenue,
        wins=sums_by_age(won, "days").times(times),
        from_leads=sums_by_age(won[won["lead_days"].notna()], "lead_days").times(times),
        decided=len(year),
        won=len(won),
        prompt=float(won["prompt"].sum()) / rises if rises > 0 else 1.0,
        recurring=_recurring(scope),
        spending=a_year_s_spending(scope, first, last),
        costing=costing,
        variable=variable,
        season=season,
        growth=growth_of(sold["closed_month"], sold["amount"], sold["amount"] ** 2, known[0], min(known[1], last)),
        unlisted=_unlisted(scope, won),
        lacks=_lacks(scope, costing),
    )


def _unlisted(scope: Scope, won: pd.DataFrame) -> tuple[int, int]:
    costed = won[won["cost"].notna() & (won["amount"] > 0)]
    left_out = int((~(costed["list_price"] > 0)).sum()) if compares_by_list(scope) else 0
    return left_out, len(costed)


def _recurring(scope: Scope) -> Recurring | None:
    if not scope.tables.has("subscriptions") or not scope.owns("subscriptions"):
        return None
    found, unit = standing(scope), scope.company.minor_units
    if not len(found.keys):
        return None
    as_of = scope.tables.as_of
    final = last_whole_month(as_of - timedelta(days=scope.company.churn.pause_days))
    rows = moves(found, month_spans(final - YEAR + 1, final))
    sums = rows.sum()
    level = found.level(last_whole_month(as_of)) / unit
    paying = level[level > 0]
    return Recurring(
        mrr=float(level.sum()),
        starts=float(sums["start"]) / unit,
        churned=float(sums["churn"]) / unit,
        shrunk=float(sums["contraction"]) / unit,
        customers=int(sums["at_start"]),
        lost=int(sums["lost"]),
        unevenness=float((paying**2).mean() / paying.mean() ** 2) if len(paying) else 1.0,
        months=int((rows["start"] > 0).sum()),
    )


def _lacks(scope: Scope, costing: Costing) -> tuple[tuple[str, str], ...]:
    deals = [] if scope.tables.has("deals") and scope.owns("deals") else ["deals"]
    created = [] if deals or "created_at" in scope.tables.columns("deals") else ["deals.created_at"]
    leads = [] if leads_of(scope, 0, 1 << 20) is not None else ["leads"]
    linked = [] if leads or "deal_id" in scope.tables.columns("leads") else ["leads.deal_id"]
    paid = [] if scope.tables.has("subscriptions") and scope.owns("subscriptions") else ["subscriptions"]
    spend = [] if not spend_parts(scope.everyone()).empty else ["spend"]
    cost = [] if deals or costing.source in ("deals", "invoices") else ["deals.cost"]
    wanted = {
        "price": [*deals, *cost],
        "unit_cost": [*deals, *cost],
        "logo_churn": paid,
        "clv": [*deals, *paid],
        "qualified_leads": [*deals, *created, *leads, *linked],
        "win_rate": [*deals, *created],
        "cac": [*spend, *([] if scope.owner == COMPANY else leads)],
        "cycle_days": [*deals, *created],
    }
    return tuple((lever, table) for lever, tables in wanted.items() for table in tables)
