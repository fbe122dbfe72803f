"""What visits are like, what is owed, the past of each message, and holds."""

import sqlalchemy as sa
from alembic import op

from shared.database import UTCDateTime

revision = "0003"
down_revision = "0002"

WAITS = sa.text("state IN ('ambiguous', 'queued', 'retry')")


def upgrade() -> None:
    _visits()
    _debts()
    _attempts()
    _holds()
    op.drop_index("ix_messages_next", "messages")
    with op.batch_alter_table("messages") as messages:
        messages.add_column(sa.Column("appointment", sa.String(36)))
        messages.add_column(sa.Column("tells", sa.String(64), nullable=False, server_default=""))
        messages.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE messages SET appointment = subject")
    op.create_index("ix_messages_appointment", "messages", ["appointment"])
    op.create_index("ix_messages_state", "messages", ["state", "next_attempt_at"])
    op.create_index(
        "ix_messages_turn",
        "messages",
        ["turn", "lease_until", "next_attempt_at"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("start", UTCDateTime(), nullable=False),
        sa.Column("tells", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(64)),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("is_intake_done", sa.Boolean(), nullable=False),
        sa.Column("are_reminders_stopped", sa.Boolean(), nullable=False),
        sa.Column("booked_at", UTCDateTime(), nullable=False),
        sa.Column("moved_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
    )
    op.create_index("ix_visits_submission", "visits", ["submission"])


def _debts() -> None:
    op.create_table(
        "debts",
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("appointment", sa.String(36)),
        sa.Column("owed_at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(16)),
        sa.Column("reported_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("subject", "version", "kind", name="pk_debts"),
    )
    op.create_index("ix_debts_appointment", "debts", ["appointment"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("message", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_message", "attempts", ["message"])


def _holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("held_at", UTCDateTime(), nullable=False),
        sa.Column("released_at", UTCDateTime()),
        sa.Column("released_by", sa.String(80)),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
