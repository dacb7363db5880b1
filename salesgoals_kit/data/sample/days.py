"""Days as whole numbers (days since 1970-01-01), the season and the trend, and a stream of chance for each part."""

from __future__ import annotations

import zlib
from datetime import date

import numpy as np
import numpy.typing as npt

from salesgoals_kit.periods import day_number, month_number

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

FIRST_DAY = date(2022, 1, 1)
LAST_DAY = date(2025, 12, 31)
FIRST, LAST = day_number(FIRST_DAY), day_number(LAST_DAY)
NEVER = 2**31 - 1  # a day after all others

# How busy the months of closing are, January first; the mean is 1.
SEASON = (0.95, 0.97, 1.05, 0.98, 1.00, 1.05, 0.78, 0.72, 1.02, 1.08, 1.15, 1.25)
TREND = 0.10  # about the growth a year of the company's revenue, of which
PRICES = 0.03  # prices rise by so much; the rest is more reps, and customers who buy more
RUSH = 0.12  # share of the wins that are put off to the last ten days of their quarter


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random numbers of one part of the sample, which no other part disturbs."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def month_of(days: Ints) -> Ints:
    """Return the month numbers of days."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_first(months: Ints) -> Ints:
    """Return the first days of months."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def months_later(days: Ints, months: Ints | int) -> Ints:
    """Return the same day of the month so many months later; the days are no later in their month than the 28th."""
    month = month_of(days)
    return month_first(month + months) + days - month_first(month)


def billing_day(days: Ints) -> Ints:
    """Return the days themselves, or the first of the next month for those after the 28th."""
    month = month_of(days)
    return np.where(days - month_first(month) < 28, days, month_first(month + 1))


def next_turn(days: Ints, start: Ints) -> Ints:
    """Return the days, or the next ones, that stand in their month where ``start`` stands in its own."""
    month, place = month_of(days), start - month_first(month_of(start))
    turn = month_first(month) + place
    return np.where(turn >= days, turn, month_first(month + 1) + place)


def workday(days: Ints) -> Ints:
    """Return the days themselves, or the Friday before those at a weekend."""
    rolled = np.busday_offset(days.astype("datetime64[D]"), 0, roll="backward")
    return rolled.astype(np.int64)


def quarter_end(days: Ints) -> Ints:
    """Return the last days of the calendar quarters."""
    month = month_of(days)
    return month_first(month - month % 3 + 3) - 1


def season(months: Ints) -> Floats:
    """Return how busy the months are beside the average month."""
    return np.asarray(SEASON)[months % 12]


def years_since(days: Ints) -> Floats:
    """Return the years from the first day of the sample, negative before it."""
    return (days - FIRST) / 365.25


def span_of_months(first: date, last: date) -> Ints:
    """Return the month numbers from one day's to another's, both included."""
    return np.arange(month_number(first), month_number(last) + 1, dtype=np.int64)
