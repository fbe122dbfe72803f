"""Who looked at whom: an audit row for every look at a patient, one for a whole list. What was
searched for is not kept: it is a name."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.staff import StaffMember

from .audit import note


def note_look(
    session: Session,
    subject: str,
    *,
    member: StaffMember | None,
    now: datetime,
    count: int | None = None,
) -> None:
    """`subject`: the id of what was opened, or the name of a list and how many it showed."""
    action = "looked" if count is None else "listed"
    actor = member.id if member else "system"
    note(session, action, subject, actor=actor, now=now, count=count)
