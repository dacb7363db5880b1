"""A time that was said, and the day and the fiscal year that such a time is relative to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from salesgoals_kit.periods import LENGTH, Grain, Period, month_end, month_number


@dataclass(frozen=True)
class When:
    """A time: a ``period``, or a ``day`` that is no month's end.

    ``filled``: it was not said in full, as its year. ``since``: the first month of something longer that was said, and
    that the period is the last part of: a half-year, several months or quarters.
    """

    period: Period | None
    day: date | None = None
    filled: bool = False
    since: int | None = None

    @property
    def end(self) -> date | None:
        """The last day of it."""
        return self.day if self.period is None else self.period.end


@dataclass(frozen=True)
class Clock:
    """What a time is relative to."""

    as_of: date
    fiscal_year_starts: int = 1

    def around(self, grain: Grain, steps: int = 0) -> Period:
        """Return the period that as_of lies in, or so many later."""
        number, length = month_number(self.as_of), LENGTH[grain]
        offset = (self.fiscal_year_starts - 1) % length
        first = number - (number - offset) % length
        return Period(grain, first, first + length - 1, self.fiscal_year_starts).shifted(steps)

    def ending(self, grain: Grain) -> Period:
        """Return the period of that length that ends next after as_of."""
        period = self.around(grain)
        return period if period.end > self.as_of else period.shifted(1)

    def coming(self, grain: Grain, which: int) -> Period:
        """Return the quarter (1 to 4) or month (1 to 12) of that number that ends next after as_of."""
        for steps in range(13):
            period = self.around(grain, steps)
            number = (period.last - self.fiscal_year_starts + 1) % 12 // 3 + 1 if grain == "quarter" else 0
            number = number or period.first % 12 + 1
            if number == which and period.end > self.as_of:
                return period
        raise ValueError(f"there is no {grain} {which}")

    def on(self, day: date, *, filled: bool = False) -> When:
        """Return a day as a time: a month, where it is one's last day."""
        number = month_number(day)
        if day == month_end(number):
            return When(Period("month", number, number, self.fiscal_year_starts), filled=filled)
        return When(None, day, filled=filled)

    def span(self, first: int, last: int) -> When:
        """Return the months from one to another as a time: the period they are, else their last quarter or month."""
        for grain, length in LENGTH.items():
            offset = (self.fiscal_year_starts - 1) % length
            if last - first + 1 == length and (first - offset) % length == 0:
                return When(Period(grain, first, last, self.fiscal_year_starts), filled=True)
        offset = (self.fiscal_year_starts - 1) % 3
        quarters = (first - offset) % 3 == 0 and (last - offset) % 3 == 2
        end = Period("quarter" if quarters else "month", last - 2 if quarters else last, last, self.fiscal_year_starts)
        return When(end, filled=True, since=first)
