"""Months of tenure, from one day of a month to the same day of the next, over arrays of day numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def months_reached(start: Ints, day: Ints | int) -> Ints:
    """Return how many whole months have passed from ``start`` to ``day``; negative before the start.

    A month has passed on the same day of the next month, or on its last day where it is too short.

    >>> from salesgoals_kit.periods import day_number
    >>> from datetime import date
    >>> start = np.array([day_number(date(2024, 1, 31))] * 3)
    >>> days = np.array([day_number(day) for day in (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 30))])
    >>> months_reached(start, days).tolist()
    [0, 1, 1]
    """
    begun, now = _days(start), _days(np.broadcast_to(np.asarray(day, dtype="int64"), start.shape))
    between = _months(now) - _months(begun)
    return np.asarray(between - (_of_month(now) < np.minimum(_of_month(begun), _length(now))), dtype="int64")


def month_marks(start: Ints, months: Ints | int) -> Ints:
    """Return the day number on which so many months have passed since ``start``."""
    begun = _days(start)
    first = (begun.astype("datetime64[M]") + months).astype("datetime64[D]")
    return np.asarray(first.astype("int64") + np.minimum(_of_month(begun), _length(first)) - 1, dtype="int64")


def month_of_leaving(start: Ints, lost: Ints) -> Ints:
    """Return in which month of tenure somebody leaves: in the first until one month has passed, that day included.

    Who pays to the end of a whole month leaves in it, not in the next, of which nothing is paid.
    """
    return months_reached(start, lost - 1) + 1


def _days(numbers: Ints) -> npt.NDArray[np.datetime64]:
    return np.asarray(numbers, dtype="int64").astype("datetime64[D]")


def _months(days: npt.NDArray[np.datetime64]) -> Ints:
    return np.asarray(days.astype("datetime64[M]").astype("int64"))


def _of_month(days: npt.NDArray[np.datetime64]) -> Ints:
    return np.asarray((days - days.astype("datetime64[M]").astype("datetime64[D]")).astype("int64") + 1)


def _length(days: npt.NDArray[np.datetime64]) -> Ints:
    first = days.astype("datetime64[M]")
    return np.asarray(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype("int64"))
