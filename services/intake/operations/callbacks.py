"""Take a wish to be called back, once per submission. Name and phone leave in the sealed event;
intake itself keeps neither."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from shared import limits
from shared.clinic import Clinic
from shared.events.intake import CallbackRequested
from shared.messaging import outbox
from shared.sealing import seal_row
from shared.service import Service

from .. import queries
from ..domain.codes import new_reference
from ..domain.days import is_open
from ..domain.errors import CallbackNotOffered, ClinicClosed
from ..domain.rules import Urgency
from ..models import Callback

PER_HOUR = 60  # of one address, which may be a whole waiting room


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who wants to be called. Lives only as long as the request and the sealed event."""

    name: str
    phone: str
    language: str
    address: str  # where the request came from, for the limit
    email: str | None = None


def request_callback(
    session: Session, submission: str, caller: Caller, *, service: Service, now: datetime
) -> str:
    """The reference to tell the caller; asking twice gives the first one again."""
    if service.settings.has_limits:
        who, hour = caller.address, timedelta(hours=1)
        limits.count(session, "callback", who, limit=PER_HOUR, per=hour, now=now)
    row = queries.locked_submission(session, submission)
    if earlier := queries.callback_reference(session, row.id):
        return earlier
    level = queries.judged(session, row.id)
    # Staff may have raised it meanwhile: then nobody should wait for a call.
    if level.document.get("urgency") != Urgency.SAME_DAY or level.level == Urgency.EMERGENCY:
        raise CallbackNotOffered
    if not clinic_is_open(service.clinic, now):
        raise ClinicClosed
    callback, reference = Callback(id=row.id, requested_at=now), new_reference()
    seal_row(session, callback, {"reference": reference})
    session.add(callback)  # its primary key holds, whatever happens to the lock above
    event = CallbackRequested(
        callback=str(uuid.uuid4()),
        submission=row.id,
        requested_at=now,
        reference=reference,
        urgency=str(level.level),
        name=caller.name,
        phone=caller.phone,
        email=caller.email,
        language=caller.language,
    )
    outbox.record(session, event, now=now)
    return reference


def clinic_is_open(clinic: Clinic, now: datetime) -> bool:
    local = now.astimezone(clinic.time_zone)
    closed = clinic.closed_dates(local.date(), local.date())
    return is_open(local, opening=clinic.opening, closed=closed)
