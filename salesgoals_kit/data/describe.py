"""What came through the border, described and written: digests, spans of days, Parquet files, rejected.csv."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from salesgoals_kit.company import Company
from salesgoals_kit.data.border import Crossed
from salesgoals_kit.data.contract import EVENTS, RECORDED, TABLES
from salesgoals_kit.data.engine import LINE, count, name, text
from salesgoals_kit.data.manifest import Manifest, TableFacts, digest_of
from salesgoals_kit.errors import DataError, Fault

REJECTED = "rejected.csv"
# A cell that begins so would be run as a formula when the file is opened in a spreadsheet.
_FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"


def describe(con: duckdb.DuckDBPyConnection, company: Company, crossed: Crossed) -> Manifest:
    """Return the manifest of what came in (its files are not written yet); raises DataError if no row has a day."""
    facts = {table: _facts(con, table, crossed) for table in TABLES if table in crossed.read}
    spans = _spans(facts, tuple(EVENTS))
    if not spans:
        raise DataError("The company's data cannot be used as it is.", _nothing_dated(con))
    return Manifest(
        company=company.name,
        currency=company.currency,
        first_day=min(first for first, _ in spans),
        last_day=max(last for _, last in _spans(facts, RECORDED) or spans),
        tables=facts,
        notes=crossed.notes,
        rules=_rules(company),
        rejected=_digest(con, "rejected", ['"table"', "line", '"column"', "value", "reason"]),
        recorded_at=datetime.now(UTC),
        files={},
    )


def _spans(facts: Mapping[str, TableFacts], tables: tuple[str, ...]) -> list[tuple[date, date]]:
    """Return the first and last day of every kind of event in these tables."""
    days = [(table, day) for table in tables if table in facts for day in EVENTS[table]]
    return [facts[table].spans[day] for table, day in days if day in facts[table].spans]


def write_tables(con: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path) -> dict[str, str]:
    """Write the canonical tables and the rows set aside; return the digest of each file by its name."""
    for table in manifest.tables:
        target = text(str(folder / f"{table}.parquet"))
        rows = f"SELECT * EXCLUDE ({LINE}) FROM {name(f'kept {table}')} ORDER BY {LINE}"
        con.execute(f"COPY ({rows}) TO {target} (FORMAT parquet, COMPRESSION zstd)")
    columns = ", ".join(f"{_safe(column)} AS {column}" for column in ('"table"', "line", '"column"', "value", "reason"))
    rows = f'SELECT {columns} FROM rejected ORDER BY rejected."table", rejected.line'
    con.execute(f"COPY ({rows}) TO {text(str(folder / REJECTED))} (FORMAT csv, HEADER)")
    return {file.name: digest_of(file) for file in sorted(folder.iterdir())}


def _facts(con: duckdb.DuckDBPyConnection, table: str, crossed: Crossed) -> TableFacts:
    kept_table = name(f"kept {table}")
    kept = count(con, f"SELECT count(*) FROM {kept_table}")
    rejected = count(con, f'SELECT count(*) FROM rejected WHERE "table" = {text(table)}')
    read = crossed.read[table]
    if kept + rejected != read:
        fault = Fault(f"sources.{table}", f"{kept} rows kept and {rejected} set aside", f"{read}, as many as were read")
        raise DataError("Rows went astray on the way; this is a fault of the kit.", [fault])
    columns = [name(row[0]) for row in con.execute(f"DESCRIBE {kept_table}").fetchall()]
    digest = _digest(con, kept_table, [column for column in columns if column != LINE])
    spans = {day: span for day in TABLES[table].dates if (span := _span(con, kept_table, day)) is not None}
    return TableFacts(read, kept, rejected, tuple(sorted(crossed.present[table])), spans, digest)


def _nothing_dated(con: duckdb.DuckDBPyConnection) -> list[Fault]:
    """Tell that no row says when anything happened, and of each table why its first row was set aside."""
    first = 'FROM rejected QUALIFY row_number() OVER (PARTITION BY "table" ORDER BY line) = 1 ORDER BY "table"'
    rows = con.execute(f'SELECT "table", line, "column", value, reason, count(*) OVER (PARTITION BY "table") {first}')
    told = [
        Fault(f"sources.{table}", f"{rows} rows were set aside, the first in line {line}: {column} {value!r}: {reason}")
        for table, line, column, value, reason, rows in rows.fetchall()
    ]
    return [Fault("sources", "no row that was kept says when anything happened", "rows with dates"), *told]


def _span(con: duckdb.DuckDBPyConnection, table: str, day: str) -> tuple[date, date] | None:
    row = con.execute(f"SELECT min({name(day)}), max({name(day)}) FROM {table}").fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def _digest(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> str:
    """Return a digest of a table's rows, whatever their order."""
    row = f"CAST(json_array({', '.join(columns)}) AS VARCHAR)"
    parts = con.execute(f"SELECT count(*), sum(md5_number_lower({row})), sum(md5_number_upper({row})) FROM {table}")
    return hashlib.sha256(repr((columns, parts.fetchone())).encode()).hexdigest()


def _rules(company: Company) -> str:
    """Return a digest of what in the company file shapes the tables: not where the files are."""
    sources = {**company.sources, **company.helpers}
    shaping = {title: source.model_dump(exclude={"path"}) for title, source in sorted(sources.items())}
    return hashlib.sha256(repr((company.currency, company.timezone, shaping)).encode()).hexdigest()


def _safe(column: str) -> str:
    """Return a cell that no spreadsheet runs."""
    if column == "line":
        return column
    return f"CASE WHEN regexp_matches({column}, {text(_FORMULA)}) THEN chr(39) || {column} ELSE {column} END"
