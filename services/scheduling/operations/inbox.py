"""What the desk has to do because of what the other services tell: call somebody back, call
somebody urgent, phone whom no mail reached."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.intake import CallbackRequested
from shared.events.notifications import DeliveryFailed
from shared.sealing import reveal_row, seal_row

from ..domain import urgency
from ..domain.desk_hours import FURTHEST, after_open_minutes
from ..models import OCCUPYING, Appointment, Task, WaitlistEntry
from . import ledger
from .audit import note
from .tasks import open_task, settle

CALL_BACK_WITHIN = 30  # minutes in which the clinic is open
PHONE_WITHIN = 240
CALLER = ("name", "phone", "email", "language", "urgency")


def due(session: Session, start: datetime, minutes: int) -> datetime:
    """So many minutes later, counted while somebody is at the desk."""
    clinic: Clinic = session.info["clinic"]
    first = start.astimezone(clinic.time_zone).date()
    closed = clinic.closed_dates(first, first + timedelta(days=FURTHEST))
    hours: dict[str, Any] = {"opening": clinic.opening, "closed": closed, "zone": clinic.time_zone}
    return after_open_minutes(start, minutes, **hours)


def ask_for_urgent_call(session: Session, submission: str, level: str, *, now: datetime) -> None:
    """Nobody is called who has booked already: the visitor's lock decides which came first."""
    if level == "EMERGENCY":
        note(session, "emergency_seen", submission, actor="patient", now=now)
    if level not in urgency.CALL_WITHIN:
        return
    ledger.lock_visitor(session, submission)
    active = Appointment.status.in_(OCCUPYING)
    booked = select(Appointment.id).where(Appointment.submission_id == submission, active)
    if session.scalar(booked) is None:
        open_task(
            session,
            "urgent",
            f"{submission}:{level}",
            now=now,
            submission_id=submission,
            due_at=due(session, now, urgency.CALL_WITHIN[level]),
            about={"urgency": level},
        )


def follow_urgency(session: Session, submission: str, level: str, *, now: datetime) -> None:
    """The visit and the waiting entry of this submission are as urgent as staff say now; the desk
    hears of what was raised."""
    ledger.lock_visitor(session, submission)
    row = session.scalar(select(Appointment).where(Appointment.submission_id == submission))
    if row:
        clinic: Clinic = session.info["clinic"]
        ledger.lock_days(session, clinic, [(row.practitioner_id, row.start)])
        session.refresh(row, with_for_update=True)
    subject = f"urgent:{submission}:{level}"
    older = Task.submission_id == submission, Task.kind == "urgent", Task.subject != subject
    settle(session, *older, outcome="changed", now=now)
    _follow_waiting(session, submission, level)
    if row:
        _follow_visit(session, row, level, now=now)
    else:
        ask_for_urgent_call(session, submission, level, now=now)


def _follow_visit(session: Session, row: Appointment, level: str, *, now: datetime) -> None:
    agreed = reveal_row(session, row)
    before = agreed["urgency"]
    if before == level:
        return
    seal_row(session, row, agreed | {"urgency": level})
    note(session, "urgency_changed", row.id, actor="system", now=now)
    if urgency.rank(level) > urgency.rank(before) and row.status == "booked":
        open_task(
            session,
            "urgent",
            f"{row.submission_id}:{level}",
            now=now,
            appointment_id=row.id,
            submission_id=row.submission_id,
            patient_id=row.patient_id,
            due_at=due(session, now, urgency.RAISED_WITHIN),
            about={"urgency": level},
        )


def ask_for_callback(session: Session, event: CallbackRequested, *, now: datetime) -> None:
    open_task(
        session,
        "callback",
        event.callback,
        now=now,
        submission_id=event.submission,
        due_at=due(session, event.requested_at, CALL_BACK_WITHIN),
        about={name: getattr(event, name) for name in CALLER},
    )


def note_details(session: Session, submission: str, *, now: datetime) -> None:
    """The long questions are answered; the first time counts."""
    missing = Appointment.details_completed_at.is_(None)
    theirs = update(Appointment).where(Appointment.submission_id == submission, missing)
    session.execute(theirs.values(details_completed_at=now))


def ask_to_phone(session: Session, event: DeliveryFailed, *, now: datetime) -> None:
    """One task for each message that reached nobody: the desk sees which."""
    kind = "no_email" if event.reason == "no_email" else "not_reached"
    row = session.get(Appointment, event.appointment) if event.appointment else None
    about: dict[str, Any] = {"message": event.kind, "reason": event.reason}
    open_task(
        session,
        kind,
        f"{event.subject}:{event.version}:{event.kind}"[:100],
        now=now,
        appointment_id=row.id if row else None,
        patient_id=row.patient_id if row else None,
        due_at=due(session, now, PHONE_WITHIN),
        about=about,
    )


def _follow_waiting(session: Session, submission: str, level: str) -> None:
    waiting = select(WaitlistEntry).where(WaitlistEntry.submission_id == submission)
    for entry in session.scalars(waiting.with_for_update()):
        seal_row(session, entry, reveal_row(session, entry) | {"urgency": level})
