"""Keeping a time for somebody who has not asked for it yet: an offer, an alternative."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.handoff import Wanted
from ..models import Hold
from . import ledger


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
    ledger.lock_days(session, clinic, [(slot.practitioner, slot.start)])
    queries.check_slot(session, clinic, wanted, own_hold=None)
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
    session.add(hold)
    session.flush()
    ledger.claim(session, wanted, hold_id=hold.id, expires_at=until)
    return hold
