"""The desk's inbox, readable: what is to be done, for whom, since when, and who has it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from shared.sealing import reveal_row
from shared.service import Service

from ..domain.errors import NoSuchTask
from ..models import Appointment, Task

SAME = ("id", "kind", "state", "version", "outcome", "claimed_by", "resolved_by")
MOMENTS = ("created_at", "due_at", "claimed_at", "resolved_at")
KNOWN = ("name", "phone", "email", "language", "note", "urgency", "message", "claimed_by_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """One task; moments are in clinic time, `age` in minutes (until it was done)."""

    id: str
    kind: str
    state: str
    version: int
    outcome: str | None
    claimed_by: str | None
    resolved_by: str | None
    created_at: datetime
    due_at: datetime | None
    claimed_at: datetime | None
    resolved_at: datetime | None
    age: int
    is_overdue: bool
    appointment: str | None
    reference: str | None
    submission: str | None
    patient: str | None
    other_patient: str | None
    closure: str | None
    name: str | None  # of who wants to be called, with phone, e-mail and language
    phone: str | None
    email: str | None
    language: str | None
    note: str | None
    urgency: str | None
    message: str | None  # the kind of mail that did not arrive
    claimed_by_name: str | None

    @property
    def order(self) -> tuple[int, str]:
        # Microseconds: tasks of one second must not be skipped by a cursor.
        return int(self.created_at.timestamp() * 1_000_000), self.id


def tasks(session: Session, service: Service, *, now: datetime, **wanted: Any) -> list[TaskDetails]:
    """Oldest first. `wanted`: state, kind, cursor, limit; unless one is asked for, what is done
    is left out."""
    found = select(Task, Appointment.reference).outerjoin(
        Appointment, Appointment.id == Task.appointment_id
    )
    rows = session.execute(
        found.where(*_conditions(wanted))
        .order_by(Task.created_at, Task.id)
        .limit(wanted.get("limit"))
    )
    return [_opened(session, service, row, reference, now=now) for row, reference in rows]


def task(session: Session, service: Service, task_id: str, *, now: datetime) -> TaskDetails:
    found = session.get(Task, task_id)
    if found is None:
        raise NoSuchTask
    visit = session.get(Appointment, found.appointment_id) if found.appointment_id else None
    return _opened(session, service, found, visit.reference if visit else None, now=now)


def _conditions(wanted: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    state = wanted.get("state")
    yield Task.state == state if state else Task.state != "resolved"
    if kind := wanted.get("kind"):
        yield Task.kind == kind
    if cursor := wanted.get("cursor"):
        whole, rest = divmod(cursor[0], 1_000_000)
        at = datetime.fromtimestamp(whole, UTC).replace(microsecond=rest)
        yield tuple_(Task.created_at, Task.id) > tuple_(at, cursor[1])


def _opened(
    session: Session, service: Service, row: Task, reference: str | None, *, now: datetime
) -> TaskDetails:
    zone = service.clinic.time_zone
    about = reveal_row(session, row) if row.sealed else {}
    shown: dict[str, Any] = {name: getattr(row, name) for name in SAME}
    shown |= {name: about.get(name) for name in KNOWN}
    for name in MOMENTS:
        at: datetime | None = getattr(row, name)
        shown[name] = at.astimezone(zone) if at else None
    until = row.resolved_at or now
    return TaskDetails(
        **shown,
        age=max(0, int((until - row.created_at).total_seconds() // 60)),
        is_overdue=bool(row.due_at and row.due_at < until),
        appointment=row.appointment_id,
        reference=reference,
        submission=row.submission_id,
        patient=row.patient_id,
        other_patient=row.other_patient_id,
        closure=row.closure_id,
    )
