"""Correcting how a visit's people are reached: this visit's contact, and, where the desk says so,
that of the patient's other coming visits. Messages that are unsent follow by event."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.events.scheduling import ContactChanged
from shared.messaging import outbox
from shared.sealing import ServiceKeys, reveal_row, seal_row
from shared.service import Service

from .. import queries
from ..models import Appointment
from .changing import Change, lock_visit, places_of, record_change, state_of
from .patients import recognise, reindex_patient
from .telling import visit_facts

CORRECTED = "contact"  # what history calls it
OF_CONTACT = ("email", "phone", "may_leave_message")


def change_contact(
    session: Session, service: Service, change: Change, told: dict[str, Any], *, others: bool
) -> list[str]:
    """`told`: what is corrected, language included. The ids of the patient's other coming visits
    that have another contact still: with `others` they are corrected too, and none is left.

    Raises NoSuchAppointment or StaleVersion.
    """
    coming = _other_visits(session, change.visit, now=change.now)
    places = {place for visit in coming for place in places_of(session, visit)} if others else ()
    row = lock_visit(session, service.clinic, change, more=places)
    _correct(session, service, row, change, told)
    if others:
        for visit in coming:
            same = replace(change, visit=visit.id, versions=None)
            _correct(session, service, lock_visit(session, service.clinic, same), same, told)
    recognise(session, row.patient_id, reveal_row(session, row)["contact"], now=change.now)
    reindex_patient(session, row.patient_id)
    return [visit.id for visit in coming if _corrected(session, visit, told)]


def set_contact(session: Session, row: Appointment, contact: dict[str, Any]) -> None:
    """The keyed hashes by which a visit is found by its contact."""
    keys: ServiceKeys = session.info["keys"]
    email = contact["email"]
    row.email_key = keys.index("email", email.casefold()) if email else None
    row.phone_key = keys.index("phone", contact["phone"])


def _other_visits(session: Session, visit: str, *, now: datetime) -> Sequence[Appointment]:
    row = session.get(Appointment, visit)
    if row is None:
        return ()
    coming = queries.coming_visits(session, row.patient_id, now=now)
    return [other for other in coming if other.id != visit]


def _correct(
    session: Session, service: Service, row: Appointment, change: Change, told: dict[str, Any]
) -> None:
    """What stays the same is no change: no version, no message."""
    agreed = _corrected(session, row, told)
    if agreed is None:
        return
    before = state_of(row)
    seal_row(session, row, agreed)
    set_contact(session, row, agreed["contact"])
    record_change(session, row, change, action=CORRECTED, before=before)
    facts = visit_facts(session, service, row, notify=change.notify)
    event = ContactChanged(changed_by=change.actor.kind, **facts)
    outbox.record(session, event, now=change.now)


def _corrected(session: Session, row: Appointment, told: dict[str, Any]) -> dict[str, Any] | None:
    """What would be agreed for the visit; None when it is so already."""
    agreed = reveal_row(session, row)
    contact = agreed["contact"] | {name: told[name] for name in OF_CONTACT if name in told}
    language = told.get("language", agreed["language"])
    changed = agreed | {"contact": contact, "language": language}
    return None if changed == agreed else changed
