"""Keeping a slot for one visitor for ten minutes."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain import errors
from ..domain.codes import SlotName
from ..domain.handoff import Asker, Handoff, Wanted
from ..models import Appointment, Claim, Hold
from . import ledger, placing

KEPT = timedelta(minutes=10)
EXTENSIONS = 3


def create_hold(
    session: Session, clinic: Clinic, slot: SlotName, *, handoff: Handoff, now: datetime
) -> Hold:
    """Keep a slot; the visitor's older hold is released in the same commit.

    Raises SlotTaken, NotBookable, BookingStopped, VisitTypeMismatch, NotOnline, HandoffUsed.
    """
    wanted = queries.wanted(session, clinic, slot, asker=Asker(handoff=handoff), now=now)
    older = lock(session, clinic, wanted, handoff=handoff)
    placement = placing.place(session, clinic, wanted, own=[older.id] if older else [])
    release(session, older)
    return keep(session, wanted, placement, owner=handoff.submission, until=now + KEPT)


def keep(
    session: Session,
    wanted: Wanted,
    placement: placing.Placement,
    *,
    owner: str,
    until: datetime,
    **more: Any,
) -> Hold:
    """A hold on a placed slot; `more`: purpose, appointment_id. The days must be locked."""
    hold = Hold(
        id=secrets.token_urlsafe(24),
        owner=owner,
        practitioner_id=wanted.slot.practitioner,
        visit_type=wanted.slot.visit_type,
        start=wanted.span.start,
        end=wanted.span.end,
        created_at=wanted.now,
        expires_at=until,
        **more,
    )
    placement.onto(hold)
    session.add(hold)
    session.flush()
    placing.take(session, wanted, placement, hold_id=hold.id, expires_at=until)
    return hold


def extend_hold(session: Session, clinic: Clinic, hold_id: str, *, now: datetime) -> Hold:
    """Ten more minutes from now, three times. Raises HoldExpired or HoldNotExtendable."""
    hold = _locked(session, clinic, hold_id)
    if hold is None or hold.expires_at <= now:
        raise errors.HoldExpired
    if hold.extensions >= EXTENSIONS:
        raise errors.HoldNotExtendable
    hold.extensions += 1
    hold.expires_at = now + KEPT
    claims = update(Claim).where(Claim.hold_id == hold.id)
    session.execute(claims.values(expires_at=hold.expires_at))
    return hold


def release_hold(session: Session, clinic: Clinic, hold_id: str) -> None:
    """Give the time back; nothing happens when the hold is gone already."""
    release(session, _locked(session, clinic, hold_id))


def lock(
    session: Session, clinic: Clinic, wanted: Wanted, *, handoff: Handoff | None
) -> Hold | None:
    """Lock the visitor, then every day that is touched; the visitor's hold, now unchangeable.

    Raises HandoffUsed: a safety check serves one booking.
    """
    hold = None
    if handoff:
        ledger.lock_visitor(session, handoff.submission)
        used = select(Appointment.id).where(Appointment.submission_id == handoff.submission)
        if session.scalar(used):
            raise errors.HandoffUsed
        hold = queries.hold_of(session, handoff)
    places = placing.places_of(session, wanted) | (places_of_hold(hold) if hold else set())
    ledger.lock_days(session, clinic, places)
    return session.get(Hold, hold.id, populate_existing=True) if hold else None


def places_of_hold(hold: Hold) -> set[ledger.Place]:
    return {(resource, hold.start) for resource in (hold.practitioner_id, *hold.resources)}


def release(session: Session, hold: Hold | None) -> None:
    if hold:
        session.delete(hold)  # its claims go with it
        session.flush()


def _locked(session: Session, clinic: Clinic, hold_id: str) -> Hold | None:
    """The hold as it is once its day is ours."""
    hold = session.get(Hold, hold_id)
    if hold is None:
        return None
    ledger.lock_days(session, clinic, places_of_hold(hold))
    return session.get(Hold, hold_id, populate_existing=True)
