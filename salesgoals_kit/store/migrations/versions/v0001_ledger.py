"""Make the ledger: runs, and the five tables of frozen rows, guarded against being changed.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ONE_VALUE = "(amount IS NULL) <> (number IS NULL)"
MONEY_HAS_UNITS = "(amount IS NULL) = (minor_units IS NULL)"
FROZEN = "what is frozen never changes"


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "runs",
        sa.Column("id", ID, primary_key=True),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text()),
        sa.Column("kit", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
    )
    _guard_function()
    _goals()
    _ledger("outlooks", _text("kpi"), _text("method"), sa.Column("record", sa.JSON(), nullable=False))
    unit = sa.Column("unit", sa.String(10), nullable=False)
    _ledger("drivers", _text("name"), unit, *_quantity(), checks=(ONE_VALUE, MONEY_HAS_UNITS))
    _ledger(
        "finals",
        _text("kpi"),
        sa.Column("final_on", sa.Date(), nullable=False),
        *_quantity(),
        checks=("amount IS NULL OR number IS NULL", MONEY_HAS_UNITS),
    )
    _ledger("lessons", _flag("preliminary"), sa.Column("messages", sa.JSON(), nullable=False))


def downgrade() -> None:
    """Refuse: going back would throw away what was frozen."""
    raise NotImplementedError("the ledger is never taken down")


def _goals() -> None:
    _ledger(
        "goals",
        _text("kpi"),
        sa.Column("level", sa.String(10), nullable=False),
        *_quantity(),
        sa.Column("chance", sa.Double()),
        sa.Column("agreed_on", sa.Date()),
        sa.Column("agreed_by", sa.Text()),
        _flag("set_after_the_fact"),
        sa.Column("initiative", sa.JSON()),
        sa.Column("objective", sa.Text()),
        checks=(
            ONE_VALUE,
            MONEY_HAS_UNITS,
            "chance >= 0 AND chance <= 1",
            "state IN ('proposed', 'agreed', 'superseded', 'final')",
        ),
    )


def _ledger(name: str, *columns: sa.Column[Any], checks: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("id", ID, primary_key=True),
        sa.Column("run", ID, sa.ForeignKey("runs.id"), nullable=False),
        _text("company"),
        sa.Column("team", sa.Text()),
        sa.Column("rep", sa.Text()),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("owner_key", sa.String(64), nullable=False),
        sa.Column("row_key", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        _flag("backfilled"),
        sa.Column("reason", sa.Text()),
        sa.Column("content", sa.String(64), nullable=False),
        *columns,
        sa.UniqueConstraint("row_key", "version", name=f"uq_{name}_version"),
        sa.CheckConstraint("version >= 1", name=f"ck_{name}_version"),
        *(sa.CheckConstraint(check, name=f"ck_{name}_{i}") for i, check in enumerate(checks)),
    )
    current = sa.text("state <> 'superseded'")
    op.create_index(f"ix_{name}_owner", name, ["owner_key", "period"])
    op.create_index(
        f"uq_{name}_current", name, ["row_key"], unique=True, sqlite_where=current, postgresql_where=current
    )
    _guard(name)


def _guard_function() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION salesgoals_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' THEN RETURN NEW; END IF; "
            f"RAISE EXCEPTION '{FROZEN}'; END $$"
        )


def _guard(name: str) -> None:
    """Let the database itself refuse a change of anything but ``state``."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name}_frozen BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION salesgoals_frozen()"
        )
        return
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(name) if column["name"] != "state"]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    op.execute(f"CREATE TRIGGER {name}_frozen BEFORE UPDATE OF {', '.join(columns)} ON {name} {refuse}")
    op.execute(f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {name} {refuse}")


def _quantity() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("amount", sa.BigInteger()),
        sa.Column("minor_units", sa.Integer()),
        sa.Column("number", sa.Double()),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(create_constraint=False), nullable=False)
