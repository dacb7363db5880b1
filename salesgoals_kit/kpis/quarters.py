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
from salesgoals_kit.kpis.acquisition import lag, spend_months
from salesgoals_kit.kpis.bridge import moves
from salesgoals_kit.kpis.costing import compares_by_list
from salesgoals_kit.kpis.covered import Span, deal_months, lead_months, months_in, within
from salesgoals_kit.kpis.levers import SETTLING
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope, count, flag, monthly, teams_of, totals
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.kpis.wins import won_or_lost
from salesgoals_kit.kpis.yearly import QUARTER, SEASON_FROM, leads_of, share_of, spending_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month

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
    price: amount / list price; unit_cost: cost / list price where most deals have one, of those that have, else
    cost / amount; logo_churn: a month's; clv: by what share a
    month those who pay already come to pay more; mrr; spend; cac: spend a cycle before / deals with new customers;
    lead_cost: what leads were bought for / leads. What is counted has months that its table covers only: no part of a
    quarter is compared with a whole one. Siblings (the other teams of the same parent) have rates and means
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
    closed, by_list = won_or_lost(scope), compares_by_list(scope)
    for first, last in spans:
        deals = closed[closed["closed_month"].between(first, last)]
        levels = _of_deals(deals, by_list) | _of_customers(scope, deals, (first, last))
        levels |= _of_leads(scope, (first, last), shape)
        for driver, (value, error, cases) in levels.items():
            yield driver, whose, False, first, last, value, error, cases


def _of_deals(deals: pd.DataFrame, by_list: bool) -> dict[str, Level]:
    won = deals[deals["won"]]
    listed = won[(won["list_price"] > 0) & won["amount"].notna()]
    costed = (listed if by_list else won)[lambda rows: rows["cost"].notna() & (rows["amount"] > 0)]
    return {
        "win_rate": _rate(len(won), len(deals)),
        "deal_size": _mean(won["amount"].dropna()),
        "cycle_days": _mean(won["days"].dropna()),
        "price": (*share_of(listed["amount"], listed["list_price"]), len(listed)),
        "unit_cost": (*share_of(costed["cost"], costed["list_price" if by_list else "amount"]), len(costed)),
    }


def _of_customers(scope: Scope, deals: pd.DataFrame, span: Span) -> dict[str, Level]:
    """Return churn, expansion and recurring revenue; a loss too young to be final is not waited for."""
    if not scope.tables.has("subscriptions") or not scope.owns("subscriptions"):
        return {}
    found, unit = standing(scope), scope.company.minor_units
    final = last_whole_month(scope.tables.as_of - timedelta(days=scope.company.churn.pause_days))
    months = month_spans(span[0], min(span[1], final))
    if not months or not len(found.keys):
        return {}
    rows = moves(found, months)
    return {
        "logo_churn": _per(int(rows["lost"].sum()), int(rows["at_start"].sum())),
        "clv": _expansion(deals, rows, within(span, (0, final), deal_months(scope)), unit),
        "mrr": (float(found.level(span[1]).sum()) / unit, math.nan, int((found.level(span[1]) > 0).sum())),
    }


def _expansion(deals: pd.DataFrame, rows: pd.DataFrame, span: Span, unit: int) -> Level:
    """Return by what share a month those who pay already come to pay more, in months that the deals cover."""
    starts = float(rows.loc[rows["first"].between(*span), "start"].sum()) / unit
    if starts <= 0:
        return NONE
    more = deals.loc[deals["won"] & deals["closed_month"].between(*span), "more"]
    return float(more.sum()) / starts, float(np.sqrt((more**2).sum())) / starts, int((more > 0).sum())


def _of_leads(scope: Scope, span: Span, shape: dict[int, float]) -> dict[str, Level]:
    spent = spending_of(scope, *span)
    spend = spent.bought + spent.wages if spent and _whole(span, spend_months(scope.everyone())) else math.nan
    found = {"spend": (spend, math.nan, 0), "cac": _cac(scope, span)}
    known = within(span, lead_months(scope))
    created = leads_of(scope, *known)
    if created is None or months_in(known) < QUARTER:
        return found
    month = nw.col("qualified_at_month")
    qualified = count(scope.rows("leads").filter((month >= known[0]) & (month <= known[1])))
    usual = sum(shape[number % YEAR] for number in range(known[0], known[1] + 1)) / months_in(known)
    return found | {
        "lead_cost": _lead_cost(scope, known),
        "leads": _number(created, usual),
        "qualified_leads": _number(qualified, usual),
        "qualification": _rate(min(qualified, created), created),
    }


def _whole(span: Span, known: Span) -> bool:
    """Return whether all months of a span are known."""
    return within(span, known) == span


def _lead_cost(scope: Scope, span: Span) -> Level:
    """Return what leads were bought for / leads, in a quarter or more of months that both are known in."""
    known = within(span, spend_months(scope.everyone()))
    spent, leads = spending_of(scope, *known), leads_of(scope, *known)
    if spent is None or not leads or months_in(known) < QUARTER:
        return NONE
    return spent.bought / leads, spent.bought / leads / math.sqrt(leads), leads


def _cac(scope: Scope, span: Span) -> Level:
    """Return spend / deals won with new customers, the spend of as many months a cycle before.

    The customers' number is Poisson; so is that of leads, by which a team's spend is told.
    """
    closed, earlier = won_or_lost(scope), lag(scope)
    before = span[0] - earlier, span[1] - earlier
    spending = spending_of(scope, *before)
    inside = closed["won"] & closed["placed"] & closed["closed_month"].between(*span)
    customers = int((closed.loc[inside, "renewed"] == 0).sum())
    known = _whole(span, deal_months(scope)) and _whole(before, spend_months(scope.everyone()))
    if spending is None or not customers or not known:
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
