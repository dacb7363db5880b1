"""Bringing the database to the schema this code knows, whatever step it stands at, and never back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text

from salesgoals_kit.errors import Fault, StoreError
from salesgoals_kit.store.schema import VERSION_TABLE

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_305_131  # any number, the same for all who migrate


def migrate(connection: Connection, where: str, folder: Path = MIGRATIONS) -> None:
    """Take the steps that are missing, all within the connection's transaction.

    The transaction has to hold the database against a second migrator: on SQLite it was begun as a writing one, on
    PostgreSQL a lock is taken here. Raises StoreError where the database stands at a step this code does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if standing(connection) != last_step(folder):
        _take_steps(connection, where, folder)


def standing(connection: Connection) -> str | None:
    """Return the step a database stands at; None where it is new."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    steps = Table(VERSION_TABLE, MetaData(), Column("version_num", String))
    return connection.execute(select(steps.c.version_num)).scalar()


def last_step(folder: Path = MIGRATIONS) -> str:
    """Return the last step there is, by the files' names: ``v0001_ledger.py`` is step 0001."""
    return max(file.stem.partition("_")[0].removeprefix("v") for file in (folder / "versions").glob("v*.py"))


def _take_steps(connection: Connection, where: str, folder: Path) -> None:
    from alembic.operations import Operations  # they take long to import, and are seldom needed
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    script = ScriptDirectory(str(folder))
    found = context.get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if found is not None and found not in known:
        head = script.get_current_head()
        fault = Fault(where, f"its schema is {found}", f"at most {head}", "use the newer salesgoals-kit that made it")
        raise StoreError("The ledger was written by a newer version of the kit.", [fault])
    steps = list(script.iterate_revisions("head", found or "base"))
    with Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
            context.stamp(script, step.revision)
