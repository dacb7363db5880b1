"""What the sample company has to pay month by month, and the revenue that pays for it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_money
from salesgoals_kit.data.sample.days import (
    FIRST_DAY,
    LAST_DAY,
    PRICES,
    Floats,
    Ints,
    month_first,
    span_of_months,
    years_since,
)
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.planted import TEAMS, CostFloor

FLOOR_FROM = date(2025, 1, 1)
_REP = 680000  # a rep's wage a month in 2022 and all that goes with it, in minor units
_OTHERS = (46, 14)  # other people, where the floor is planted and where it is not
_MARKETERS = 5
_OTHER = 560000
_OVERHEAD = 4800000
_COMMISSION, _HOSTING = 5, 4  # per cent of what is won

_ROWS = {  # category: (kind, counted_in); what is counted in margin or spend is not in deals.cost or spend already
    "wages": ("fixed", "none"),
    "overhead": ("fixed", "none"),
    "marketing wages": ("fixed", "spend"),
    "hosting": ("variable", "margin"),
    "commissions": ("variable", "none"),
}


def cost_table(
    rng: np.random.Generator, roster: Roster, deals: pd.DataFrame, planted: bool, moved: Moved | None = None
) -> pd.DataFrame:
    """Return the table costs: wages of reps by team, the rest for the company as a whole."""
    months = span_of_months(FIRST_DAY, LAST_DAY)
    rising = (1 + PRICES) ** years_since(month_first(months))
    won = _by_month(deals[deals["status"] == "won"], months)
    marketers = _MARKETERS * _OTHER * rising * (1.0 if moved is None else moved.spent(months))
    others = _OTHERS[0 if planted else 1] * _OTHER
    amounts: list[tuple[str, str | None, Ints]] = [
        *(("wages", team, _whole(wage * rising)) for team, wage in zip(TEAMS, _wages(roster, months), strict=True)),
        ("wages", None, _whole(others * rising)),
        ("overhead", None, _whole(_OVERHEAD * rising * np.exp(rng.normal(0, 0.04, len(months))))),
        ("marketing wages", None, _whole(marketers)),
        ("hosting", None, won * _HOSTING // 100),
        ("commissions", None, won * _COMMISSION // 100),
    ]
    rows = [_rows(category, team, amount, months) for category, team, amount in amounts]
    return pd.concat(rows).sort_values("month", kind="stable", ignore_index=True)


def _wages(roster: Roster, months: Ints) -> list[Floats]:
    """Return what the reps of each team cost in each month; who comes or goes does so with a month."""
    days = month_first(months)
    totals = np.zeros((len(TEAMS), len(months)))
    for part in roster.assignments:
        there = (days >= part.start) & (days < part.end)
        totals[part.team, there] += _REP * roster.capacity[part.rep] * part.share
    return list(totals)


def _whole(cents: Floats) -> Ints:
    return np.rint(cents / 100).astype(np.int64) * 100


def _by_month(won: pd.DataFrame, months: Ints) -> Ints:
    closed = won["closed_at"]
    number = (closed.dt.year - 1970) * 12 + closed.dt.month - 1
    sums = won["amount"].astype("int64").groupby(number.astype("int64")).sum()
    return sums.reindex(months, fill_value=0).to_numpy(dtype=np.int64)


def _rows(category: str, team: str | None, cents: Ints, months: Ints) -> pd.DataFrame:
    kind, counted_in = _ROWS[category]
    rows = pd.DataFrame({"month": as_days(month_first(months)), "category": category, "amount": as_money(cents)})
    return rows.assign(team=pd.Series([team] * len(months), dtype="object"), kind=kind, counted_in=counted_in)


def cost_floor(deals: pd.DataFrame, costs: pd.DataFrame, spend: pd.DataFrame) -> CostFloor:
    """Return the floor of the last year, from the tables alone."""
    won = _of_year(deals[deals["status"] == "won"], "closed_at")
    costs, spend = _of_year(costs, "month"), _of_year(spend, "month")
    kinds = [int(costs.loc[costs["kind"] == kind, "amount"].sum()) for kind in ("fixed", "variable")]
    fixed, variable, spent = *kinds, int(spend["amount"].sum())
    produced, revenue = int(won["cost"].sum()), int(won["amount"].sum())
    left = revenue - produced - variable
    floors = [-(-(fixed + spent) * revenue // (left * parts)) for parts in (12, 4)]
    return CostFloor(FLOOR_FROM, LAST_DAY, fixed, spent, variable, produced, revenue, *floors)


def _of_year(rows: pd.DataFrame, day: str) -> pd.DataFrame:
    return rows[rows[day].between(pd.Timestamp(FLOOR_FROM), pd.Timestamp(LAST_DAY))]
