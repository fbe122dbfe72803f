"""The plumbing tables and the submissions."""

import sqlalchemy as sa
from alembic import op

from shared.database import UTCDateTime
from shared.migrations import create_plumbing

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    op.create_table(
        "submissions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("appointment", sa.String(36), nullable=True),
        sa.Column("patient", sa.String(36), nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
    )
    for column in ("appointment", "created_at", "patient"):
        op.create_index(f"ix_submissions_{column}", "submissions", [column])
