"""How an owner's years go: the season, the growth from one to the next, what sales and marketing cost, what varies."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.kpis.acquisition import spend_months, spend_parts
from salesgoals_kit.kpis.covered import Span, cost_months, deal_months, lead_months, months_in, within
from salesgoals_kit.kpis.months import reach
from salesgoals_kit.kpis.recurring import NEVER, standing, subscription_clocks
from salesgoals_kit.kpis.revenue import revenue, sale_clocks
from salesgoals_kit.kpis.scope import Scope, count, flag, monthly, total
from salesgoals_kit.kpis.wins import won_or_lost
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import YEAR

QUARTER = 3
SEASON_FROM = 24  # months of wins from which on a season is told


@dataclass(frozen=True)
class Growth:
    """Growth of quarters on the year before, latest last, as logarithms, and the variance of each one's own error."""

    logs: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()


@dataclass(frozen=True)
class Spending:
    """Spend on sales and marketing: ``bought`` (table spend), ``wages`` (costs counted in spend), ``leads``.

    ``shared``: it is the company's, in proportion to the owner's leads. ``growth``: see `growth_of`.
    """

    bought: float
    wages: float
    leads: float
    shared: bool
    growth: Growth


def season_of(scope: Scope, last: int) -> tuple[float, ...]:
    """Return how much of an average month the company wins in each month of the year; else all 1.

    Whole years count, back from the last month that its table of deals covers: what came before it is not known.
    """
    if not scope.tables.has("deals"):
        return (1.0,) * YEAR
    won = scope.everyone().rows("deals").filter(nw.col("status") == "won")
    wins = monthly(won, "closed_at_month", (), wins=flag(~nw.col("deal_id").is_null()))
    first, last = within((0, last), deal_months(scope.everyone()))
    years = (last - first + 1) // YEAR
    inside = wins[wins["month"].between(last - years * YEAR + 1, last)]
    if years * YEAR < SEASON_FROM or inside.empty:
        return (1.0,) * YEAR
    by_month = inside.groupby(inside["month"] % YEAR)["wins"].sum().reindex(range(YEAR), fill_value=0)
    return tuple(float(share) for share in by_month / by_month.mean())


def growth_of(month: pd.Series, amount: pd.Series, variance: pd.Series, first: int, last: int) -> Growth:
    """Return how each past quarter grew on the same of the year before.

    Quarters are counted back from month ``last`` to ``first``; one without an amount above 0 on either side is left
    out. ``variance`` is that of each amount: of deals, whose number is Poisson, x².
    """
    quarters = (last - first + 1) // QUARTER
    ends = [last - QUARTER * ago for ago in range(quarters - 1, -1, -1)]
    inside = [(month > end - QUARTER) & (month <= end) & amount.notna() for end in ends]
    sums = [(float(amount[rows].sum()), float(variance[rows].sum())) for rows in inside]
    pairs = [(old, new) for old, new in zip(sums[:-4], sums[4:], strict=True) if old[0] > 0 and new[0] > 0]
    errors = tuple(sum(variance / total**2 for total, variance in pair) for pair in pairs)
    return Growth(tuple(math.log(new[0] / old[0]) for old, new in pairs), errors)


def spending_of(scope: Scope, first: int, last: int) -> Spending | None:
    """Return the owner's spend: of a team or rep what the company pays for as many leads, wages in proportion.

    None where no spend is known, or not how many leads are the owner's.
    """
    return _spending(scope, (first, last), (first, last), last)


def a_year_s_spending(scope: Scope, first: int, last: int) -> Spending | None:
    """Return the same of the year ``first`` to ``last``, for twelve months of those that the data has.

    Spend and leads each begin with their table, and leads with the owner's first. None where there is no such month.
    """
    span = first, last
    spent = within(span, spend_months(scope.everyone()))
    led = within(span, lead_months(scope)) if scope.tables.has("leads") else span
    found = _spending(scope, spent, led, last)
    if found is None or not months_in(spent) or (found.shared and not months_in(led)):
        return None
    year, leads = YEAR / months_in(spent), YEAR / max(months_in(led), 1)
    return replace(found, bought=found.bought * year, wages=found.wages * year, leads=found.leads * leads)


def _spending(scope: Scope, spent: Span, led: Span, last: int) -> Spending | None:
    everyone = scope.everyone()
    whole = spend_parts(everyone)
    leads = leads_of(scope, *led)
    if whole.empty or (leads is None and scope.owner != COMPANY):
        return None
    unit = scope.company.minor_units
    bought = _bought(everyone, *spent) / unit
    wages = float(whole.loc[whole["month"].between(*spent), "numerator"].sum()) / unit - bought
    grown = _growth_of_spend(everyone, whole.groupby("month")["numerator"].sum().astype("float64"), last)
    if scope.owner == COMPANY:
        return Spending(bought, wages, leads or 0, shared=False, growth=grown)
    share = (leads or 0) / max(leads_of(everyone, *led) or 0, 1)
    return Spending(bought * share, wages * share, leads or 0, shared=True, growth=grown)


def _growth_of_spend(scope: Scope, spend: pd.Series, last: int) -> Growth:
    """Return how spend grew; as far as it buys leads it errs as their number does, which is Poisson."""
    months = pd.Series(spend.index, index=spend.index)
    leads = pd.Series(np.inf, index=spend.index)
    if scope.tables.has("leads"):
        rows = monthly(scope.rows("leads"), "created_at_month", (), leads=flag(~nw.col("lead_id").is_null()))
        leads = rows.set_index("month")["leads"].reindex(spend.index).astype("float64").fillna(np.inf)
    return growth_of(months, spend, spend**2 / leads, *within((0, last), spend_months(scope)))


def _bought(scope: Scope, first: int, last: int) -> int:
    if not scope.tables.has("spend"):
        return 0
    rows = scope.tables.frame("spend")
    return total(rows.filter((nw.col("month_month") >= first) & (nw.col("month_month") <= last)), nw.col("amount"))


def leads_of(scope: Scope, first: int, last: int) -> int | None:
    """Return how many leads were created in the months; None where the data does not say."""
    if not scope.tables.has("leads") or not scope.owns("leads"):
        return None
    month = nw.col("created_at_month")
    return count(scope.rows("leads").filter((month >= first) & (month <= last)))


def variable_share(scope: Scope, first: int, last: int) -> float:
    """Return the company's costs of kind variable that are in no deal's cost and no spend, as a share of what is paid.

    What is paid is recurring revenue at the months' ends and what comes once. So the cost of winning a contract is
    spread over the time it is paid for (IFRS 15, 91 to 99), and a renewal won costs no more than its customer brings.
    Costs and what is paid are of the same months, those of the span that both are known in.
    """
    if not scope.tables.has("costs"):
        return 0.0
    first, last = within((first, last), cost_months(scope), *_paid_months(scope.everyone()))
    month = nw.col("month_month")
    inside = (month >= first) & (month <= last)
    varying = (nw.col("kind") == "variable") & (nw.col("counted_in") != "spend")
    cost = total(scope.tables.frame("costs").filter(inside & varying), nw.col("amount")) / scope.company.minor_units
    paid = _paid(scope.everyone(), first, last)
    return cost / paid if paid > 0 else 0.0


def _paid_months(scope: Scope) -> list[Span]:
    """Return the months in which it is known what was paid."""
    sold = reach(scope, sale_clocks(scope))
    if not scope.tables.has("subscriptions"):
        return [(sold.first, sold.last)]
    begun = reach(scope, subscription_clocks(scope)).first, NEVER  # what goes on without an event is known all the same
    closings = deal_months(scope)
    return [begun, closings] if months_in(closings) else [begun]


def _paid(scope: Scope, first: int, last: int) -> float:
    """Return what was paid in the months: recurring revenue and deals that come once; else revenue as it is counted."""
    if not scope.tables.has("subscriptions"):
        return float(revenue(scope, [(first, last)], ())["numerator"].iloc[0])
    closed = won_or_lost(scope)
    won = closed[closed["won"] & closed["closed_month"].between(first, last) & closed["placed"]]
    single = float(won["once"].sum())
    found = standing(scope)
    levels = sum(int(found.level(month).sum()) for month in range(first, last + 1))
    return single + levels / scope.company.minor_units


def share_of(part: pd.Series, whole: pd.Series) -> tuple[float, float]:
    """Return the ratio of two sums over rows, and its standard error; NaN where there is nothing to divide by.

    The error is that of a ratio estimator, sqrt(Σ (y - R x)²) / Σ x (Cochran 1977, Sampling Techniques, 6.5).

    >>> [round(part, 4) for part in share_of(pd.Series([1.0, 3.0]), pd.Series([4.0, 4.0]))]
    [0.5, 0.1768]
    """
    base = float(whole.sum())
    if base <= 0:
        return math.nan, math.nan
    ratio = float(part.sum()) / base
    return ratio, float(np.sqrt(((part - ratio * whole) ** 2).sum())) / base
