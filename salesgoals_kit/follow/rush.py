"""Kinds of days: days off, and working days by how near the end of their quarter is, where deals are rushed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.kpis.deal_lives import Ints
from salesgoals_kit.periods import YEAR, day_number, day_of, month_end, month_number

EDGES = (0, 3, 8, 22, 43)  # working days to come in the quarter, from which on a class begins
OFF = len(EDGES)  # the class of days off
CLASSES = OFF + 1
QUARTER = 3


@dataclass(frozen=True, eq=False)
class Days:
    """The class of each day from day ``first`` on."""

    first: int
    classes: Ints

    def of(self, days: Ints) -> Ints:
        """Return the classes of days."""
        return self.classes[days - self.first]

    def month_of(self, days: Ints) -> Ints:
        """Return the month of the year of days, January 0."""
        return self.month_number(days) % YEAR

    def month_number(self, days: Ints) -> Ints:
        """Return the month numbers of days."""
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def days_of(company: Company, first: int, last: int) -> Days:
    """Return the classes of all days from the quarter of ``first`` to that of ``last``."""
    starts = company.fiscal_year_starts
    begins, ends = _quarter(first, starts)[0], _quarter(last, starts)[1]
    working = np.zeros(ends - begins + 1, dtype=bool)
    for day in working_dates(company.country, day_of(begins), day_of(ends)):
        working[day_number(day) - begins] = True
    classes = np.full(len(working), OFF, dtype=np.int64)
    at = begins
    while at <= ends:
        end = _quarter(at, starts)[1]
        own = slice(at - begins, end - begins + 1)
        left = working[own][::-1].cumsum()[::-1] - 1
        classes[own] = np.where(working[own], np.searchsorted(EDGES, left, side="right") - 1, OFF)
        at = end + 1
    return Days(begins, classes)


def _quarter(day: int, starts: int) -> tuple[int, int]:
    """Return the first and the last day of a day's quarter."""
    month = month_number(day_of(day))
    last = month + (QUARTER - 1) - (month - (starts - 1)) % QUARTER
    return day_number(month_end(last - QUARTER)) + 1, day_number(month_end(last))
