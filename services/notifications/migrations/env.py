"""Alembic's way into this service's schema."""

from services.notifications.models import Base
from shared.migrations import run

run(Base.metadata)
