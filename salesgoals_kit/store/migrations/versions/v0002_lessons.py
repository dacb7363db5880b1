"""Give lessons the facts that they are made of, beside their sentences.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = "what is frozen never changes"


def upgrade() -> None:
    """Add the column, empty for the lessons there are, and let the database guard it like the others."""
    op.add_column("lessons", sa.Column("facts", sa.JSON()))
    if op.get_bind().dialect.name == "sqlite":  # its trigger names the columns, PostgreSQL's looks at the whole row
        op.execute("DROP TRIGGER lessons_frozen")
        found = sa.inspect(op.get_bind()).get_columns("lessons")
        columns = ", ".join(column["name"] for column in found if column["name"] != "state")
        refuse = f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
        op.execute(f"CREATE TRIGGER lessons_frozen BEFORE UPDATE OF {columns} ON lessons {refuse}")


def downgrade() -> None:
    """Refuse: going back would throw away what was frozen."""
    raise NotImplementedError("the ledger is never taken down")
