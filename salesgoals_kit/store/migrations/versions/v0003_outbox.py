"""Make the outbox: mails that are queued once, what came of each try, and the messages that may still have to go out.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = "state IN ('queued', 'sending', 'sent', 'parked', 'uncertain', 'superseded')"
FROZEN = "what is frozen never changes"


def upgrade() -> None:
    """Make the three tables; of a mail nothing but its state can change, of a try nothing."""
    op.create_table(
        "outbox",
        sa.Column("id", ID, primary_key=True),
        _text("key", sa.String(64)),
        _text("company"),
        sa.Column("team", sa.Text()),
        sa.Column("rep", sa.Text()),
        _text("period", sa.String(7)),
        _text("template"),
        _text("recipient"),
        _text("content", sa.String(64)),
        _text("message_id"),
        _text("subject"),
        sa.Column("queued_at", MOMENT, nullable=False),
        _text("state", sa.String(10)),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.CheckConstraint(STATES, name="ck_outbox_state"),
    )
    op.create_index("ix_outbox_company", "outbox", ["company", "state"])
    op.create_table(
        "outbox_messages",
        sa.Column("letter", ID, sa.ForeignKey("outbox.id"), primary_key=True, autoincrement=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "outbox_tries",
        sa.Column("id", ID, primary_key=True),
        sa.Column("letter", ID, sa.ForeignKey("outbox.id"), nullable=False),
        _text("outcome", sa.String(10)),
        sa.Column("reason", sa.Text()),
        sa.Column("tried_at", MOMENT, nullable=False),
        sa.Column("next_try_at", MOMENT),
    )
    op.create_index("ix_outbox_tries_letter", "outbox_tries", ["letter"])
    _guard("outbox", ("UPDATE", "DELETE"))
    _guard("outbox_tries", ("UPDATE", "DELETE"))
    _guard("outbox_messages", ("UPDATE",))


def downgrade() -> None:
    """Refuse: going back would forget what was sent."""
    raise NotImplementedError("the ledger is never taken down")


def _text(name: str, kind: sa.types.TypeEngine[Any] | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind or sa.Text(), nullable=False)


def _guard(name: str, against: Iterable[str]) -> None:
    """Let the database itself refuse a change of anything but ``state``, by the function that guards the ledger."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name}_frozen BEFORE {' OR '.join(against)} ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION salesgoals_frozen()"
        )
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(name) if column["name"] != "state"]
    op.execute(f"CREATE TRIGGER {name}_frozen BEFORE UPDATE OF {', '.join(columns)} ON {name} {refuse}")
    if "DELETE" in against:
        op.execute(f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {name} {refuse}")
