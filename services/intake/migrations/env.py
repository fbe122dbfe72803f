"""Alembic's way into this service's schema."""

from services.intake.models import Base
from shared.migrations import run

run(Base.metadata)
