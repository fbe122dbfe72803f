"""The plumbing tables and the messages."""

import sqlalchemy as sa
from alembic import op

from shared.database import UTCDateTime
from shared.migrations import create_plumbing

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    op.create_table(
        "messages",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(80)),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("next_attempt_at", UTCDateTime(), nullable=False),
        sa.Column("ambiguous_at", UTCDateTime()),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("message_id", sa.String(255)),
        sa.Column("dated_at", UTCDateTime()),
        sa.Column("lease_token", sa.String(36)),
        sa.Column("leased_by", sa.String(80)),
        sa.Column("lease_until", UTCDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint(
            "subject", "version", "kind", "recipient", "copy", name="uq_messages_subject"
        ),
    )
    op.create_index("ix_messages_next", "messages", ["state", "next_attempt_at"])
    op.create_index("ix_messages_listed", "messages", ["created_at", "id"])
    op.create_index("ix_messages_lease_token", "messages", ["lease_token"])
