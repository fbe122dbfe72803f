"""Saying yes to an offer: the visit that somebody has moves, or a first one is booked. The old
time comes free and goes through the same chain."""

from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shared.service import Service
from shared.staff import StaffMember

from .. import queries
from ..domain import errors
from ..domain.codes import SlotName
from ..domain.handoff import Asker
from ..models import Appointment, Hold, WaitlistOffer
from ..queries import EntryDetails
from . import ledger, limiting, placing
from .booking import Booking, book_appointment
from .changing import PATIENT, Actor, Change, places_of
from .moving import Target, move_appointment
from .offers import end_offer


def accept_offer(
    session: Session,
    service: Service,
    offer_id: str,
    *,
    member: StaffMember | None,
    now: datetime,
) -> WaitlistOffer:
    """By the patient, or by `member` who has them on the phone. Accepting twice changes nothing.

    Raises OfferExpired, OfferOver, NoSuchOffer, and what a move or a booking raises.
    """
    row = queries.offer(session, offer_id)
    entry = queries.entry(session, row.entry_id)
    one = queries.entry_details(session, service, entry, now=now)
    _lock(session, service, row, one, now=now)
    session.refresh(entry, with_for_update=True)
    session.refresh(row, with_for_update=True)
    if row.outcome == "accepted":
        return row
    _check(row, entry.state, now=now)
    if one.appointment:
        _move(session, service, row, one, member=member, now=now)
    else:
        entry.appointment_id = _book(session, service, row, one, member=member, now=now)
    entry.state = "accepted"
    actor = member.id if member else "patient"
    end_offer(session, service, row, "accepted", actor=actor, now=now)
    return row


def _lock(
    session: Session, service: Service, row: WaitlistOffer, one: EntryDetails, *, now: datetime
) -> None:
    """People before days before rows, as a booking does it."""
    slot = SlotName(one.visit_type, row.practitioner_id, row.start)
    wanted = queries.wanted(session, service.clinic, slot, asker=Asker("staff"), now=now)
    places = placing.places_of(session, wanted)
    if one.appointment:
        places |= places_of(session, session.get_one(Appointment, one.appointment))
    elif one.handoff:
        email = one.contact["email"]
        born = date.fromisoformat(one.patient["date_of_birth"])
        limiting.lock_people(session, service, one.patient, born, email=email)
        ledger.lock_visitor(session, one.handoff.submission)
    ledger.lock_days(session, service.clinic, places)


def _check(row: WaitlistOffer, state: str, *, now: datetime) -> None:
    if row.outcome == "expired" or (row.outcome is None and row.expires_at <= now):
        raise errors.OfferExpired
    if row.outcome or state != "active":
        raise errors.OfferOver


def _move(
    session: Session,
    service: Service,
    row: WaitlistOffer,
    one: EntryDetails,
    *,
    member: StaffMember | None,
    now: datetime,
) -> None:
    assert one.appointment is not None
    actor = Actor.of(member) if member else PATIENT
    change = Change(visit=one.appointment, actor=actor, now=now)
    target = Target(start=row.start, practitioner=row.practitioner_id, hold=row.hold_id)
    move_appointment(session, service, change, target=target, cause="waitlist")


def _book(
    session: Session,
    service: Service,
    row: WaitlistOffer,
    one: EntryDetails,
    *,
    member: StaffMember | None,
    now: datetime,
) -> str:
    """The offer's hold becomes the visitor's own: a promise like any other. Saying yes on the
    page that explains it is the consent."""
    assert one.handoff is not None
    owner = one.handoff.submission
    session.execute(delete(Hold).where(Hold.owner == owner))
    hold = session.get_one(Hold, row.hold_id)
    hold.owner, hold.purpose = owner, "visitor"
    session.flush()
    booking = Booking(
        hold=hold.id,
        handoff=one.handoff,
        patient={name: one.patient[name] for name in ("given_name", "family_name")},
        contact=one.contact,
        language=one.language,
        consents={**one.consents, "privacy_notice": True, "email_ok": True},
        staff=member,
    )
    return book_appointment(session, service, booking, now=now).id
