"""How much one visitor may have and ask for; staff are never counted. Lifted by CLINIC_LIMITS."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared import limits
from shared.sealing import ServiceKeys
from shared.service import Service

from .. import queries
from ..domain.errors import TooManyVisits
from ..domain.life import COMING
from ..domain.limits import Limits
from ..domain.people import normalised
from ..models import Appointment
from . import ledger

HOUR = timedelta(hours=1)


def count_request(
    session: Session, service: Service, what: str, address: str | None, *, now: datetime
) -> None:
    """One more of `holds` or `bookings` from this network address. Raises TooMany.

    Called last in the transaction: all who share an address would queue for this row.
    """
    if service.settings.has_limits:
        per_hour = getattr(_limits(service), f"{what}_per_hour")
        limits.count(session, what, address or "unknown", limit=per_hour, per=HOUR, now=now)


def lock_people(
    session: Session, service: Service, name: Mapping[str, str], born: date, *, email: str | None
) -> None:
    """Bookings of one person, or with one e-mail, queue up: each counts those before it."""
    if not service.settings.has_limits:
        return
    given, family = (normalised(name[part]) for part in ("given_name", "family_name"))
    who = [f"{given}\0{family}\0{born}", *([email.casefold()] if email else [])]
    keys: ServiceKeys = session.info["keys"]
    # Always in the same order, so that nobody waits in a circle; hashed, for statements are logged.
    for key in sorted(keys.index("visits", one) for one in who):
        ledger.lock_visitor(session, key)


def check_visits(session: Session, service: Service, row: Appointment, *, now: datetime) -> None:
    """Raise TooManyVisits when this patient, or this e-mail, has as many as there may be."""
    if not service.settings.has_limits:
        return
    is_theirs = Appointment.patient_id == row.patient_id
    if row.email_key:
        is_theirs = sa.or_(is_theirs, Appointment.email_key == row.email_key)
    is_coming = (Appointment.status.in_(COMING), Appointment.end > now)
    found = sa.select(Appointment.patient_id, Appointment.email_key, Appointment.end)
    coming = session.execute(found.where(is_theirs, *is_coming)).all()
    ends = {
        "This patient": [one.end for one in coming if one.patient_id == row.patient_id],
        "This email": [one.end for one in coming if one.email_key == row.email_key],
    }
    most = _limits(service)
    for whose, limit in zip(ends, (most.visits_per_patient, most.visits_per_email), strict=True):
        if (row.email_key or whose == "This patient") and len(ends[whose]) >= limit:
            wait = int((min(ends[whose]) - now).total_seconds()) + 1
            phone = service.clinic.phone
            raise TooManyVisits(whose, limit, phone=phone, retry_after=wait)


def _limits(service: Service) -> Limits:
    return queries.catalog_of(service.clinic).limits
