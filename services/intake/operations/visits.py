"""Follow what scheduling tells about visits: when one takes place, and whose it is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.events.scheduling import Visit
from shared.sealing import seal_row

from ..models import NOT_DONE, IntakeSubmission


def follow_visit(session: Session, visit: Visit, *, takes_place: bool, now: datetime) -> None:
    """Tie a submission to the visit it led to, as of the visit's newest version; a visit booked
    without the check gets an empty one, marked so that nobody takes it for routine."""
    row = session.get(IntakeSubmission, visit.submission, with_for_update=True)
    if row is None:
        row = IntakeSubmission(
            id=visit.submission, created_at=now, status=NOT_DONE, visit_version=0
        )
        seal_row(session, row, {})
        session.add(row)
    if visit.version <= row.visit_version:  # told before, or overtaken by something newer
        return
    row.appointment, row.patient = visit.appointment, visit.patient
    row.visit_at = visit.start if takes_place else None
    row.visit_version = visit.version


def move_to_patient(session: Session, appointments: Sequence[str], patient: str) -> None:
    """Two records were one person, or are two again: their visits and pain trend follow."""
    mine = IntakeSubmission.appointment.in_(appointments)
    session.execute(update(IntakeSubmission).where(mine).values(patient=patient))
