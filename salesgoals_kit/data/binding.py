"""Which of a file's columns become which of ours: the mapping held against the header, every fault told."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field

from salesgoals_kit.company import Company
from salesgoals_kit.data.contract import TABLES, Table
from salesgoals_kit.errors import Fault
from salesgoals_kit.sources import Source, ValueMap


@dataclass(frozen=True)
class Binding:
    """A file's columns by ours, and what its values are mapped from; ``table`` is None for a helper.

    ``extras`` are columns beyond the contract's that other tables look up here or that this one looks up by.
    """

    name: str
    source: Source
    table: Table | None
    header: tuple[str, ...]
    extras: frozenset[str] = frozenset()
    columns: dict[str, str] = field(default_factory=dict)  # ours: theirs, as in the header
    derived: dict[str, tuple[str, ...]] = field(default_factory=dict)  # ours: the columns its values are mapped from

    @property
    def where(self) -> str:
        """The place in the company file."""
        return f"{'sources' if self.table else 'helpers'}.{self.name}"

    @property
    def needed(self) -> tuple[str, ...]:
        """The file's columns that are read, in the header's order."""
        wanted = {*self.columns.values(), *(column for columns in self.derived.values() for column in columns)}
        return tuple(column for column in self.header if column in wanted)

    @property
    def ours(self) -> tuple[str, ...]:
        """All our columns that come out: renamed, derived, looked up, numbered."""
        found = [*self.columns, *self.derived, *self.source.lookup]
        if self.source.id and self.table:
            found += self.table.key[:1]
        return tuple(dict.fromkeys(found))


def extras_of(company: Company) -> dict[str, frozenset[str]]:
    """Return, by table or helper, the columns that lookups read beyond what the contract names."""
    wanted: dict[str, set[str]] = {name: set() for name in (*company.sources, *company.helpers)}
    for name, source in (*company.sources.items(), *company.helpers.items()):
        for column, look in source.lookup.items():
            wanted[name].add(look.on)
            wanted.setdefault(look.table, set()).update({look.on, look.take or column})
    return {name: frozenset(columns) for name, columns in wanted.items()}


def bind(name: str, source: Source, header: list[str], extras: frozenset[str]) -> tuple[Binding, list[Fault]]:
    """Return a file's columns by ours, and every fault of the mapping or the header."""
    table = TABLES.get(name)
    binding = Binding(name, source, table, tuple(header), extras)
    faults = [*_unknown_columns(binding), *_bind_columns(binding), *_bind_values(binding)]
    faults += [*_bad_lookups(binding), *_bad_numbering(binding), *_missing(binding, {f.where for f in faults})]
    return binding, faults


def _allowed(binding: Binding) -> set[str] | None:
    """Return the names our columns may have; None: any (a helper)."""
    return None if binding.table is None else {*binding.table.names, *binding.extras}


def _unknown_columns(binding: Binding) -> Iterator[Fault]:
    allowed = _allowed(binding)
    parts: Mapping[str, Mapping[str, object]] = {
        "columns": binding.source.columns,
        "values": binding.source.values,
        "lookup": binding.source.lookup,
    }
    for part, entries in parts.items():
        for column in entries:
            if allowed is not None and column not in allowed:
                known = f"one of {', '.join(binding.table.names if binding.table else ())}"
                yield Fault(f"{binding.where}.{part}.{column}", "the table has no column of this name", known)


def _bind_columns(binding: Binding) -> Iterator[Fault]:
    for ours, theirs in binding.source.columns.items():
        place = f"{binding.where}.columns.{ours}"
        found = yield from _resolve(binding, theirs, place)
        if found is not None:
            binding.columns[ours] = found
        if ours in binding.source.lookup:
            yield Fault(place, "the column is looked up as well", todo="keep one of columns and lookup")
    taken = {*binding.source.columns, *binding.source.lookup}
    own = binding.header if binding.table is None else (*binding.table.names, *sorted(binding.extras))
    for ours in own:
        if ours and ours in binding.header and ours not in taken and not _is_derived(binding.source.values.get(ours)):
            binding.columns[ours] = ours


def _is_derived(mapped: ValueMap | None) -> bool:
    return mapped is not None and bool(mapped.source)


def _bind_values(binding: Binding) -> Iterator[Fault]:
    for ours, mapped in binding.source.values.items():
        place = f"{binding.where}.values.{ours}"
        found = []
        for theirs in mapped.source:
            found.append((yield from _resolve(binding, theirs, f"{place}.from")))
        if mapped.source and all(found):
            binding.derived[ours] = tuple(column for column in found if column)
        elif not mapped.source and ours not in {*binding.columns, *binding.source.columns, *binding.source.lookup}:
            yield Fault(place, f"{_file(binding)} has no column {ours!r}", todo="name it under columns, or give from")
        yield from _bad_pairs(binding, ours, mapped, place)


def _bad_pairs(binding: Binding, ours: str, mapped: ValueMap, place: str) -> Iterator[Fault]:
    width = len(mapped.source) or 1
    known = {column.name: column.choices for column in binding.table.columns} if binding.table else {}
    for theirs, value in mapped.pairs.items():
        key = f"{place}.{', '.join(theirs)}"
        if len(theirs) != width:
            yield Fault(key, f"a key of {len(theirs)} values", f"{width}, as from names columns")
        if known.get(ours) and value not in known[ours]:
            yield Fault(key, repr(value), f"one of {', '.join(known[ours])}")


def _bad_lookups(binding: Binding) -> Iterator[Fault]:
    for ours, look in binding.source.lookup.items():
        if look.on not in binding.ours:
            todo = "name the column that both tables have"
            yield Fault(f"{binding.where}.lookup.{ours}", f"{_file(binding)} has no column {look.on!r}", todo=todo)


def _bad_numbering(binding: Binding) -> Iterator[Fault]:
    if binding.source.id and not (binding.table and binding.table.key):
        yield Fault(f"{binding.where}.id", "this table's rows have no id", todo="leave id out")


def _missing(binding: Binding, told: set[str]) -> Iterator[Fault]:
    """Tell of required columns that nothing gives and that no other fault has named."""
    required = [c.name for c in binding.table.columns if c.required] if binding.table else []
    named = {*binding.ours, *binding.source.columns, *binding.source.values}
    for column in dict.fromkeys((*required, *sorted(binding.extras))):
        if column not in named and f"{binding.where}.columns.{column}" not in told:
            yield Fault(binding.where, f"{_file(binding)} has no column {column!r}", todo=_advice(binding, column))


def _advice(binding: Binding, column: str) -> str:
    if len(binding.header) == 1:
        return f"its header is one column, {binding.header[0]!r}: is read.delimiter right?"
    return f"say under columns which of its columns is {column}; it has {_listed(binding.header)}"


def _resolve(binding: Binding, theirs: str, place: str) -> Generator[Fault, None, str | None]:
    """Return the header's column of that name, spaces around it apart; tell of one that is missing or stands twice."""
    times = binding.header.count(theirs.strip())
    if times == 1:
        return theirs.strip()
    if times:
        yield Fault(place, f"{_file(binding)} has {times} columns {theirs!r}", "one", "rename the others in the file")
    else:
        yield Fault(place, f"{_file(binding)} has no column {theirs!r}", f"one of {_listed(binding.header)}")
    return None


def _file(binding: Binding) -> str:
    return binding.source.path.name


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:30])
    return shown if len(names) <= 30 else f"{shown} and {len(names) - 30} more"
