"""How an owner's drivers differ from quarter to quarter, and from its siblings', each with its standard error."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.acquisition import lag
from salesgoals_kit.kpis.bridge import moves
from salesgoals_kit.kpis.levers import SETTLING
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope, count, flag, monthly, teams_of, totals
from salesgoals_kit.kpis.wins import won_or_lost
from salesgoals_kit.kpis.yearly import QUARTER, SEASON_FROM, YEAR, leads_of, share_of, spending_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month

Level = tuple[float, float, int]  # value, standard error, cases
SIBLING_YEARS = 2  # what sets teams apart stays for longer than a year, and luck evens out
COUNTED = ("leads", "qualified_leads", "spend", "mrr")  # what goes with an owner's size
MOST = 20  # siblings that are looked at
Row = tuple[str, str, bool, int, int, float, float, int]
NONE: Level = (math.nan, math.nan, 0)


@handed
def driver_levels(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the drivers of the past year, of the owner whole and by quarters; and of two years, beside its siblings'.

    Columns driver, whose (year, quarter, years, or the sibling's name), sibling (bool), first, last (months), value,
    error (standard), cases. leads, qualified_leads: a quarter's number, beside the season where it is known;
    qualification: qualified / created; win_rate; deal_size; cycle_days: mean from creation to winning, of deals won;
    price: amount / list price; unit_cost: cost / list price, or / amount; logo_churn: a month's; clv: by what share a
    month those who pay already come to pay more; mrr; spend; cac: spend a cycle before / deals with new customers;
    lead_cost: what leads were bought for / leads. Siblings (the other teams of the same parent) have rates and means
    only: what is counted goes with their size.
    """
    last = last_whole_month(tables.as_of) - SETTLING
    year = (last - YEAR + 1, last)
    quarters = [(last - ago - QUARTER + 1, last - ago) for ago in range(YEAR - QUARTER, -1, -QUARTER)]
    shape = _lead_shape(Scope(tables), last)
    rows = list(_rows(Scope(tables, owner), [year], "year", shape))
    rows += list(_rows(Scope(tables, owner), quarters, "quarter", shape))
    beside = siblings(tables, owner)
    rows += _years(Scope(tables, owner), last) if beside else []
    for name in beside:
        rows += [(row[0], name, True, *row[3:]) for row in _years(Scope(tables, Owner(name)), last)]
    names = ["driver", "whose", "sibling", "first", "last", "value", "error", "cases"]
    found = pd.DataFrame(rows, columns=names)
    return found[found["value"].notna()].reset_index(drop=True)


@once
def _years(scope: Scope, last: int) -> list[Row]:
    """Return the drivers of the years that siblings are compared over, but for what goes with an owner's size."""
    spans, flat = [(last - SIBLING_YEARS * YEAR + 1, last)], dict.fromkeys(range(YEAR), 1.0)
    return [row for row in _rows(scope, spans, "years", flat) if row[0] not in COUNTED]


def siblings(tables: Tables, owner: Owner) -> list[str]:
    """Return the other teams of the same parent; none for the company or a rep.

    In the company's order, and of very many the `MOST` with most deals closed: more say no more of what is possible.
    """
    if owner.kind != "team":
        return []
    parents = {team.name: team.parent for team in tables.company.teams}
    names = [name for name, parent in parents.items() if parent == parents.get(str(owner.team)) and name != owner.team]
    if len(names) <= MOST or not tables.has("deals"):
        return names[:MOST]
    deals = _closed_by_team(Scope(tables))
    counts = {name: sum(deals.get(below, 0) for below in teams_of(tables.company, name)) for name in names}
    most = sorted(names, key=lambda name: -counts[name])[:MOST]
    return [name for name in names if name in most]


@once
def _closed_by_team(scope: Scope) -> dict[str, int]:
    closed = scope.rows("deals").filter(nw.col("status") != "open")
    found = totals(closed, ("team",), deals=flag(~nw.col("deal_id").is_null()))
    return {str(team): int(count) for team, count in zip(found["team"], found["deals"], strict=True)}


def _rows(scope: Scope, spans: list[tuple[int, int]], whose: str, shape: dict[int, float]) -> Iterator[Row]:
    closed = won_or_lost(scope)
    for first, last in spans:
        deals = closed[closed["closed_month"].between(first, last)]
        levels = _of_deals(deals) | _of_customers(scope, deals, first, last) | _of_leads(scope, first, last, shape)
        for driver, (value, error, cases) in levels.items():
            yield driver, whose, False, first, last, value, error, cases


def _of_deals(deals: pd.DataFrame) -> dict[str, Level]:
    won = deals[deals["won"]]
    listed = won[(won["list_price"] > 0) & won["amount"].notna()]
    costed = won[won["cost"].notna() & (won["amount"] > 0)]
    by_list = len(listed) and costed["list_price"].gt(0).all()
    return {
        "win_rate": _rate(len(won), len(deals)),
        "deal_size": _mean(won["amount"].dropna()),
        "cycle_days": _mean(won["days"].dropna()),
        "price": (*share_of(listed["amount"], listed["list_price"]), len(listed)),
        "unit_cost": (*share_of(costed["cost"], costed["list_price" if by_list else "amount"]), len(costed)),
    }


def _of_customers(scope: Scope, deals: pd.DataFrame, first: int, last: int) -> dict[str, Level]:
    """Return churn, expansion and recurring revenue; a loss too young to be final is not waited for."""
    if not scope.tables.has("subscriptions") or not scope.owns("subscriptions"):
        return {}
    found, unit = standing(scope), scope.company.minor_units
    final = last_whole_month(scope.tables.as_of - timedelta(days=scope.company.churn.pause_days))
    months = [(month, month) for month in range(first, min(last, final) + 1)]
    if not months or not len(found.keys):
        return {}
    sums = moves(found, months).sum()
    more = deals.loc[deals["won"], "more"]
    starts = float(sums["start"]) / unit
    error = float(np.sqrt((more**2).sum())) / starts if starts > 0 else math.nan
    return {
        "logo_churn": _per(int(sums["lost"]), int(sums["at_start"])),
        "clv": (float(more.sum()) / starts, error, int((more > 0).sum())) if starts > 0 else NONE,
        "mrr": (float(found.level(last).sum()) / unit, math.nan, int((found.level(last) > 0).sum())),
    }


def _of_leads(scope: Scope, first: int, last: int, shape: dict[int, float]) -> dict[str, Level]:
    created, spending = leads_of(scope, first, last), spending_of(scope, first, last)
    spend = spending.bought + spending.wages if spending else math.nan
    found = {"spend": (spend, math.nan, 0), "cac": _cac(scope, first, last)}
    if created is None:
        return found
    month = nw.col("qualified_at_month")
    qualified = count(scope.rows("leads").filter((month >= first) & (month <= last)))
    usual = sum(shape[number % YEAR] for number in range(first, last + 1)) / (last - first + 1)
    cost = spending.bought / created if spending and created else math.nan
    return found | {
        "lead_cost": (cost, cost / math.sqrt(created), created) if created else NONE,
        "leads": _number(created, usual),
        "qualified_leads": _number(qualified, usual),
        "qualification": _rate(min(qualified, created), created),
    }


def _cac(scope: Scope, first: int, last: int) -> Level:
    """Return spend / deals won with new customers, the spend of as many months a cycle before.

    The customers' number is Poisson; so is that of leads, by which a team's spend is told.
    """
    closed, earlier = won_or_lost(scope), lag(scope)
    spending = spending_of(scope, first - earlier, last - earlier)
    inside = closed["won"] & closed["placed"] & closed["closed_month"].between(first, last)
    customers = int((closed.loc[inside, "renewed"] == 0).sum())
    if spending is None or not customers:
        return NONE
    value = (spending.bought + spending.wages) / customers
    return value, value * math.sqrt(1 / customers + (1 / spending.leads if spending.leads else 0.0)), customers


def _lead_shape(scope: Scope, last: int) -> dict[int, float]:
    """Return how many leads are qualified in each month of the year beside the average month; all 1 where unknown."""
    flat = dict.fromkeys(range(YEAR), 1.0)
    if not scope.tables.has("leads") or "qualified_at" not in scope.tables.columns("leads"):
        return flat
    counted = monthly(scope.rows("leads"), "qualified_at_month", (), leads=flag(~nw.col("lead_id").is_null()))
    years = 0 if counted.empty else (last - int(counted["month"].min())) // YEAR
    inside = counted[counted["month"].between(last - years * YEAR + 1, last)]
    if years * YEAR < SEASON_FROM or inside.empty:
        return flat
    sums = inside.groupby(inside["month"] % YEAR)["leads"].sum().reindex(range(YEAR), fill_value=0)
    return {month: max(float(sums[month] / sums.mean()), 0.01) for month in range(YEAR)}


def _rate(cases: int, of: int) -> Level:
    """Return a rate and its standard error, at the rate with half a case more on both sides so that it is never 0."""
    if not of:
        return NONE
    inside = (cases + 0.5) / (of + 1)
    return cases / of, math.sqrt(inside * (1 - inside) / of), of


def _per(cases: int, of: int) -> Level:
    """Return cases for each month that a customer was there, Poisson."""
    return (cases / of, math.sqrt(max(cases, 0.5)) / of, of) if of else NONE


def _number(cases: int, usual: float) -> Level:
    return cases / usual, math.sqrt(max(cases, 0.5)) / usual, cases


def _mean(values: pd.Series) -> Level:
    if len(values) < 2:
        return NONE
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)), len(values)
