"""Bringing the database to the schema this code knows, whatever step it stands at, and never back."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

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
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    script = ScriptDirectory(str(folder))
    standing = context.get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if standing is not None and standing not in known:
        head = script.get_current_head()
        fault = Fault(
            where, f"its schema is {standing}", f"at most {head}", "use the newer salesgoals-kit that made it"
        )
        raise StoreError("The ledger was written by a newer version of the kit.", [fault])
    steps = list(script.iterate_revisions("head", standing or "base"))
    with Operations.context(context):
        for step in reversed(steps):
            step.module.upgrade()
            context.stamp(script, step.revision)
