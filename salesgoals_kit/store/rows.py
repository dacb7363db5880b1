"""What the ledger keeps, as values: goals, outlooks, drivers, final figures and lessons.

A row handed to the ledger says what is to be frozen. A row that comes back also says what the ledger added:
``version``, ``state``, ``recorded_at``, ``backfilled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message

LEVELS = ("commit", "target", "stretch", "share", "rep", "agreed")
AGREED_BY_HUMANS = "agree"  # the template of what humans agreed
FOLLOWS = "tracking"  # the template whose outlooks knew a part of their period


@dataclass(frozen=True, kw_only=True)
class Row:
    """What every row says: whose, for which period, written by which template, known at which day.

    ``as_of`` is the last day whose knowledge went in, ``snapshot`` the hash of the data, ``reason`` why there is a
    later version than the first. ``backfilled``: it was recorded after its period had begun.
    """

    KEY: ClassVar[tuple[str, ...]] = ()
    CONTENT: ClassVar[tuple[str, ...]] = ()
    TABLE: ClassVar[str] = ""

    owner: Owner
    period: str
    template: str
    as_of: date
    snapshot: str | None = None
    reason: str | None = None
    version: int = 0
    state: str = ""
    recorded_at: datetime | None = None
    backfilled: bool = False


@dataclass(frozen=True, kw_only=True)
class GoalRow(Row):
    """A goal: proposed at a level, or agreed by humans.

    ``value`` is in the KPI's unit, ``chance`` the one promised. ``set_after_the_fact``: agreed after the period began.
    ``minor_units`` is filled in by the ledger for money.
    """

    KEY = ("kpi", "level")
    CONTENT = ("value", "chance", "agreed_on", "agreed_by", "initiative", "objective")
    TABLE = "goals"

    kpi: str
    level: str
    value: float
    money: bool = False
    minor_units: int = 1
    chance: float | None = None
    agreed_on: date | None = None
    agreed_by: str | None = None
    set_after_the_fact: bool = False
    initiative: Mapping[str, Any] | None = None
    objective: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutlookRow(Row):
    """The outlook of a KPI as it was when goals were made; ``record`` is what the outlook says of itself.

    One that was made while its period ran (by `FOLLOWS`) is a row of its own for each day it looked from: it takes the
    place of none, and is scored apart.
    """

    KEY = ("kpi",)
    CONTENT = ("method", "record")
    TABLE = "outlooks"

    kpi: str
    method: str
    record: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DriverRow(Row):
    """What a goal hangs on (leads, win_rate, deal_size, …) as it stood when goals were made."""

    KEY = ("name",)
    CONTENT = ("value", "unit")
    TABLE = "drivers"

    name: str
    value: float
    unit: str
    money: bool = False
    minor_units: int = 1


@dataclass(frozen=True, kw_only=True)
class FinalRow(Row):
    """The final figure of a period; None where it is undefined. Late corrections make a further version."""

    KEY = ("kpi",)
    CONTENT = ("value",)
    TABLE = "finals"

    kpi: str
    value: float | None
    final_on: date
    money: bool = False
    minor_units: int = 1


@dataclass(frozen=True, kw_only=True)
class LessonRow(Row):
    """What a review learned, at most three messages; the next goal setting reads them.

    ``facts`` has for each message its ``kind`` and its numbers, so that what reads it can answer; rows that were
    written before lessons had any have none.
    """

    CONTENT = ("messages", "preliminary", "facts")
    TABLE = "lessons"

    messages: tuple[Message, ...]
    preliminary: bool = False
    facts: tuple[Mapping[str, str | float], ...] = ()


KINDS: tuple[type[Row], ...] = (GoalRow, OutlookRow, DriverRow, FinalRow, LessonRow)


def listing(rows: list[GoalRow]) -> list[dict[str, Any]]:
    """Return goals as JSON values for ``salesgoals goals list --json``; ``team`` is null for the company."""
    return [
        {
            "team": row.owner.team,
            "rep": row.owner.rep,
            "kpi": row.kpi,
            "period": row.period,
            "level": row.level,
            "value": row.value,
            "chance": row.chance,
            "state": row.state,
            "version": row.version,
            "as_of": row.as_of.isoformat(),
            "backfilled": row.backfilled,
            "set_after_the_fact": row.set_after_the_fact,
        }
        for row in rows
    ]
