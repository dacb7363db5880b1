"""The ledger: what was frozen when a report was issued, what humans agreed, and what of it a run may see.

Nothing is ever changed but ``state``. The same content makes no new version; other content makes the next one and
the earlier becomes ``superseded``. One call freezes everything or nothing, whoever else writes at the same time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, or_, select

from salesgoals_kit.owners import Owner
from salesgoals_kit.store.encode import owner_key, row_of
from salesgoals_kit.store.engine import Store
from salesgoals_kit.store.freeze import Frozen, freeze
from salesgoals_kit.store.rows import (
    AGREED_BY_HUMANS,
    LEVELS,
    DriverRow,
    FinalRow,
    GoalRow,
    LessonRow,
    OutlookRow,
    Row,
)
from salesgoals_kit.store.schema import GOALS, LEDGER, RUNS

R = TypeVar("R", bound=Row)
Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Visible:
    """What a run may know from the ledger about one owner: of every row the version that stood at its as_of.

    Goals, drivers, final figures and lessons of all periods, outlooks of the run's own. A goal's ``state`` is what it
    was then: ``final`` only if the final figure is visible too, never ``superseded``.
    """

    goals: tuple[GoalRow, ...]
    outlooks: tuple[OutlookRow, ...]
    drivers: tuple[DriverRow, ...]
    finals: tuple[FinalRow, ...]
    lessons: tuple[LessonRow, ...]


@dataclass(frozen=True)
class Standing:
    """What a report of one owner would see of the ledger, as a hash, and whether the ledger holds rows of its own."""

    digest: str
    frozen: bool


@dataclass(frozen=True)
class Ledger:
    """One company's ledger in a store. ``clock`` says what time it is, in any time zone."""

    store: Store
    clock: Clock = now

    def freeze(self, rows: Iterable[Row]) -> Frozen:
        """Freeze all that one report says, in one transaction, and return how much of it was new.

        Raises StoreError with every row that cannot be kept, or what the database says; then nothing was kept.
        """
        return freeze(self.store, list(rows), self.clock())

    def freeze_goals(self, rows: Iterable[GoalRow]) -> Frozen:
        """Freeze goals alone."""
        return self.freeze(rows)

    def freeze_outlooks(self, rows: Iterable[OutlookRow]) -> Frozen:
        """Freeze outlooks alone."""
        return self.freeze(rows)

    def freeze_drivers(self, rows: Iterable[DriverRow]) -> Frozen:
        """Freeze drivers alone."""
        return self.freeze(rows)

    def freeze_finals(self, rows: Iterable[FinalRow]) -> Frozen:
        """Freeze final figures; the goals they decide become ``final``."""
        return self.freeze(rows)

    def freeze_lessons(self, rows: Iterable[LessonRow]) -> Frozen:
        """Freeze what reviews learned."""
        return self.freeze(rows)

    def agree(self, rows: Iterable[GoalRow]) -> Frozen:
        """Freeze what humans agreed; known from the day it was agreed on.

        A goal agreed after its period began is marked as set after the fact. A goal that was agreed before and is
        another now needs a reason: StoreError names those without.
        """
        return self.freeze(
            replace(row, level="agreed", template=AGREED_BY_HUMANS, as_of=row.agreed_on or row.as_of) for row in rows
        )

    def goals(
        self,
        owner: Owner | None = None,
        period: str | None = None,
        kpi: str | None = None,
        level: str | None = None,
        *,
        current: bool = False,
    ) -> list[GoalRow]:
        """Return the company's goals in every version, or only the ones in force; None means any."""
        query = _joined(GoalRow).where(GOALS.c.company == self.store.company)
        if owner is not None:
            query = query.where(GOALS.c.owner_key == owner_key(self.store.company, owner))
        for column, wanted in ((GOALS.c.period, period), (GOALS.c.kpi, kpi), (GOALS.c.level, level)):
            if wanted is not None:
                query = query.where(column == wanted)
        if current:
            query = query.where(GOALS.c.state != "superseded")
        with self.store.reading() as connection:
            found = [row_of(GoalRow, cells) for cells in connection.execute(query).mappings()]
        return sorted(found, key=_goal_order)

    def visible(self, owner: Owner, period: str, template: str, as_of: date) -> Visible:
        """Return what a run of ``template`` for ``owner`` and ``period`` may know at ``as_of``.

        Rows whose own as_of is not later, except those that the same template wrote for the same owner and period:
        a run is not to learn from itself.
        """
        own = owner_key(self.store.company, owner)
        with self.store.reading() as connection:

            def seen(kind: type[R], only: str | None = None) -> tuple[R, ...]:
                table = LEDGER[kind.TABLE]
                whose = [table.c.owner_key == own, *([] if only is None else [table.c.period == only])]
                query = _standing(kind, period, template, as_of, *whose)
                rows = [row_of(kind, cells) for cells in connection.execute(query).mappings()]
                return tuple(sorted(rows, key=_order))

            finals = seen(FinalRow)
            decided = {(final.period, final.kpi) for final in finals}
            goals = tuple(replace(goal, state=_state_then(goal, decided)) for goal in seen(GoalRow))
            outlooks, drivers = seen(OutlookRow, period), seen(DriverRow)
            return Visible(goals, outlooks, drivers, finals, seen(LessonRow))

    def standing(self, owners: Iterable[Owner], period: str, template: str, as_of: date) -> dict[Owner, Standing]:
        """Return for many owners at once what `visible` would give each, as a hash, and what there is of their own."""
        found: dict[str, list[str]] = {}
        with self.store.reading() as connection:
            for kind in (GoalRow, OutlookRow, DriverRow, FinalRow, LessonRow):
                table = LEDGER[kind.TABLE]
                only = [table.c.period == period] if kind is OutlookRow else []
                query = _standing(kind, period, template, as_of, table.c.company == self.store.company, *only)
                cells = (table.c.owner_key, table.c.row_key, table.c.version, table.c.content, table.c.backfilled)
                for row in connection.execute(query.with_only_columns(*cells)):
                    found.setdefault(row.owner_key, []).append(repr((kind.TABLE, *row)))
            own = self._frozen(connection, period, template)
        keys = {owner: owner_key(self.store.company, owner) for owner in owners}
        digests = {key: hashlib.sha256("".join(sorted(rows)).encode()).hexdigest() for key, rows in found.items()}
        return {owner: Standing(digests.get(key, ""), key in own) for owner, key in keys.items()}

    def _frozen(self, connection: Connection, period: str, template: str) -> set[str]:
        """Return the keys of the owners of whom a template has frozen anything for a period."""
        found: set[str] = set()
        for table in LEDGER.values():
            own = (table.c.company == self.store.company, table.c.period == period, RUNS.c.template == template)
            query = select(table.c.owner_key).join(RUNS, table.c.run == RUNS.c.id).where(*own).distinct()
            found.update(connection.execute(query).scalars())
        return found

    def scorable(self, period: str, template: str, as_of: date) -> list[tuple[OutlookRow, FinalRow]]:
        """Return what a run of ``template`` for ``period`` may learn at ``as_of`` from how the company's outlooks did.

        Of every owner, period and KPI with a final figure the outlook that stood, marked where it was backfilled. What
        the same template wrote for the same period is left out, whoever's it is: the reports of a period are made side
        by side, and none is to depend on which was done first.
        """
        with self.store.reading() as connection:

            def seen(kind: type[R]) -> dict[tuple[str, ...], R]:
                query = _standing(kind, period, template, as_of, LEDGER[kind.TABLE].c.company == self.store.company)
                found = connection.execute(query).mappings()
                return {(cells["period"], cells["kpi"], cells["owner_key"]): row_of(kind, cells) for cells in found}

            outlooks, finals = seen(OutlookRow), seen(FinalRow)
        return [(outlooks[key], finals[key]) for key in sorted(outlooks.keys() & finals.keys())]


def _joined(kind: type[Row]) -> Select[tuple[object, ...]]:
    table = LEDGER[kind.TABLE]
    return select(table, RUNS.c.template, RUNS.c.snapshot).join(RUNS, table.c.run == RUNS.c.id)


def _standing(
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
    return _joined(kind).join(latest, and_(table.c.row_key == latest.c.row_key, table.c.version == latest.c.version))


def _state_then(goal: GoalRow, decided: set[tuple[str, str]]) -> str:
    if (goal.period, goal.kpi) in decided:
        return "final"
    return "agreed" if goal.level == "agreed" else "proposed"


def _goal_order(row: GoalRow) -> tuple[object, ...]:
    owner = (row.owner.team or "", row.owner.rep or "")
    return (row.period, *owner, row.kpi, LEVELS.index(row.level), row.version)


def _order(row: Row) -> tuple[object, ...]:
    level = LEVELS.index(row.level) if isinstance(row, GoalRow) else 0
    return (row.period, *(getattr(row, name) for name in row.KEY if name != "level"), level)
