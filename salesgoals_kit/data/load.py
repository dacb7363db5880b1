"""Every file of a company as a table of text in DuckDB: `line` and the columns that are needed, cells as they stand.

Delimited, fixed-width and Excel files are copied, in one pass, as plain UTF-8 with each row's line; Parquet is read
where it lies. Rows with too few or too many cells are set aside on the way. While DuckDB takes in one file in a thread,
the next is copied here.
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path

import duckdb

from salesgoals_kit.company import Company
from salesgoals_kit.data.binding import Binding, bind, extras_of
from salesgoals_kit.data.cells import clean
from salesgoals_kit.data.engine import LINE, count, name, one_file, text
from salesgoals_kit.data.parquet import parquet_cell, parquet_columns
from salesgoals_kit.data.reading import LONGEST, Sheet, Unreadable, read_lines, row_fault
from salesgoals_kit.errors import Fault
from salesgoals_kit.sources import Source


@dataclass(frozen=True)
class Loaded:
    """A file that has become the table ``text <name>``; ``torn`` has (line, text, reason) of rows that are no rows."""

    binding: Binding
    read: int
    torn: tuple[tuple[int, str, str], ...] = ()

    @property
    def table(self) -> str:
        """The table of text, as SQL names it."""
        return name(f"text {self.binding.name}")


Taken = tuple[Loaded | None, list[Fault]]
TakeIn = Callable[[duckdb.DuckDBPyConnection], Taken]


def load_sources(con: duckdb.DuckDBPyConnection, company: Company, folder: Path) -> tuple[list[Loaded], list[Fault]]:
    """Return every source and helper as a table of text, and every fault of the files and their mapping.

    ``folder`` takes the copies; it has to stay for as long as the connection is used.
    """
    extras = extras_of(company)
    coming: list[Future[Taken]] = []
    with con.cursor() as own, ThreadPoolExecutor(1) as database:
        for part, sources in (("sources", company.sources), ("helpers", company.helpers)):
            for title, source in sources.items():
                where = f"{part}.{title}"
                contradictions = [*_contradictions(where, source), *_bad_form(con, where, source)]
                if contradictions:
                    take_in: TakeIn = partial(_only, contradictions)
                else:
                    take_in = _ready(con, title, source, company, folder, extras[title])
                coming.append(database.submit(take_in, own))
    taken = [future.result() for future in coming]
    return [whole for whole, _ in taken if whole is not None], [fault for _, faults in taken for fault in faults]


def _only(faults: list[Fault], _: duckdb.DuckDBPyConnection) -> Taken:
    return None, faults


def _contradictions(where: str, source: Source) -> Iterator[Fault]:
    """Tell of settings that contradict each other."""
    read = source.read
    if read.thousands == read.decimal:
        yield Fault(f"{where}.read", f"decimal and thousands are both {read.decimal!r}", "two different signs")
    if not read.header and not read.names and source.path.suffix.lower() != ".parquet":
        yield Fault(f"{where}.read", "header is false and there are no names", todo="name the columns in read.names")
    if read.names and read.header:
        yield Fault(f"{where}.read", "names are given, but the first line names the columns", todo="say header: false")
    if read.names and read.widths and len(read.names) != len(read.widths):
        yield Fault(f"{where}.read", f"{len(read.names)} names and {len(read.widths)} widths", "as many of each")


def _bad_form(con: duckdb.DuckDBPyConnection, where: str, source: Source) -> Iterator[Fault]:
    """Tell of a form of dates that means nothing."""
    form = source.read.dates
    try:
        con.execute(f"SELECT try_strptime('', {text(form)})")
    except duckdb.Error:
        yield Fault(f"{where}.read.dates", f"{form!r} is no form of dates", "letters of strptime, like %d.%m.%Y")


def _ready(
    con: duckdb.DuckDBPyConnection, title: str, source: Source, company: Company, folder: Path, extras: frozenset[str]
) -> TakeIn:
    """Read a file as far as that is done here, and return what DuckDB has then to do, or only the faults."""
    try:
        return _read(con, title, source, company, folder, extras)
    except Unreadable as stop:
        return partial(_only, [stop.fault])


def _read(
    con: duckdb.DuckDBPyConnection, title: str, source: Source, company: Company, folder: Path, extras: frozenset[str]
) -> TakeIn:
    path = (company.folder / source.path).resolve()
    where = f"{'sources' if title in company.sources else 'helpers'}.{title}"
    if path.suffix.lower() == ".parquet":
        types = parquet_columns(con, path, where)
        binding, faults = bind(title, source, list(types), extras)
        return partial(_untaken, binding, faults) if faults else partial(_parquet, binding, path, types, company)
    sheet = _sheet(path, source, where)
    binding, faults = bind(title, source, sheet.header, extras)
    return partial(_untaken, binding, faults) if faults else _copied(binding, sheet, folder, path)


def _sheet(path: Path, source: Source, where: str) -> Sheet:
    if path.suffix.lower() != ".xlsx":
        return read_lines(path, source.read, where)
    from salesgoals_kit.data.excel import read_sheet  # what reads Excel takes long to import

    return read_sheet(path, source.read, where)


def _untaken(binding: Binding, faults: list[Fault], _: duckdb.DuckDBPyConnection) -> Taken:
    return Loaded(binding, 0), faults


def _parquet(
    binding: Binding, path: Path, types: dict[str, str], company: Company, con: duckdb.DuckDBPyConnection
) -> Taken:
    cells = [parquet_cell(name(column), types[column], company.timezone) for column in binding.needed]
    rows = f"read_parquet({one_file(path)}, hive_partitioning = false, file_row_number = true)"
    return Loaded(binding, _create(con, binding, "file_row_number + 1", cells, rows)), []


def _copied(binding: Binding, sheet: Sheet, folder: Path, path: Path) -> TakeIn:
    places = [sheet.header.index(column) for column in binding.needed]
    torn: list[tuple[int, str, str]] = []
    copy = folder / f"{secrets.token_hex(8)}.csv"  # a helper may be called anything
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(_whole_rows(sheet, places, torn))
    return partial(_copy, binding, copy, path, tuple(torn))


def _copy(
    binding: Binding,
    copy: Path,
    path: Path,
    torn: tuple[tuple[int, str, str], ...],
    con: duckdb.DuckDBPyConnection,
) -> Taken:
    places = binding.needed
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(places)))
    rows = (
        f"read_csv({one_file(copy)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
        f"new_line = '\\n', max_line_size = {8 * LONGEST}, columns = {{'line': 'BIGINT', {columns}}})"
    )
    read = _create(con, binding, "line", [f"c{i}" for i in range(len(places))], rows) + len(torn)
    copy.unlink()
    if torn and read == len(torn):
        line, _, reason = torn[0]
        found = f"{path.name} is not a table: no line has as many cells as the header (line {line}: {reason})"
        return Loaded(binding, read), [Fault(binding.where, found, todo="is read.delimiter right?")]
    return Loaded(binding, read, torn), []


def _whole_rows(sheet: Sheet, places: list[int], torn: list[tuple[int, str, str]]) -> Iterator[tuple[object, ...]]:
    """Give the line and the needed cells of each row that has its cells; there may be millions."""
    columns = len(sheet.header)
    needed: Callable[[list[str]], Iterable[str]] = (
        itemgetter(*places) if len(places) > 1 else lambda cells: [cells[place] for place in places]
    )
    for line, cells in sheet.rows:
        if len(cells) == columns:
            yield (line, *needed(cells))
        else:
            torn.append((line, " | ".join(cells), row_fault(cells, columns) or ""))


def _create(con: duckdb.DuckDBPyConnection, binding: Binding, line: str, cells: list[str], rows: str) -> int:
    """Make the table of text, its cells cleaned, and return how many rows it has."""
    missing = binding.source.read.missing
    cleaned = [f"{clean(cell, missing)} AS {name(column)}" for cell, column in zip(cells, binding.needed, strict=True)]
    table = name(f"text {binding.name}")
    con.execute(f"CREATE TABLE {table} AS SELECT {', '.join([f'{line} AS {LINE}', *cleaned])} FROM {rows}")
    return count(con, f"SELECT count(*) FROM {table}")
