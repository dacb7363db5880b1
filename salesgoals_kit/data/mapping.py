"""A table of text with our columns: renamed, values mapped, numbered, and looked up from another table.

The table ``mapped <name>`` has the line, our columns as text, and two kinds of columns more: ``<ours> unlisted``, the
value that stands in no list, and ``<ours> missed``, whether a lookup found no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from salesgoals_kit.data.binding import Binding
from salesgoals_kit.data.cells import shown
from salesgoals_kit.data.engine import LINE, count, name, text
from salesgoals_kit.data.load import Loaded
from salesgoals_kit.errors import Fault
from salesgoals_kit.sources import Lookup, Read, ValueMap


@dataclass(frozen=True)
class Mapped:
    """A table with our columns; ``reads`` says how each column's cells are written."""

    binding: Binding
    reads: Mapping[str, Read]
    table: str  # as SQL names it
    rows: str  # the rows of it that others may look up, as SQL


def in_order(loaded: list[Loaded]) -> tuple[list[Loaded], list[Fault]]:
    """Return the tables, each after those it looks up from; tables that wait for each other are a fault."""
    waiting = {item.binding.name: item for item in loaded}
    ordered: list[Loaded] = []
    while waiting:
        free = [item for item in waiting.values() if not _looked_up(item) & set(waiting)]
        if not free:
            circle = "the table waits, in the end, for itself"
            return ordered, [Fault(f"{item.binding.where}.lookup", circle) for item in waiting.values()]
        ordered += free
        for item in free:
            del waiting[item.binding.name]
    return ordered, []


def _looked_up(item: Loaded) -> set[str]:
    return {look.table for look in item.binding.source.lookup.values()}


def map_columns(
    con: duckdb.DuckDBPyConnection, loaded: Loaded, done: Mapping[str, Mapped]
) -> tuple[Mapped, list[Fault]]:
    """Make the table with our columns and return it with every lookup that finds several answers."""
    binding = loaded.binding
    source = binding.source
    faults = [fault for ours in source.lookup for fault in _ambiguous(con, binding, ours, done)]
    plain = [part for ours in binding.ours if ours not in source.lookup for part in _column(binding, ours)]
    query = f"SELECT {', '.join([f't.{LINE}', *plain])} FROM {loaded.table} t"
    table = name(f"mapped {binding.name}")
    con.execute(f"CREATE TABLE {table} AS {_with_lookups(query, binding, done)}")
    con.execute(f"DROP TABLE {loaded.table}")
    return Mapped(binding, _reads(binding, done), table, table), faults


def _column(binding: Binding, ours: str) -> list[str]:
    """Return one of our columns as SQL, from the file's columns of the table ``t``."""
    mapped = binding.source.values.get(ours)
    if mapped is not None:
        theirs = binding.derived.get(ours) or (binding.columns[ours],)
        return _mapped_values(ours, mapped, [f"t.{name(column)}" for column in theirs])
    if ours in binding.columns:
        return [f"t.{name(binding.columns[ours])} AS {name(ours)}"]
    return [f"CAST(t.{LINE} AS VARCHAR) AS {name(ours)}"]


def _mapped_values(ours: str, mapped: ValueMap, cells: list[str]) -> list[str]:
    """Return a column whose values are mapped, and what stands in no list, as SQL."""
    words = {word for theirs in mapped.pairs for word in theirs}
    parts = [f"coalesce({shown(cell)}, '')" for cell in cells]
    if words & {"true", "false"}:
        parts = [f"CASE WHEN lower({p}) IN ('true', 'false') THEN lower({p}) ELSE {p} END" for p in parts]
    key = " || chr(30) || ".join(f"({part})" for part in parts)
    keys = {text("\x1e".join(theirs)): text(value) for theirs, value in mapped.pairs.items()}
    cases = " ".join(f"WHEN {theirs} THEN {value}" for theirs, value in keys.items())
    value = f"nullif(CASE {key} {cases} END, '')" if cases else "CAST(NULL AS VARCHAR)"
    empty = " AND ".join(f"{cell} IS NULL" for cell in cells)
    listed_key = f"{key} IN ({', '.join(keys)})" if keys else "false"
    unlisted = f"CASE WHEN NOT ({empty}) AND NOT ({listed_key}) THEN replace({key}, chr(30), ', ') END"
    return [f"{value} AS {name(ours)}", f"{unlisted} AS {name(f'{ours} unlisted')}"]


def _with_lookups(query: str, binding: Binding, done: Mapping[str, Mapped]) -> str:
    """Add what is looked up, by our own column ``on`` as it is after its mapping, to a query of the other columns."""
    for ours, look in binding.source.lookup.items():
        answers = _answers(look, ours, done[look.table])
        key = shown(f"l.{name(look.on)}")
        missed = f"l.{name(look.on)} IS NOT NULL AND r.key IS NULL"
        query = (
            f"SELECT l.*, r.taken AS {name(ours)}, {missed} AS {name(f'{ours} missed')} "
            f"FROM ({query}) l LEFT JOIN ({answers}) r ON {key} = r.key"
        )
        if ours in binding.source.values:
            mapped = _mapped_values(ours, binding.source.values[ours], [f"t.{name(ours)}"])
            query = f"SELECT t.* EXCLUDE ({name(ours)}), {', '.join(mapped)} FROM ({query}) t"
    return query


def _answers(look: Lookup, ours: str, target: Mapped) -> str:
    """Return key and answer of a lookup: the first row of each key, as later ones are duplicates and set aside."""
    on, take = name(look.on), name(look.take or ours)
    return (
        f"SELECT {shown(on)} AS key, first({take} ORDER BY {LINE}) AS taken FROM {target.rows} "
        f"WHERE {on} IS NOT NULL GROUP BY 1"
    )


def _ambiguous(
    con: duckdb.DuckDBPyConnection, binding: Binding, column: str, done: Mapping[str, Mapped]
) -> list[Fault]:
    """Tell of keys to which the looked-up table has several answers."""
    look = binding.source.lookup[column]
    target = done[look.table]
    on, take = name(look.on), name(look.take or column)
    several = (
        f"SELECT {shown(on)} AS key FROM {target.rows} WHERE {on} IS NOT NULL GROUP BY 1 "
        f"HAVING count(DISTINCT coalesce({take}, '')) > 1 ORDER BY 1"
    )
    number = count(con, f"SELECT count(*) FROM ({several})")
    if not number:
        return []
    first = con.execute(several).fetchone()
    example = repr(first[0]) if first else ""
    found = f"{look.table} has several answers for {number} values of {look.on}, {example} for one"
    return [Fault(f"{binding.where}.lookup.{column}", found, "one", f"keep one row a {look.on}")]


def _reads(binding: Binding, done: Mapping[str, Mapped]) -> dict[str, Read]:
    """Return how each column's cells are written: as its file declares, as the other table's, or as we write."""
    reads = {}
    for ours in binding.ours:
        reads[ours] = binding.source.read
        if ours in binding.source.lookup:
            look = binding.source.lookup[ours]
            reads[ours] = done[look.table].reads[look.take or ours]
        if ours in binding.source.values:
            reads[ours] = Read()
    return reads
