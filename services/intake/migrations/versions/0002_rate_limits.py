"""Counters of how often something was asked for."""

from shared.migrations import create_plumbing

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_plumbing(["rate_limits"])
