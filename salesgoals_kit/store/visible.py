"""What of the ledger a run may see, and what of that it looked at: the version of every row that stood at a day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from salesgoals_kit.store.encode import row_of
from salesgoals_kit.store.rows import (
    AGREED_BY_HUMANS,
    FOLLOWS,
    LEVELS,
    DriverRow,
    FinalRow,
    GoalRow,
    LessonRow,
    OutlookRow,
    Row,
)
from salesgoals_kit.store.schema import LEDGER, RUNS

R = TypeVar("R", bound=Row)
KINDS: tuple[type[Row], ...] = (GoalRow, OutlookRow, DriverRow, FinalRow, LessonRow)
NOTHING = {kind.TABLE: "" for kind in KINDS}


@dataclass(frozen=True)
class Visible:
    """What a run may know from the ledger about one owner: of every row the version that stood at its as_of.

    Goals, outlooks and drivers of the run's own period, final figures and lessons of all. A goal's ``state`` is what it
    was then: ``final`` only if the final figure is visible too, never ``superseded``. ``looked_at`` names what of it
    was looked at, and so what its report depends on.
    """

    rows: Mapping[type[Row], tuple[Row, ...]]
    looked_at: set[str] = field(default_factory=set, compare=False)

    @property
    def goals(self) -> tuple[GoalRow, ...]:
        """Goals of the period, proposed and agreed."""
        return self._rows(GoalRow)

    @property
    def outlooks(self) -> tuple[OutlookRow, ...]:
        """Outlooks of the period: those made while it ran (`rows.FOLLOWS`) in time's order, then that of the goals."""
        return self._rows(OutlookRow)

    @property
    def drivers(self) -> tuple[DriverRow, ...]:
        """Drivers of the period."""
        return self._rows(DriverRow)

    @property
    def finals(self) -> tuple[FinalRow, ...]:
        """Final figures of all periods."""
        return self._rows(FinalRow)

    @property
    def lessons(self) -> tuple[LessonRow, ...]:
        """What reviews of all periods learned."""
        return self._rows(LessonRow)

    def _rows(self, kind: type[R]) -> tuple[R, ...]:
        self.looked_at.add(kind.TABLE)
        return cast("tuple[R, ...]", self.rows.get(kind, ()))


@dataclass(frozen=True)
class Standing:
    """What a report of one owner would see of the ledger, by table, as hashes, and whether it holds rows of its own."""

    digests: Mapping[str, str]
    frozen: bool


def visible(connection: Connection, own: str, period: str, template: str, as_of: date) -> Visible:
    """Return what a run for the owner with this key may see."""
    rows: dict[type[Row], tuple[Row, ...]] = {}
    for kind in KINDS:
        whose = (LEDGER[kind.TABLE].c.owner_key == own, *_when(kind, period))
        found = connection.execute(standing(kind, period, template, as_of, *whose)).mappings()
        rows[kind] = tuple(sorted((row_of(kind, cells) for cells in found), key=_order))
    decided = {(final.period, final.kpi) for final in rows[FinalRow] if isinstance(final, FinalRow)}
    goals = (goal for goal in rows[GoalRow] if isinstance(goal, GoalRow))
    return Visible({**rows, GoalRow: tuple(replace(goal, state=_state_then(goal, decided)) for goal in goals)})


def digests_of(
    connection: Connection, company: str, period: str, template: str, as_of: date
) -> dict[str, dict[str, str]]:
    """Return for every owner's key hashes of what `visible` would give, by table."""
    found: dict[str, dict[str, list[str]]] = {}
    for kind in KINDS:
        table = LEDGER[kind.TABLE]
        query = standing(kind, period, template, as_of, table.c.company == company, *_when(kind, period))
        cells = (table.c.owner_key, table.c.row_key, table.c.version, table.c.content, table.c.backfilled)
        for row in connection.execute(query.with_only_columns(*cells, table.c.period)):
            of = found.setdefault(row.owner_key, {name: [] for name in NOTHING})
            of[kind.TABLE].append(repr(tuple(row)))
            if kind is FinalRow and row.period == period:  # it decides what state a goal is in
                of[GoalRow.TABLE].append(repr(tuple(row)))
    return {key: {name: _hash(rows) for name, rows in of.items()} for key, of in found.items()}


def joined(kind: type[Row]) -> Select[tuple[object, ...]]:
    """Select rows with the template and the snapshot of the run that wrote them."""
    table = LEDGER[kind.TABLE]
    return select(table, RUNS.c.template, RUNS.c.snapshot).join(RUNS, table.c.run == RUNS.c.id)


def standing(
    kind: type[Row], period: str, template: str, as_of: date, *whose: ColumnElement[bool]
) -> Select[tuple[object, ...]]:
    """Select of each row the version that stands: the latest that may be seen, of promises the latest made in time.

    A goal proposed again after its period began does not take the place of what had been promised before.
    """
    table = LEDGER[kind.TABLE]
    itself = and_(RUNS.c.template == template, table.c.period == period)
    prompt = or_(table.c.backfilled.is_(False), RUNS.c.template == AGREED_BY_HUMANS)
    in_time = func.max(case((prompt, table.c.version)))
    latest = (
        select(table.c.row_key, func.coalesce(in_time, func.max(table.c.version)).label("version"))
        .join(RUNS, table.c.run == RUNS.c.id)
        .where(*whose, table.c.as_of <= as_of, not_(itself))
        .group_by(table.c.row_key)
        .subquery()
    )
    return joined(kind).join(latest, and_(table.c.row_key == latest.c.row_key, table.c.version == latest.c.version))


def _when(kind: type[Row], period: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that rows are of the run's own period, for the kinds of which no other is seen."""
    return () if kind in (FinalRow, LessonRow) else (LEDGER[kind.TABLE].c.period == period,)


def _hash(rows: list[str]) -> str:
    """Return a hash of rows in any order; of none, nothing."""
    return hashlib.sha256("".join(sorted(rows)).encode()).hexdigest() if rows else ""


def _state_then(goal: GoalRow, decided: set[tuple[str, str]]) -> str:
    if (goal.period, goal.kpi) in decided:
        return "final"
    return "agreed" if goal.level == "agreed" else "proposed"


def _order(row: Row) -> tuple[object, ...]:
    level = LEVELS.index(row.level) if isinstance(row, GoalRow) else 0
    names = [getattr(row, name) for name in row.KEY if name != "level"]
    return (row.period, *names, level, row.template != FOLLOWS, row.as_of)
