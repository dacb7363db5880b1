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

from sqlalchemy import Connection, select

from salesgoals_kit.owners import Owner
from salesgoals_kit.store.decided import Promise, final_versions, promises
from salesgoals_kit.store.encode import owner_key, row_of
from salesgoals_kit.store.engine import Store
from salesgoals_kit.store.freeze import Frozen, freeze
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
from salesgoals_kit.store.schema import GOALS, LEDGER, RUNS
from salesgoals_kit.store.visible import NOTHING, Standing, Visible, digests_of, joined, standing, visible

R = TypeVar("R", bound=Row)
Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


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
        query = joined(GoalRow).where(GOALS.c.company == self.store.company)
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
        with self.store.reading() as connection:
            return visible(connection, owner_key(self.store.company, owner), period, template, as_of)

    def of_period(self, period: str, kpi: str, as_of: date) -> tuple[list[GoalRow], list[FinalRow]]:
        """Return everybody's goals and final figures of a KPI in a period, as they stood at as_of."""
        with self.store.reading() as connection:
            goals = self._everybodys(connection, GoalRow, [period], kpi, as_of)
            finals = self._everybodys(connection, FinalRow, [period], kpi, as_of)
        return sorted(goals, key=_goal_order), sorted(finals, key=lambda row: repr(row.owner))

    def goals_of(self, periods: Iterable[str], kpi: str, as_of: date) -> list[GoalRow]:
        """Return everybody's goals of a KPI in some periods, as they stood at as_of."""
        with self.store.reading() as connection:
            return sorted(self._everybodys(connection, GoalRow, periods, kpi, as_of), key=_goal_order)

    def _everybodys(
        self, connection: Connection, kind: type[R], periods: Iterable[str], kpi: str, as_of: date
    ) -> list[R]:
        table = LEDGER[kind.TABLE].c
        whose = (table.company == self.store.company, table.period.in_(list(periods)), table.kpi == kpi)
        found = connection.execute(standing(kind, "", "", as_of, *whose)).mappings()
        return [row_of(kind, cells) for cells in found]

    def standing(self, owners: Iterable[Owner], period: str, template: str, as_of: date) -> dict[Owner, Standing]:
        """Return for many owners at once what `visible` would give each, as hashes, and what there is of their own."""
        with self.store.reading() as connection:
            digests = digests_of(connection, self.store.company, period, template, as_of)
            own = self._frozen(connection, period, template)
        keys = {owner: owner_key(self.store.company, owner) for owner in owners}
        return {owner: Standing(digests.get(key, NOTHING), key in own) for owner, key in keys.items()}

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
        by side, and none is to depend on which was done first. Outlooks made while their period ran are scored apart.
        """
        with self.store.reading() as connection:

            def seen(kind: type[R]) -> dict[tuple[str, ...], R]:
                whose = (LEDGER[kind.TABLE].c.company == self.store.company, RUNS.c.template != FOLLOWS)
                query = standing(kind, period, template, as_of, *whose)
                found = connection.execute(query).mappings()
                return {(cells["period"], cells["kpi"], cells["owner_key"]): row_of(kind, cells) for cells in found}

            outlooks, finals = seen(OutlookRow), seen(FinalRow)
        return [(outlooks[key], finals[key]) for key in sorted(outlooks.keys() & finals.keys())]

    def final_versions(self, period: str, as_of: date) -> list[FinalRow]:
        """Return everybody's final figures of a period in every version known at as_of, the oldest first."""
        with self.store.reading() as connection:
            return final_versions(connection, self.store.company, period, as_of)

    def promises(self, period: str, template: str, as_of: date) -> list[Promise]:
        """Return the agreed goals whose figures are final, each with its figure; what a run may see, as `scorable`."""
        with self.store.reading() as connection:
            return promises(connection, self.store.company, period, template, as_of)

    def digest_of_scores(self, period: str, template: str, as_of: date) -> str:
        """Return a hash of what `scorable` would give; empty where it would give nothing."""
        with self.store.reading() as connection:

            def seen(kind: type[Row]) -> dict[tuple[str, ...], str]:
                table = LEDGER[kind.TABLE].c
                whose = (table.company == self.store.company, RUNS.c.template != FOLLOWS)
                query = standing(kind, period, template, as_of, *whose)
                which = (table.period, table.kpi, table.owner_key)
                cells = (table.row_key, table.version, table.content, table.backfilled)
                found = connection.execute(query.with_only_columns(*which, *cells))
                return {tuple(row[:3]): repr(tuple(row[3:])) for row in found}

            outlooks, finals = seen(OutlookRow), seen(FinalRow)
        both = sorted(outlooks.keys() & finals.keys())
        pairs = "".join(f"{outlooks[key]}{finals[key]}" for key in both)
        return hashlib.sha256(pairs.encode()).hexdigest() if both else ""


def _goal_order(row: GoalRow) -> tuple[object, ...]:
    owner = (row.owner.team or "", row.owner.rep or "")
    return (row.period, *owner, row.kpi, LEVELS.index(row.level), row.version)
