"""A Parquet file's columns and cells, as the same marked text that other files give."""

from __future__ import annotations

from pathlib import Path

import duckdb

from salesgoals_kit.data.engine import one_file, text
from salesgoals_kit.data.reading import Unreadable
from salesgoals_kit.errors import Fault

_MARK = "chr(31)"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def parquet_columns(con: duckdb.DuckDBPyConnection, path: Path, where: str) -> dict[str, str]:
    """Return a Parquet file's columns with their types; raises Unreadable."""
    if not path.is_file():
        raise Unreadable(Fault(where, f"{path} cannot be read: there is no such file"))
    try:
        source = f"read_parquet({one_file(path)}, hive_partitioning = false)"
        rows = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise Unreadable(Fault(where, f"{path.name} is not a Parquet file: {str(error).splitlines()[0]}")) from None
    return {str(row[0]): str(row[1]) for row in rows}


def parquet_cell(column: str, kind: str, timezone: str) -> str:
    """Return, in SQL, a cell as text; numbers and dates marked as typed, NaN as empty."""
    if kind == "BOOLEAN":
        return f"lower(CAST({column} AS VARCHAR))"
    if kind == "DATE":
        return f"{_MARK} || strftime({column}, '%Y-%m-%d 00:00:00')"
    if kind.startswith("TIMESTAMP"):
        zoned = "TIME ZONE" in kind or kind.startswith("TIMESTAMPTZ")  # the latter in nanoseconds, as pandas has it
        local = f"timezone({text(timezone)}, {column})" if zoned else f"CAST({column} AS TIMESTAMP)"
        return f"{_MARK} || strftime({local}, '%Y-%m-%d %H:%M:%S')"
    if kind in ("DOUBLE", "FLOAT"):
        written = f"CAST({column} AS VARCHAR)"
        exact = f"coalesce(CAST(try_cast({written} AS DECIMAL(38, 9)) AS VARCHAR), {written})"
        return f"CASE WHEN NOT isnan({column}) THEN {_MARK} || {_short(exact)} END"
    if kind.startswith("DECIMAL"):
        return f"{_MARK} || {_short(f'CAST({column} AS VARCHAR)')}"
    return f"{_MARK} || CAST({column} AS VARCHAR)" if kind in _WHOLE else f"CAST({column} AS VARCHAR)"


def _short(number: str) -> str:
    """Return a number's text without zeros at the end of its decimals."""
    return f"regexp_replace(regexp_replace({number}, '(\\.\\d*?)0+$', '\\1'), '\\.$', '')"
