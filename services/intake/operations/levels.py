"""Raise or lower a level. The judged document stays as it was; the change, who made it and its
event are one commit."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.intake import UrgencyChanged
from shared.messaging import outbox
from shared.sealing import seal_row
from shared.staff import StaffMember

from .. import queries
from ..domain.errors import LevelChanged
from ..domain.levels import check_change
from ..models import LevelChange


def change_level(
    session: Session,
    submission: str,
    level: str,
    *,
    by: StaffMember,
    reason: str | None,
    seen: str | None = None,
    now: datetime,
) -> str:
    """The level that now holds. `seen` is what the member saw when deciding: another one now is a
    refusal, because a lowering must not undo a raise that nobody looked at."""
    row = queries.locked_submission(session, submission)
    changes = queries.level_changes(session, row.id)
    before = queries.current_level(session, row, changes)
    if seen and seen != before:
        raise LevelChanged
    if level == before:  # asked twice: once is enough
        return level
    check_change(before, level, role=by.role, reason=reason)
    change = LevelChange(
        id=str(uuid.uuid4()),
        submission=row.id,
        number=len(changes) + 1,
        at=now,
        staff=by.id,
        role=by.role,
    )
    seal_row(session, change, {"before": before, "after": level, "reason": reason})
    session.add(change)
    event = UrgencyChanged(submission=row.id, appointment=row.appointment, urgency=level)
    outbox.record(session, event, now=now)
    return level
