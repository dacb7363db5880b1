"""Months, quarters and years, fiscal years included, as whole runs of calendar months.

A month is counted as pandas counts it: months since 1970-01, so that ``month_number`` of a date equals
``pd.Period(date, "M").ordinal``. Years and quarters are fiscal and named for the calendar year in which they end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from salesgoals_kit.errors import Fault, ParamError

Grain = Literal["month", "quarter", "year"]

LENGTH: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}
YEAR = LENGTH["year"]
DAYS_A_MONTH = 365.25 / YEAR
_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FORMS: tuple[tuple[Grain, re.Pattern[str]], ...] = (
    ("year", re.compile(r"\d{4}")),
    ("quarter", re.compile(r"\d{4}Q[1-4]")),
    ("month", re.compile(r"\d{4}-(0[1-9]|1[0-2])")),
)


@dataclass(frozen=True)
class Period:
    """A whole month, quarter or year: ``first`` and ``last`` are month numbers, both inclusive."""

    grain: Grain
    first: int
    last: int
    fiscal_year_starts: int = 1

    @property
    def name(self) -> str:
        """The name pandas writes: 2026, 2026Q1, 2026-03."""
        return str(pd.Period(ordinal=self.last, freq="M").asfreq(_frequency(self.grain, self.fiscal_year_starts)))

    @property
    def start(self) -> date:
        """The first day."""
        return month_start(self.first)

    @property
    def end(self) -> date:
        """The last day."""
        return month_end(self.last)

    @property
    def months(self) -> range:
        """The month numbers in it."""
        return range(self.first, self.last + 1)

    def shifted(self, steps: int) -> Period:
        """Return the period so many of its own lengths later (negative: earlier).

        >>> parse_period("2026Q1").shifted(-1).name
        '2025Q4'
        """
        by = steps * LENGTH[self.grain]
        return Period(self.grain, self.first + by, self.last + by, self.fiscal_year_starts)

    def year_before(self) -> Period:
        """Return the same period one year earlier.

        >>> parse_period("2026Q1").year_before().name
        '2025Q1'
        """
        return Period(self.grain, self.first - 12, self.last - 12, self.fiscal_year_starts)

    def __str__(self) -> str:
        return self.name


def parse_period(text: str | int, fiscal_year_starts: int = 1) -> Period:
    """Return the period that is written as pandas writes it; a whole number is a year.

    >>> parse_period("2026Q1", fiscal_year_starts=4).start
    datetime.date(2025, 4, 1)
    >>> parse_period(2026).end
    datetime.date(2026, 12, 31)
    """
    written = str(text).strip()
    for grain, form in _FORMS:
        if form.fullmatch(written) and 1971 <= int(written[:4]) <= 2200:
            span = pd.Period(written, freq=_frequency(grain, fiscal_year_starts))
            last = int(span.asfreq("M", how="end").ordinal)
            return Period(grain, last - LENGTH[grain] + 1, last, fiscal_year_starts)
    fault = Fault("period", repr(text), "a year, quarter or month", "write it as 2026, 2026Q1 or 2026-03")
    raise ParamError("This is not a period.", [fault])


def whole_periods(grain: Grain, first: int, last: int, fiscal_year_starts: int = 1) -> list[Period]:
    """Return the whole periods within months ``first`` to ``last``, in order; part periods are left out.

    >>> [p.name for p in whole_periods("quarter", month_number(date(2025, 2, 1)), month_number(date(2025, 10, 1)))]
    ['2025Q2', '2025Q3']
    """
    length = LENGTH[grain]
    offset = {"month": 0, "quarter": (fiscal_year_starts - 1) % 3, "year": fiscal_year_starts - 1}[grain]
    start = first + (offset - first) % length
    return [
        Period(grain, month, month + length - 1, fiscal_year_starts)
        for month in range(start, last - length + 2, length)
    ]


def month_number(day: date) -> int:
    """Return the months from 1970-01 to the month of ``day``.

    >>> month_number(date(1971, 2, 28))
    13
    """
    return (day.year - 1970) * 12 + day.month - 1


def month_start(number: int) -> date:
    """Return the first day of a month.

    >>> month_start(13)
    datetime.date(1971, 2, 1)
    """
    return date(1970 + number // 12, number % 12 + 1, 1)


def month_end(number: int) -> date:
    """Return the last day of a month.

    >>> month_end(13)
    datetime.date(1971, 2, 28)
    """
    return month_start(number + 1) - timedelta(days=1)


def month_name(number: int) -> str:
    """Return a month as it is written.

    >>> month_name(13)
    '1971-02'
    """
    return f"{month_start(number):%Y-%m}"


def last_whole_month(as_of: date) -> int:
    """Return the latest month that has ended by the close of ``as_of``.

    >>> month_name(last_whole_month(date(2026, 2, 28))), month_name(last_whole_month(date(2026, 2, 27)))
    ('2026-02', '2026-01')
    """
    number = month_number(as_of)
    return number if month_end(number) <= as_of else number - 1


def day_number(day: date) -> int:
    """Return the days from 1970-01-01.

    >>> day_number(date(1970, 1, 31))
    30
    """
    return (day - date(1970, 1, 1)).days


def day_of(number: int) -> date:
    """Return the date of a day number.

    >>> day_of(30)
    datetime.date(1970, 1, 31)
    """
    return date(1970, 1, 1) + timedelta(days=int(number))


def _frequency(grain: Grain, fiscal_year_starts: int) -> str:
    if grain == "month":
        return "M"
    return f"{'Q' if grain == 'quarter' else 'Y'}-{_NAMES[fiscal_year_starts - 2]}"
