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
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.planted import TEAMS, CostFloor

FLOOR_FROM = date(2025, 1, 1)
_REP = 680000  # a rep's wage a month in 2022 and all that goes with it, in minor units
_OTHERS = (66, 22)  # other people, where the floor is planted and where it is not
_OTHER = 560000
_OVERHEAD = 4800000
_COMMISSION = 5  # per cent of what is won

_ROWS = {  # category: (kind, counted_in)
    "wages": ("fixed", "none"),
    "overhead": ("fixed", "none"),
    "marketing": ("fixed", "spend"),
    "production": ("variable", "margin"),
    "commissions": ("variable", "none"),
}


def cost_table(
    rng: np.random.Generator, roster: Roster, deals: pd.DataFrame, spend: pd.DataFrame, planted: bool
) -> pd.DataFrame:
    """Return the table costs: wages of reps by team, the rest for the company as a whole."""
    months = span_of_months(FIRST_DAY, LAST_DAY)
    rising = (1 + PRICES) ** years_since(month_first(months))
    won = deals[deals["status"] == "won"]
    others = _OTHERS[0 if planted else 1] * _OTHER
    amounts: list[tuple[str, str | None, Ints]] = [
        *(("wages", team, _whole(wage * rising)) for team, wage in zip(TEAMS, _wages(roster, months), strict=True)),
        ("wages", None, _whole(others * rising)),
        ("overhead", None, _whole(_OVERHEAD * rising * np.exp(rng.normal(0, 0.04, len(months))))),
        ("marketing", None, _by_month(spend["month"], spend["amount"], months)),
        ("production", None, _by_month(won["closed_at"], won["cost"], months)),
        ("commissions", None, _by_month(won["closed_at"], won["amount"], months) * _COMMISSION // 100),
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


def _by_month(days: pd.Series, cents: pd.Series, months: Ints) -> Ints:
    number = (days.dt.year - 1970) * 12 + days.dt.month - 1
    sums = cents.astype("int64").groupby(number.astype("int64")).sum()
    return sums.reindex(months, fill_value=0).to_numpy(dtype=np.int64)


def _rows(category: str, team: str | None, cents: Ints, months: Ints) -> pd.DataFrame:
    kind, counted_in = _ROWS[category]
    rows = pd.DataFrame({"month": as_days(month_first(months)), "category": category, "amount": as_money(cents)})
    return rows.assign(team=pd.Series([team] * len(months), dtype="object"), kind=kind, counted_in=counted_in)


def cost_floor(deals: pd.DataFrame, costs: pd.DataFrame) -> CostFloor:
    """Return the floor of the last year, from the tables alone."""
    first, last = pd.Timestamp(FLOOR_FROM), pd.Timestamp(LAST_DAY)
    won = deals[(deals["status"] == "won") & deals["closed_at"].between(first, last)]
    rows = costs[costs["month"].between(first, last)]
    fixed = int(rows.loc[(rows["kind"] == "fixed") & (rows["counted_in"] != "margin"), "amount"].sum())
    variable = int(rows.loc[rows["kind"] == "variable", "amount"].sum())
    revenue = int(won["amount"].sum())
    floors = [-(-fixed * revenue // ((revenue - variable) * parts)) for parts in (12, 4)]
    return CostFloor(FLOOR_FROM, LAST_DAY, fixed, variable, revenue, *floors)
