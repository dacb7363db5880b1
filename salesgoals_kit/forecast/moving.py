"""Public holidays: the working days there are, and those that move between months, as Easter does.

What stands in the same month every year is part of the season. The only place that knows the package holidays.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from salesgoals_kit.forecast.series import Array, Months
from salesgoals_kit.forecast.signals import YEAR
from salesgoals_kit.periods import month_number

YEARS = range(1990, 2051)  # over which a holiday's usual months are counted
WEEKEND = 5


def moving_days(country: str | None, months: Months) -> Array:
    """Return for month numbers the working days (Monday to Friday) that moving holidays take beyond the usual.

    The usual is the mean of the same month of the year over 1990 to 2050: a March with Easter Monday has about 0.8,
    one without about -0.2. Nothing without a country, or of one whose holidays are not known.
    """
    if country is None:
        return np.zeros(len(months))
    taken = _days_taken(country)
    first = month_number(date(YEARS[0], 1, 1))
    usual = [
        sum(taken.get(first + YEAR * year + at, 0) for year in range(len(YEARS))) / len(YEARS) for at in range(YEAR)
    ]
    return np.array([taken.get(int(month), 0) - usual[int(month) % YEAR] for month in months], dtype=np.float64)


def working_days(country: str | None, first: date, last: date) -> int:
    """Return the days from ``first`` to ``last``, both inclusive, from Monday to Friday that are no public holiday.

    Those of the whole country alone. Without a country, or of one whose holidays are not known, no day is a holiday.

    >>> working_days("DE", date(2026, 5, 1), date(2026, 5, 31))  # 21 weekdays; May Day, Ascension, Whit Monday
    18
    """
    return len(working_dates(country, first, last))


def working_dates(country: str | None, first: date, last: date) -> list[date]:
    """Return the days that `working_days` counts, in order."""
    from holidays import country_holidays

    free: set[date] = set()
    if country is not None and first <= last:
        with suppress(NotImplementedError):
            free = set(country_holidays(country, years=range(first.year, last.year + 1)))
    days = (first + timedelta(days=after) for after in range((last - first).days + 1))
    return [day for day in days if day.weekday() < WEEKEND and day not in free]


@lru_cache(maxsize=8)
def _days_taken(country: str) -> dict[int, int]:
    """Return month numbers and the working days that holidays which are not in the same month each year take."""
    from holidays import country_holidays

    try:
        language = country_holidays(country).default_language  # not that of the process: names decide here
        found = country_holidays(country, years=YEARS, language=language)
    except NotImplementedError:
        return {}
    months_of = defaultdict(set)
    for day, name in found.items():
        months_of[name].add(day.month)
    taken: dict[int, int] = defaultdict(int)
    for day, name in found.items():
        if len(months_of[name]) > 1 and day.weekday() < WEEKEND:
            taken[month_number(day)] += 1
    return dict(taken)
