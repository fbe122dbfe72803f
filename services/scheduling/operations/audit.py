"""Audit rows, in the same commit as what they tell of."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from shared.sealing import seal_row

from ..models import AuditEntry

HOURS_SET = "hours_set"  # of a practitioner, by staff: the clinic file's hours count no more


def note(
    session: Session,
    action: str,
    subject: str,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    count: int | None = None,
) -> None:
    """Who did what to which row, or to how many; never a value. A reason is what staff typed."""
    row = AuditEntry(id=str(uuid.uuid4()), at=now, actor=actor, action=action, subject=subject)
    if reason or count is not None:
        about = {"reason": reason, "count": count}
        seal_row(session, row, {name: told for name, told in about.items() if told is not None})
    session.add(row)
