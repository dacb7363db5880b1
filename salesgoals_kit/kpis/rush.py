"""The rush at a quarter's end: how often deals are won in its last month, and how many, against the other two."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.measure import history
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number, whole_periods
from salesgoals_kit.words import Message, Points, Rate, say

WORTH_SAYING = 0.1  # a smaller difference of the two win rates is no rush worth a sentence


@dataclass(frozen=True)
class Rush:
    """Closed-period win rates of quarters' last months and of the others, and the last months' share of all wins.

    An even share would be 1/3. ``quarters`` is how many whole fiscal quarters these come from; rates are NaN where
    nothing closed.
    """

    last_month: float
    other_months: float
    share_of_wins: float
    quarters: int

    @property
    def sentence(self) -> Message:
        """What the numbers say."""
        if any(math.isnan(rate) for rate in (self.last_month, self.other_months, self.share_of_wins)):
            return say("kpis.rush_unknown")
        values = {"last": Rate(self.last_month), "others": Rate(self.other_months), "share": Rate(self.share_of_wins)}
        difference = self.last_month - self.other_months
        seen = "rush_seen" if difference >= WORTH_SAYING else "rush_not_seen"
        return say(f"kpis.{seen}", difference=Points(difference), **values)


@handed
def quarter_end_rush(tables: Tables, owner: Owner = COMPANY) -> Rush:
    """Return the rush over all whole fiscal quarters of the history; ratios of sums."""
    months = history("win_rate", tables, owner).frame
    numbers = [month_number(month) for month in months["month"].dt.date]
    starts = tables.company.fiscal_year_starts
    if not numbers:
        return Rush(float("nan"), float("nan"), float("nan"), 0)
    quarters = whole_periods("quarter", numbers[0], numbers[-1], starts)
    inside = months[[any(number in quarter.months for quarter in quarters) for number in numbers]]
    last = [any(number == quarter.last for quarter in quarters) for number in numbers]
    ends = months[last]
    others = inside.drop(ends.index)
    wins = float(inside["numerator"].sum())
    share = float(ends["numerator"].sum()) / wins if wins else float("nan")
    return Rush(_rate(ends), _rate(others), share, len(quarters))


def _rate(months: pd.DataFrame) -> float:
    closed = float(months["denominator"].sum())
    return float(months["numerator"].sum()) / closed if closed else float("nan")
