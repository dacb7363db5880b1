"""The one way DuckDB is opened and written to: bounded, offline, every name and word quoted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from salesgoals_kit.files import private_folder

READING, LOOKING = "2GB", "640MB"  # for reading sources and for looking at a snapshot; beyond it DuckDB uses the disk
THREADS = 4
LINE = '"line of the file"'  # where a row stands; no column of a file or of ours is called so


@contextmanager
def connection(memory: str = READING) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB on a file of its own: memory and threads bounded, a folder to spill into, no extensions fetched.

    A file, since what lies in it is compressed and need not stay in memory.
    """
    with private_folder() as spill:
        settings = {
            "threads": str(min(THREADS, os.cpu_count() or 1)),
            "memory_limit": memory,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        opened = duckdb.connect(spill / "rows.duckdb", config=dict(settings))
        try:
            yield opened
        finally:
            opened.close()


def name(identifier: str) -> str:
    """Return an identifier as SQL writes it.

    >>> name('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL writes it.

    >>> print(text("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def one_file(path: Path) -> str:
    """Return a path as SQL writes it where DuckDB would read ``[``, ``*`` and ``?`` as patterns.

    >>> print(one_file(Path("a[1].csv")))
    'a[[]1].csv'
    """
    return text("".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path)))


def count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return the whole number a query gives."""
    row = con.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0


def listed(words: Iterable[str]) -> str:
    """Return texts as SQL writes a row of them.

    >>> listed(["a", "it's"])
    "('a', 'it''s')"
    """
    return f"({', '.join(text(word) for word in words)})"
