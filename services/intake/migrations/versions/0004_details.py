"""The long questions, when a visit takes place, and who looked at answers."""

import sqlalchemy as sa
from alembic import op

from shared.database import UTCDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("submissions") as submissions:
        submissions.add_column(sa.Column("visit_at", UTCDateTime, nullable=True))
        submissions.add_column(
            sa.Column("visit_version", sa.Integer, nullable=False, server_default="0")
        )
        submissions.add_column(sa.Column("details_completed_at", UTCDateTime, nullable=True))
    with op.batch_alter_table("submissions") as submissions:
        submissions.alter_column("visit_version", server_default=None)
    op.create_table(
        "detail_sections",
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("section", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("saved_at", UTCDateTime, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detail_sections")),
        sa.ForeignKeyConstraint(
            ["submission"], ["submissions.id"], name=op.f("fk_detail_sections_submission")
        ),
    )
    op.create_index("ix_detail_sections_submission", "detail_sections", ["submission"])
    op.create_table(
        "audit",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("actor", sa.String(36), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    for column in ("at", "subject"):
        op.create_index(f"ix_audit_{column}", "audit", [column])
