"""The outlook that a goal was set by: what was known on the day before its period began."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period


def outlook_before(
    at: Callable[[date], Tables], first_day: date, owner: Owner, period: Period, book: Book, kpi: str = "revenue"
) -> Outlook | None:
    """Return what could be expected of a whole period before it began; None where nothing could.

    ``at`` gives the tables as known on a day, from ``first_day`` on.
    """
    day = period.start - timedelta(days=1)
    if day < first_day:
        return None
    tables = at(day)
    if missing(kpi, tables, owner):
        return None
    try:
        return outlook_of(tables, owner, kpi_named(kpi), period, book)
    except ForecastError:
        return None
