"""Keeping a time for somebody who has not asked for it yet: an offer, an alternative."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.handoff import Wanted
from ..models import Hold
from . import ledger, placing


def keep_time(
    session: Session,
    clinic: Clinic,
    wanted: Wanted,
    *,
    owner: str,
    until: datetime,
    appointment_id: str | None = None,
) -> Hold:
    """A hold whose purpose is the first word of its owner. Raises SlotTaken or NotBookable."""
    slot = wanted.slot
    ledger.lock_days(session, clinic, placing.places_of(session, wanted))
    placement = placing.place(session, clinic, wanted)
    hold = Hold(
        id=secrets.token_urlsafe(24),
        owner=owner,
        purpose=owner.split(":")[0],
        appointment_id=appointment_id,
        practitioner_id=slot.practitioner,
        visit_type=slot.visit_type,
        start=slot.start,
        end=wanted.span.end,
        created_at=wanted.now,
        expires_at=until,
    )
    placement.onto(hold)
    session.add(hold)
    session.flush()
    placing.take(session, wanted, placement, hold_id=hold.id, expires_at=until)
    return hold


def lock_time(session: Session, clinic: Clinic, practitioner: str, start: datetime) -> None:
    """The practitioner's day and that of every room, while it is not known yet what for."""
    rooms = [room for ids in queries.schedule(session).resources.values() for room in ids]
    ledger.lock_days(session, clinic, [(one, start) for one in (practitioner, *rooms)])
