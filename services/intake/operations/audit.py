"""Audit rows, in the same commit as what they tell of."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from ..models import AuditEntry

PATIENT = "patient"


def note(session: Session, action: str, subject: str, *, actor: str, now: datetime) -> None:
    """Who did what to whose answers; never a value."""
    row = {"actor": actor, "action": action, "subject": subject}
    session.add(AuditEntry(id=str(uuid.uuid4()), at=now, **row))
