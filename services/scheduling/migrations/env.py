"""Run by shared.migrations; nothing of this service's own."""

from services.scheduling.models import Base
from shared import migrations

migrations.run(Base.metadata)
