"""The outlook that a goal was set by: what was known on the day before its period began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period


@dataclass(frozen=True)
class Before:
    """What was known before a period: ``at`` gives the tables as of a day, from ``first_day`` on.

    ``book`` corrects outlooks by the scores of then: what has come out since is not in a goal as it was set.
    """

    at: Callable[[date], Tables]
    first_day: date
    book: Book


def outlook_before(before: Before, owner: Owner, period: Period, kpi: str) -> Outlook | None:
    """Return what could be expected of a whole period on the day before it began; None where nothing could."""
    day = day_before(period)
    if day < before.first_day:
        return None
    tables = before.at(day)
    if missing(kpi, tables, owner):
        return None
    try:
        return outlook_of(tables, owner, kpi_named(kpi), period, before.book)
    except ForecastError:
        return None


def day_before(period: Period) -> date:
    """Return the last day on which a period had not begun."""
    return period.start - timedelta(days=1)
