"""The database of the ledger: where it is, how it is reached, and what is said when it cannot be.

SQLite in the company's store folder, or the database that ``SALESGOALS_DATABASE_URL`` names. Several companies may
share one: every row carries the company's name. That address is never printed, nor a part of it.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, StoreError
from salesgoals_kit.store.migrate import migrate
from salesgoals_kit.store.secret import DATABASE, said_without

VARIABLE = DATABASE
NAMED = f"the database that {VARIABLE} names"
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


@dataclass(frozen=True)
class Store:
    """One company's way to the database. Connections are opened for each transaction and closed after it."""

    engine: Engine = field(repr=False)  # its address may hold a password
    where: str
    company: str
    zone: ZoneInfo
    minor_units: int
    fiscal_year_starts: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed whole, or not at all when the block raises."""
        with self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the database, whatever others write meanwhile."""
        options = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.plainly(), self.engine.execution_options(**options).begin() as connection:
            yield connection

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Turn what the database says into a StoreError without a password in it."""
        try:
            yield
        except SQLAlchemyError as error:
            raise unusable(error, self.engine.url, self.where) from None


def open_store(company: Company, environ: Mapping[str, str] = os.environ, patience: float = 30.0) -> Store:
    """Return the company's store, made or brought up to date if need be.

    ``patience`` is how many seconds another writer is waited for. Raises StoreError where the database cannot be
    reached or read, the driver is missing, or the schema is newer than this code.
    """
    address = environ.get(VARIABLE, "").strip()
    url = _checked(address) if address else _ledger_file(company.store_folder)
    where = str(url.database) if url.get_backend_name() == "sqlite" else NAMED
    try:
        store = Store(
            engine=_engine(url, patience),
            where=where,
            company=company.name,
            zone=company.zone,
            minor_units=company.minor_units,
            fiscal_year_starts=company.fiscal_year_starts,
        )
    except (ImportError, ArgumentError):
        fault = Fault(
            VARIABLE, "the driver of PostgreSQL is not installed", todo="pip install 'salesgoals-kit[postgres]'"
        )
        raise StoreError("The ledger's database cannot be used.", [fault]) from None
    with store.plainly():
        if store.engine.dialect.name == "sqlite":
            _write_ahead(store.engine, _patience(url, patience))
        with store.writing() as connection:
            migrate(connection, where)
    return store


def mark(salt: str, environ: Mapping[str, str] = os.environ) -> tuple[str, bool]:
    """Return a hash by which others can tell whether they name the same ledger, and whether that is a file."""
    address = environ.get(VARIABLE, "").strip()
    hashed = hashlib.sha256(f"{salt} {address}".encode()).hexdigest()
    return hashed, not address or address.startswith("sqlite")


def unusable(error: SQLAlchemyError, url: URL, where: str) -> StoreError:
    """Return the error to show: what the database said, without its address."""
    said = said_without(str(error.orig if isinstance(error, DBAPIError) else error), url)
    todo = ""
    if "database is locked" in said:
        todo = "another run holds it; wait for it to end and run again"
    elif "not a database" in said:
        todo = "move the file away, or point the company's store to another folder"
    elif url.get_backend_name() != "sqlite" and isinstance(error, OperationalError):
        todo = f"see that the server runs and that {VARIABLE} is right"
    return StoreError("The ledger's database cannot be used.", [Fault(where, " ".join(said.split()), todo=todo)])


def _checked(address: str) -> URL:
    """Return the address with the driver the kit uses; a fault says what is wrong and never shows the address."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        fault = Fault(VARIABLE, "it is no address of a database", "postgresql://user:password@host/database")
        raise StoreError("The ledger's database cannot be used.", [fault]) from None
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    expected = "postgresql://user:password@host/database or sqlite:////folder/ledger.sqlite"
    fault = Fault(VARIABLE, f"it begins with {url.drivername}://", expected)
    raise StoreError("The ledger's database cannot be used.", [fault])


def _ledger_file(folder: Path) -> URL:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = Fault(
            str(folder), str(error.strerror), "a folder that can be written to", "change store in company.yaml"
        )
        raise StoreError("The store's folder cannot be made.", [fault]) from None
    return URL.create("sqlite", database=str(folder / "ledger.sqlite"))


def _engine(url: URL, patience: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        waiting = {} if "connect_timeout" in url.query else {"connect_timeout": max(2, round(patience))}
        return create_engine(url, poolclass=NullPool, connect_args=waiting)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _patience(url, patience)})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _patience(url: URL, patience: float) -> float:
    """Return how long SQLite waits for another writer: as the address says, as in ``?timeout=5``, or as given."""
    try:
        return float(str(url.query.get("timeout", patience)))
    except ValueError:
        fault = Fault(VARIABLE, "its timeout is no number", "seconds, as in sqlite:////folder/ledger.sqlite?timeout=5")
        raise StoreError("The ledger's database cannot be used.", [fault]) from None


def _prepare(connection: DBAPIConnection, record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction of its own; _begin does
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin; a writer takes its lock at once, so that two never wait for each other half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(engine: Engine, patience: float) -> None:
    """Let readers and a writer work side by side. SQLite does not wait for a lock here, so this does."""
    until = time.monotonic() + patience
    while True:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.close()
            return
        except sqlite3.DatabaseError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise SQLAlchemyError(str(error)) from None
            time.sleep(0.05)
        finally:
            raw.close()
