"""The ledger's tables as the code reads and writes them; the migrations make them.

Every ledger row carries whose it is, what it was known at (`as_of`), when it was written (`recorded_at`) and its
version. Money is whole minor units in ``amount``; anything else is a double in ``number``. ``row_key`` and
``owner_key`` are hashes (see `identity`), because names of any length and missing names have to be unique too.

The outbox holds the mails: a row never changes but in its ``state``, what came of each try stands in a row of its own,
and the bytes of a message are kept for as long as it may have to be sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

VERSION_TABLE = "salesgoals_schema"
CURRENT = "state <> 'superseded'"

METADATA = MetaData()
ID = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its time zone, kept as UTC where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; one without a zone is a mistake of the caller's."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RUNS = Table(
    "runs",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("company", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("snapshot", Text),
    Column("kit", Text, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)


def _ledger(name: str, *columns: Column[Any], checks: tuple[str, ...] = ()) -> Table:
    """Return a table of versioned rows: what all of them carry, and what this kind says."""
    return Table(
        name,
        METADATA,
        Column("id", ID, primary_key=True),
        Column("run", ID, ForeignKey("runs.id"), nullable=False),
        Column("company", Text, nullable=False),
        Column("team", Text),
        Column("rep", Text),
        Column("period", String(7), nullable=False),
        Column("owner_key", String(64), nullable=False),
        Column("row_key", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("state", String(10), nullable=False),
        Column("as_of", Date, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("backfilled", Boolean(create_constraint=False), nullable=False),
        Column("reason", Text),
        Column("content", String(64), nullable=False),
        *columns,
        UniqueConstraint("row_key", "version", name=f"uq_{name}_version"),
        CheckConstraint("version >= 1", name=f"ck_{name}_version"),
        *(CheckConstraint(check, name=f"ck_{name}_{i}") for i, check in enumerate(checks)),
        Index(f"ix_{name}_owner", "owner_key", "period"),
        Index(f"uq_{name}_current", "row_key", unique=True, sqlite_where=text(CURRENT), postgresql_where=text(CURRENT)),
    )


def _quantity() -> tuple[Column[Any], ...]:
    return Column("amount", BigInteger), Column("minor_units", Integer), Column("number", Double)


ONE_VALUE = "(amount IS NULL) <> (number IS NULL)"
MONEY_HAS_UNITS = "(amount IS NULL) = (minor_units IS NULL)"

GOALS = _ledger(
    "goals",
    Column("kpi", Text, nullable=False),
    Column("level", String(10), nullable=False),
    *_quantity(),
    Column("chance", Double),
    Column("agreed_on", Date),
    Column("agreed_by", Text),
    Column("set_after_the_fact", Boolean(create_constraint=False), nullable=False),
    Column("initiative", JSON(none_as_null=True)),
    Column("objective", Text),
    checks=(
        ONE_VALUE,
        MONEY_HAS_UNITS,
        "chance >= 0 AND chance <= 1",
        "state IN ('proposed', 'agreed', 'superseded', 'final')",
    ),
)
OUTLOOKS = _ledger(
    "outlooks",
    Column("kpi", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("record", JSON, nullable=False),
)
DRIVERS = _ledger(
    "drivers",
    Column("name", Text, nullable=False),
    Column("unit", String(10), nullable=False),
    *_quantity(),
    checks=(ONE_VALUE, MONEY_HAS_UNITS),
)
FINALS = _ledger(
    "finals",
    Column("kpi", Text, nullable=False),
    Column("final_on", Date, nullable=False),
    *_quantity(),
    checks=("amount IS NULL OR number IS NULL", MONEY_HAS_UNITS),
)
LESSONS = _ledger(
    "lessons",
    Column("preliminary", Boolean(create_constraint=False), nullable=False),
    Column("messages", JSON, nullable=False),
    Column("facts", JSON(none_as_null=True)),
)

LEDGER: dict[str, Table] = {table.name: table for table in (GOALS, OUTLOOKS, DRIVERS, FINALS, LESSONS)}

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("company", Text, nullable=False),
    Column("team", Text),
    Column("rep", Text),
    Column("period", String(7), nullable=False),
    Column("template", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("content", String(64), nullable=False),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    UniqueConstraint("key", name="uq_outbox_key"),
    CheckConstraint(
        "state IN ('queued', 'sending', 'sent', 'parked', 'uncertain', 'superseded')", name="ck_outbox_state"
    ),
    Index("ix_outbox_company", "company", "state"),
)
OUTBOX_MESSAGES = Table(
    "outbox_messages",
    METADATA,
    Column("letter", ID, ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
    Column("message", LargeBinary, nullable=False),
)
OUTBOX_TRIES = Table(
    "outbox_tries",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("letter", ID, ForeignKey("outbox.id"), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("reason", Text),
    Column("tried_at", UtcDateTime, nullable=False),
    Column("next_try_at", UtcDateTime),
    Index("ix_outbox_tries_letter", "letter"),
)
