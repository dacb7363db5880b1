"""All of a company's files through the border: read, mapped, checked; or one error with every fault in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from salesgoals_kit.company import Company
from salesgoals_kit.data.checks import check_rows, create_rejected, kept_rows, moved_dates
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.engine import count, name
from salesgoals_kit.data.load import Loaded, load_sources
from salesgoals_kit.data.mapping import Mapped, in_order, map_columns
from salesgoals_kit.data.people import team_faults, unknown_people
from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.files import private_folder
from salesgoals_kit.words import Count, Message, say


@dataclass(frozen=True)
class Crossed:
    """What came in: the canonical tables lie in DuckDB as ``kept <name>``, what was set aside as ``rejected``."""

    read: dict[str, int]
    present: dict[str, frozenset[str]]
    notes: tuple[Message, ...]


def cross(con: duckdb.DuckDBPyConnection, company: Company) -> Crossed:
    """Bring a company's data in; raises DataError with every fault of every source."""
    create_rejected(con)
    with private_folder() as folder:
        loaded, faults = load_sources(con, company, Path(folder))
    ordered, circles = in_order(loaded)
    broken = _names_in(faults)
    whole = [item for item in ordered if item.binding.where not in broken]
    done, found = _through(con, whole, company)
    faults = [*faults, *circles, *found, *team_faults(con, company, done)]
    if faults:
        raise DataError("The company's data cannot be used as it is.", faults)
    tables = {item.binding.name: item for item in whole if item.binding.table}
    present = {title: frozenset(done[title].binding.ours) & {*TABLES[title].names} for title in tables}
    notes = (*_moved(con, tables), *_missed(con, done), *unknown_people(con, company, tables))
    return Crossed({title: item.read for title, item in tables.items()}, present, notes)


def _names_in(faults: list[Fault]) -> set[str]:
    """Return the sources that faults are about, as ``sources.deals``."""
    return {".".join(fault.where.split(".")[:2]) for fault in faults}


def _through(
    con: duckdb.DuckDBPyConnection, whole: list[Loaded], company: Company
) -> tuple[dict[str, Mapped], list[Fault]]:
    """Map and check the tables in an order in which each finds what it looks up; those that cannot are left out."""
    done: dict[str, Mapped] = {}
    faults: list[Fault] = []
    for item in whole:
        if not {look.table for look in item.binding.source.lookup.values()} <= set(done):
            continue
        mapped, found = map_columns(con, item, done)
        faults += found
        table = item.binding.table
        if table is not None:
            check_rows(con, item, mapped, company)
            mapped = replace(mapped, rows=kept_rows(table, mapped))
        done[item.binding.name] = mapped
    return done, faults


def _moved(con: duckdb.DuckDBPyConnection, tables: dict[str, Loaded]) -> list[Message]:
    number = moved_dates(con) if "deals" in tables else 0
    if not number:
        return []
    own = "expected_close_at" in tables["deals"].binding.ours
    return [say("data.close_dates_dropped" if own else "data.expected_dates_moved", count=Count(number))]


def _missed(con: duckdb.DuckDBPyConnection, done: dict[str, Mapped]) -> list[Message]:
    told = []
    for title, mapped in done.items():
        for ours, look in mapped.binding.source.lookup.items():
            number = count(con, f"SELECT count(*) FROM {mapped.rows} r WHERE {name(f'{ours} missed')}")
            if number:
                told.append(say("data.lookup_missed", table=title, column=ours, other=look.table, count=Count(number)))
    return told
