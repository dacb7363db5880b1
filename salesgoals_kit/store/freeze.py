"""Freezing rows: one transaction, versions by content, safe when several processes freeze the same at once."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version as installed
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from salesgoals_kit.errors import Fault, ParamError, StoreError
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.store.encode import broken, columns
from salesgoals_kit.store.engine import Store
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, FOLLOWS, LEVELS, FinalRow, GoalRow, LessonRow, OutlookRow, Row
from salesgoals_kit.store.schema import GOALS, LEDGER, RUNS

ATTEMPTS = 30
MOST_LESSONS = 3
_TRY_AGAIN = ("40001", "40P01")  # PostgreSQL: could not serialize, deadlock
# Why there is a later version where nobody gave a reason: codes, so that a report can say them in any language.
NEW_DATA, NEW_AS_OF, NEW_RUN = "new_data", "new_as_of", "new_run"


@dataclass(frozen=True)
class Frozen:
    """How many rows were kept for the first time, in a later version, or not again because nothing had changed."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True)
class _Entry:
    """A row to be kept, with its cells and what stands in the ledger under its name."""

    row: Row
    cells: dict[str, Any]
    before: Any = None


def freeze(store: Store, rows: Sequence[Row], moment: datetime) -> Frozen:
    """Keep all rows or none, and return how many were new.

    Two who freeze the same at once meet at the unique version: one waits or is refused, looks again, and finds
    nothing left to do. Raises StoreError with every row that cannot be kept.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    entries = _checked(store, rows)
    if not entries:
        return Frozen()
    with store.plainly():
        for attempt in range(ATTEMPTS):
            try:
                with store.writing() as connection:
                    return _write(connection, store, entries, moment)
            except DBAPIError as error:
                if attempt == ATTEMPTS - 1 or not _may_try_again(error):
                    raise
                time.sleep(random.uniform(0.005, 0.05))
    raise AssertionError("the last attempt returns or raises")


def _may_try_again(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def _checked(store: Store, rows: Sequence[Row]) -> list[_Entry]:
    """Return the rows with their cells, in the order in which every process writes them, or raise all faults."""
    faults = [Fault(_title(row), found) for row in rows if (found := _broken(row, store.fiscal_year_starts))]
    if faults:
        raise StoreError("Rows cannot be kept in the ledger.", faults)
    entries: dict[str, _Entry] = {}
    for row in rows:
        entry = _Entry(row, columns(row, store.company, store.minor_units))
        if entry.cells["row_key"] in entries:
            faults.append(Fault(_title(row), "it stands twice in what is to be frozen", todo="keep one"))
        entries[entry.cells["row_key"]] = entry
    if faults:
        raise StoreError("Rows cannot be kept in the ledger.", faults)
    return sorted(entries.values(), key=lambda entry: (entry.row.TABLE, entry.cells["row_key"]))


def _broken(row: Row, fiscal_year_starts: int) -> str:
    try:
        name = parse_period(row.period, fiscal_year_starts).name
    except ParamError:
        return f"{row.period!r} is no period"
    if name != row.period:
        return f"{row.period!r} is written {name}"
    return broken(row) or _broken_rule(row)


def _broken_rule(row: Row) -> str:
    if isinstance(row, GoalRow) and row.level not in LEVELS:
        return f"there is no level {row.level!r}; there are {', '.join(LEVELS)}"
    if isinstance(row, GoalRow) and (row.level == "agreed") != (row.template == AGREED_BY_HUMANS):
        return "a goal is agreed by agree(), and by nothing else"
    if isinstance(row, GoalRow) and row.level == "agreed" and (row.agreed_on is None or not row.agreed_by):
        return "an agreed goal needs agreed_on and agreed_by"
    if isinstance(row, FinalRow) and row.as_of < row.final_on:
        return f"as of {row.as_of} it is not final; it is from {row.final_on} on"
    if isinstance(row, LessonRow) and len(row.messages) > MOST_LESSONS:
        return f"{len(row.messages)} lessons; at most {MOST_LESSONS} are remembered"
    return ""


def _title(row: Row) -> str:
    what = " ".join(str(getattr(row, name)) for name in row.KEY) or row.TABLE
    return f"{what}, {row.owner.name or 'the company'}, {row.period}"


def _write(connection: Connection, store: Store, entries: Sequence[_Entry], moment: datetime) -> Frozen:
    entries = _with_what_stands(connection, entries)
    changed = [entry for entry in entries if entry.before is None or entry.before.content != entry.cells["content"]]
    _refuse_unexplained(changed)
    runs: dict[tuple[str, str | None], int] = {}
    cells: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in changed:
        maker = (entry.row.template, entry.row.snapshot)
        if maker not in runs:
            runs[maker] = _begin_run(connection, store, *maker, moment)
        cells[entry.row.TABLE].append(_completed(entry, store, runs[maker], moment))
    _supersede(connection, changed)
    for table, its in cells.items():
        connection.execute(insert(LEDGER[table]), its)
    _decide(connection, [entry for entry in entries if isinstance(entry.row, FinalRow)])
    new = sum(entry.before is None for entry in changed)
    return Frozen(new, len(changed) - new, len(entries) - len(changed))


def _with_what_stands(connection: Connection, entries: Sequence[_Entry]) -> list[_Entry]:
    standing: dict[str, Any] = {}
    for name in sorted({entry.row.TABLE for entry in entries}):
        table = LEDGER[name]
        keys = [entry.cells["row_key"] for entry in entries if name == entry.row.TABLE]
        query = (
            select(table.c.id, table.c.row_key, table.c.version, table.c.content, table.c.as_of, RUNS.c.snapshot)
            .join(RUNS, table.c.run == RUNS.c.id)
            .where(table.c.state != "superseded")
        )
        for start in range(0, len(keys), 500):
            for found in connection.execute(query.where(table.c.row_key.in_(keys[start : start + 500]))):
                standing[found.row_key] = found
    return [_Entry(entry.row, entry.cells, standing.get(entry.cells["row_key"])) for entry in entries]


def _refuse_unexplained(changed: Sequence[_Entry]) -> None:
    faults = [
        Fault(_title(entry.row), "it was agreed otherwise before", "the same again", "add a reason to the goal")
        for entry in changed
        if entry.row.template == AGREED_BY_HUMANS and entry.before is not None and not entry.row.reason
    ]
    if faults:
        raise StoreError("What was agreed changes only for a reason.", faults)


def _begin_run(connection: Connection, store: Store, template: str, snapshot: str | None, moment: datetime) -> int:
    cells = {"company": store.company, "template": template, "snapshot": snapshot, "recorded_at": moment}
    made = connection.execute(insert(RUNS).values(kit=installed("salesgoals-kit"), **cells))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def _completed(entry: _Entry, store: Store, run: int, moment: datetime) -> dict[str, Any]:
    """Return the cells with what only the ledger can say."""
    row, before = entry.row, entry.before
    period = parse_period(row.period, store.fiscal_year_starts)
    added: dict[str, Any] = {
        "run": run,
        "version": 1 if before is None else before.version + 1,
        "state": _state(row),
        "recorded_at": moment,
        "backfilled": moment.astimezone(store.zone).date() > _in_time(row, period),
        "reason": row.reason or (None if before is None else _reason(row, before)),
    }
    if isinstance(row, GoalRow):
        added["set_after_the_fact"] = _after_the_fact(row.agreed_on, period)
    return {**entry.cells, **added}


def _in_time(row: Row, period: Period) -> date:
    """Return the last day on which a row is recorded in time: a period that runs is followed until it ends."""
    return period.end if isinstance(row, OutlookRow) and row.template == FOLLOWS else period.start


def _after_the_fact(agreed_on: date | None, period: Period) -> bool:
    return agreed_on is not None and agreed_on > period.start


def _state(row: Row) -> str:
    if isinstance(row, GoalRow):
        return "agreed" if row.level == "agreed" else "proposed"
    return "final" if isinstance(row, FinalRow) else "issued"


def _reason(row: Row, before: Any) -> str:
    if before.snapshot != row.snapshot:
        return NEW_DATA
    return NEW_RUN if before.as_of == row.as_of else NEW_AS_OF


def _supersede(connection: Connection, changed: Sequence[_Entry]) -> None:
    for entry in changed:
        if entry.before is not None:
            table = LEDGER[entry.row.TABLE]
            connection.execute(update(table).where(table.c.id == entry.before.id).values(state="superseded"))


def _decide(connection: Connection, finals: Sequence[_Entry]) -> None:
    """Mark the goals that a final figure decides."""
    for entry in finals:
        connection.execute(
            update(GOALS)
            .where(GOALS.c.owner_key == entry.cells["owner_key"], GOALS.c.period == entry.row.period)
            .where(GOALS.c.kpi == entry.cells["kpi"], GOALS.c.state.in_(("proposed", "agreed")))
            .values(state="final")
        )
