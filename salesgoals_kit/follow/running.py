"""A KPI in a period that has begun: what is asked for, and the parts that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.follow.left import part_left
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import Correction
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.kin import asked_of
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.revenue import costed_rows, counted_in
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, day_number, last_whole_month, month_number
from salesgoals_kit.words import Message

BY_DAY = ("qualified_leads", "win_rate")


@dataclass(frozen=True, eq=False)
class Running:
    """One KPI of one owner in a period that has begun, as known at the end of the tables' as_of."""

    tables: Tables
    owner: Owner
    kpi: Kpi
    period: Period
    book: Book

    @property
    def month(self) -> int:
        """The month of as_of; the period's first one where that is still to begin."""
        return max(month_number(self.tables.as_of), self.period.first)

    @property
    def is_daily(self) -> bool:
        """Whether the figure of a part of a month can be measured: all its parts are known by the day."""
        return _is_daily(self.kpi.name, self.tables, self.owner)

    @property
    def series(self) -> Series:
        """The months that an outlook of the whole period would be made of."""
        return asked_of(self.tables, self.owner, self.kpi, self.period).series

    def rest(self) -> Outlook | None:
        """Return the outlook of the months that are not over; None where all are.

        It begins after the last whole month that the figure is known of, which is where a stock starts from.
        """
        known = self.series.last if len(self.series.months) else self.period.first - 1
        first = max(self.period.first, min(last_whole_month(self.tables.as_of), known) + 1)
        if first > self.period.last:
            return None
        left = replace(self.period, first=first)
        return outlook_of(self.tables, self.owner, self.kpi, left, self.book)

    def splits(self, rest: Outlook) -> bool:
        """Return whether the first month of the rest is known up to as_of."""
        return self.month == rest.period.first and self.is_daily

    def left(self, rest: Outlook) -> Array:
        """Return what part of each of the rest's months is still to come: 1, but for one that is known up to as_of."""
        left = np.ones(len(rest.period.months))
        if self.splits(rest):
            left[0] = part_left(day_number(self.tables.as_of), self.month, self.tables.company.country)
        return left

    def known(self, rest: Outlook) -> tuple[Array, Array, Array]:
        """Return numerators, denominators and values by month, of those that are over and of the running one so far.

        Months of which nothing is known have 0, 0 and NaN.
        """
        last = self.month if self.splits(rest) else rest.period.first - 1
        rows = _months_so_far(self.kpi.name, self.tables, self.owner, self.period.first, last)
        found = np.full((3, len(self.period.months)), np.nan)
        found[:, : len(rows)] = rows[["numerator", "denominator", "value"]].to_numpy("float64").T
        return np.nan_to_num(found[0]), np.nan_to_num(found[1]), found[2]


@dataclass(frozen=True, eq=False)
class Parts:
    """What is known of a period, and joint draws of what comes.

    ``opened`` and ``coming`` are 0 where nothing adds up; ``draws`` are of the whole period, ``months`` of its months,
    ``counts`` its numerators and denominators where it is a ratio. ``correction`` is what tries on the past call for.
    """

    closed: float
    opened: Array
    coming: Array
    draws: Array
    months: Array
    counts: tuple[Array, Array] | None = None
    correction: Correction | None = None
    deals: int = 0
    method: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()


@handed
def _is_daily(name: str, tables: Tables, owner: Owner) -> bool:
    scope = Scope(tables, owner)
    if name == "revenue":
        return tables.company.revenue != "mrr"
    if name == "margin":
        return costed_rows(scope) and counted_in(scope, "margin") is None
    return name in BY_DAY


@handed
def _months_so_far(name: str, tables: Tables, owner: Owner, first: int, last: int) -> pd.DataFrame:
    return measure(name, tables, [(month, month) for month in range(first, last + 1)], (), owner)


def spread_over(known: Array, usual: Array, brought: Array) -> Array:
    """Return the months of the period (draws by months): what is known of each, and what comes in the last ones.

    What a draw brings falls on them in the proportions of its ``usual`` months; in those of all together where these
    have nothing.
    """
    mean = usual.mean(axis=0)
    even = mean / mean.sum() if mean.sum() > 0 else np.full(len(mean), 1 / len(mean))
    total = usual.sum(axis=1, keepdims=True)
    share = np.divide(usual, total, out=np.broadcast_to(even, usual.shape).copy(), where=total > 0)
    months = np.broadcast_to(known, (len(usual), len(known))).copy()
    months[:, -usual.shape[1] :] += share * brought[:, None]
    return months
