"""Versions of days are read by date, for everybody at once: what a list of free times checks."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_resource_days_day", "resource_days", ["day"])
