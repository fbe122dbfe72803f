"""Changing a visit: its days are locked, its version is compared, and what was done is written
into history and audit in the same commit. Every change of a visit goes through here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.staff import StaffMember

from ..domain import errors
from ..domain.life import Standing
from ..models import Appointment, AppointmentChange, Hold
from . import ledger
from .audit import note


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: `kind` is what events tell, `id` what audit and history keep."""

    id: str
    kind: str  # "patient" | "staff" | "system"

    @classmethod
    def of(cls, member: StaffMember) -> "Actor":
        return cls(member.id, "staff")


PATIENT = Actor("patient", "patient")
SYSTEM = Actor("system", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who wants to change which visit, and which of its versions they saw (None: any)."""

    visit: str
    actor: Actor
    now: datetime
    versions: frozenset[int] | None = None
    reason: str | None = None  # what staff typed
    notify: bool = True


def lock_visit(
    session: Session, clinic: Clinic, change: Change, *, more: Iterable[ledger.Place] = ()
) -> Appointment:
    """The visit as it is once its days, and those of `more`, are ours.

    Raises NoSuchAppointment, or StaleVersion when it is not as the asker saw it.
    """
    seen = session.get(Appointment, change.visit)
    if seen is None:
        raise errors.NoSuchAppointment
    version = seen.version
    _check_version(session, seen, change, version)
    ledger.lock_days(session, clinic, {*places_of(session, seen), *more})
    # Days before rows, as everywhere. The row's lock lets others refer to it (foreign keys).
    again: dict[str, Any] = {"populate_existing": True, "with_for_update": {"key_share": True}}
    row = session.get_one(Appointment, change.visit, **again)
    _check_version(session, row, change, version)
    return row


def places_of(session: Session, row: Appointment) -> set[ledger.Place]:
    """What the visit occupies, and what is kept for its undo."""
    places = {(resource, row.start) for resource in (row.practitioner_id, *row.resources)}
    kept = kept_for_undo(session, row)
    if kept:
        places |= {(resource, kept.start) for resource in (kept.practitioner_id, *kept.resources)}
    return places


def kept_for_undo(session: Session, row: Appointment) -> Hold | None:
    """The hold on what the visit gave up last, expired or not."""
    return session.scalar(select(Hold).where(Hold.owner == undo_owner(row)))


def undo_owner(row: Appointment) -> str:
    return f"undo:{row.id}"


def state_of(row: Appointment) -> dict[str, Any]:
    """How a visit stands, in a form that history keeps and an undo restores."""
    return {
        "status": row.status,
        "practitioner": row.practitioner_id,
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "lane": row.lane,
        "resources": list(row.resources),
        "room": row.room,
        "buffer_before": row.buffer_before,
        "buffer_after": row.buffer_after,
    }


def standing_of(row: Appointment) -> Standing:
    return Standing(status=row.status, start=row.start, end=row.end, created_at=row.created_at)


def begin_history(session: Session, row: Appointment, *, actor: str) -> None:
    """Version 1: before it there was nothing."""
    first = {"appointment_id": row.id, "version": row.version, "at": row.created_at}
    session.add(AppointmentChange(**first, actor=actor, action="booked", before={}))


def record_change(
    session: Session,
    row: Appointment,
    change: Change,
    *,
    action: str,
    before: dict[str, Any],
    undo_until: datetime | None = None,
) -> None:
    """One version more, with its row of history and of audit. The event is the caller's."""
    row.version += 1
    session.add(
        AppointmentChange(
            appointment_id=row.id,
            version=row.version,
            at=change.now,
            actor=change.actor.id,
            action=action,
            before=before,
            undo_until=undo_until,
        )
    )
    note(session, action, row.id, actor=change.actor.id, now=change.now, reason=change.reason)
    session.flush()


def _check_version(session: Session, row: Appointment, change: Change, seen: int) -> None:
    is_known = change.versions is None or row.version in change.versions
    if is_known and row.version == seen:
        return
    at = None
    if row.version > 1:
        last = session.get(AppointmentChange, (row.id, row.version))
        at = last.at if last else None
    raise errors.StaleVersion(row.version, change.now - at if at else None)
