"""Offers of freed times: one at a time for each time and each person, kept for half an hour.

Days are locked before rows, as everywhere: of two workers, or of an answer and the desk, one is
first, and the other sees what was done.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.events.scheduling import WaitlistOffered, WaitlistResolved
from shared.messaging import outbox
from shared.service import Service

from .. import queries
from ..domain import errors
from ..domain.codes import SlotName
from ..domain.handoff import Asker, Wanted
from ..domain.waitlist import OFFER_LIVES, Opening
from ..models import Hold, Practitioner, Task, WaitlistEntry, WaitlistOffer
from ..queries import EntryDetails
from . import ledger
from .audit import note
from .keeping import keep_time, lock_time
from .tasks import open_task, settle


def offer_next(
    session: Session, service: Service, time: Opening, *, now: datetime
) -> WaitlistOffer | None:
    """Offer a freed time to the best match that was not asked yet; None when there is nobody."""
    lock_time(session, service.clinic, time.practitioner, time.start)
    people = queries.waiting_people(session, service, now=now)
    one = queries.next_in_line(session, service, time, people, now=now)
    if one is None or not _may_be_asked(session, one.id):
        return None
    slot = SlotName(one.visit_type, time.practitioner, time.start)
    wanted = queries.wanted(session, service.clinic, slot, asker=queries.asker_of(one), now=now)
    return _offer(session, service, one, wanted, actor="system")


def offer_by_hand(
    session: Session,
    service: Service,
    entry_id: str,
    *,
    practitioner: str,
    start: datetime,
    actor: str,
    now: datetime,
) -> WaitlistOffer:
    """The desk chooses whom to ask, at any hour. Raises SlotTaken, NotBookable, EntryOver,
    OfferPending, NoSuchWaitlistEntry."""
    row = queries.entry(session, entry_id)
    lock_time(session, service.clinic, practitioner, start)
    if not _may_be_asked(session, row.id):
        raise errors.OfferPending if row.state == "active" else errors.EntryOver
    one = queries.entry_details(session, service, row, now=now)
    slot = SlotName(one.visit_type, practitioner, start)
    wanted = queries.wanted(session, service.clinic, slot, asker=Asker("staff"), now=now)
    return _offer(session, service, one, wanted, actor=actor)


def decline_offer(
    session: Session, service: Service, offer_id: str, *, actor: str, now: datetime
) -> WaitlistOffer:
    """They stay on the waitlist; this time is not offered to them again. Declining twice changes
    nothing. Raises OfferOver, NoSuchOffer."""
    row = lock_offer(session, service, offer_id)
    if row.outcome not in (None, "declined", "expired"):
        raise errors.OfferOver
    if row.outcome is None:
        end_offer(session, service, row, "declined", actor=actor, now=now)
    return row


def expire_offer(session: Session, service: Service, offer_id: str, *, now: datetime) -> None:
    row = lock_offer(session, service, offer_id)
    if row.outcome is None and row.expires_at <= now:
        end_offer(session, service, row, "expired", actor="system", now=now)


def make_way(
    session: Session, service: Service, wanted: Wanted, *, override: bool, now: datetime
) -> None:
    """Before the desk fills a time by hand, its day being locked: who is being asked about it
    comes first, unless the desk says otherwise; then they are told. Raises OfferOpen."""
    for hold in _offered(session, wanted):
        kept = WaitlistOffer.hold_id == hold.id, WaitlistOffer.outcome.is_(None)
        row = session.scalar(select(WaitlistOffer).where(*kept).with_for_update())
        if row is None:
            continue
        if not override:
            raise errors.OfferOpen
        end_offer(session, service, row, "gone", actor="system", now=now)


def withdraw(
    session: Session, service: Service, entry_id: str, *, actor: str, now: datetime
) -> WaitlistEntry:
    """Leave the waitlist, and let go what is being offered. Twice changes nothing."""
    row = queries.entry(session, entry_id)
    pending = queries.open_offer_of(session, row.id)
    if pending:
        decline_offer(session, service, pending.id, actor=actor, now=now)
    session.refresh(row, with_for_update=True)
    if row.state == "active":
        row.state = "withdrawn"
        note(session, "waitlist_left", row.id, actor=actor, now=now)
    session.flush()
    return row


def lock_offer(session: Session, service: Service, offer_id: str) -> WaitlistOffer:
    """The offer as it is once its day is ours."""
    row = queries.offer(session, offer_id)
    ledger.lock_days(session, service.clinic, [(row.practitioner_id, row.start)])
    session.refresh(row, with_for_update=True)
    return row


def end_offer(
    session: Session,
    service: Service,
    row: WaitlistOffer,
    outcome: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """How it ended, for the log and for others; the time is free, unless a visit has it."""
    row.outcome, row.resolved_at = outcome, now
    hold = session.get(Hold, row.hold_id)
    if hold:
        session.delete(hold)
        session.flush()
    settle(session, Task.subject == _task(row), outcome=outcome, now=now)
    note(session, f"offer_{outcome}", row.id, actor=actor, now=now)
    one = queries.entry_details(session, service, queries.entry(session, row.entry_id), now=now)
    is_news = outcome == "gone" and bool(one.contact["email"])
    facts = _facts(session, row, one, notify=is_news)
    outbox.record(session, WaitlistResolved(outcome=outcome, **facts), now=now)


def _offer(
    session: Session, service: Service, one: EntryDetails, wanted: Wanted, *, actor: str
) -> WaitlistOffer:
    now, email = wanted.now, one.contact["email"]
    row = WaitlistOffer(
        id=str(uuid.uuid4()),
        entry_id=one.id,
        practitioner_id=wanted.slot.practitioner,
        start=wanted.slot.start,
        end=wanted.span.end,
        channel="mail" if email else "phone",
        offered_at=now,
        expires_at=now + OFFER_LIVES,
    )
    hold = keep_time(
        session,
        service.clinic,
        wanted,
        owner=f"waitlist:{row.id}",
        until=row.expires_at,
        appointment_id=one.appointment,
    )
    row.hold_id = hold.id
    session.add(row)
    session.flush()
    note(session, "offered", row.id, actor=actor, now=now)
    if not email:
        _ask_to_phone(session, row, one)
    generation = queries.entry(session, row.entry_id).link_generation
    url = queries.links_of(service).offer_url(row.id, generation)
    facts = _facts(session, row, one, notify=bool(email))
    event = WaitlistOffered(end=row.end, expires_at=row.expires_at, offer_url=url, **facts)
    outbox.record(session, event, now=now)
    return row


def _facts(
    session: Session, row: WaitlistOffer, one: EntryDetails, *, notify: bool
) -> dict[str, Any]:
    return {
        "offer": row.id,
        "entry": row.entry_id,
        "appointment": one.appointment,
        "start": row.start,
        "current_start": one.current_start,
        "notify": notify,
        "practitioner": session.get_one(Practitioner, row.practitioner_id).name,
        "given_name": one.patient["given_name"],
        "email": one.contact["email"],
        "language": one.language,
    }


def _ask_to_phone(session: Session, row: WaitlistOffer, one: EntryDetails) -> None:
    """Without e-mail the desk asks, while the time is kept."""
    open_task(
        session,
        "no_email",
        f"offer:{row.id}",
        now=row.offered_at,
        appointment_id=one.appointment,
        patient_id=one.patient["id"],
        due_at=row.expires_at,
        about={"message": "waitlist_offer", "phone": one.contact["phone"]},
    )


def _task(row: WaitlistOffer) -> str:
    return f"no_email:offer:{row.id}"


def _may_be_asked(session: Session, entry_id: str) -> bool:
    """The entry is locked: somebody is asked about one time at a time."""
    waits = WaitlistEntry.id == entry_id, WaitlistEntry.state == "active"
    row = session.scalar(select(WaitlistEntry).where(*waits).with_for_update())
    return row is not None and queries.open_offer_of(session, entry_id) is None


def _offered(session: Session, wanted: Wanted) -> list[Hold]:
    mine = Hold.practitioner_id == wanted.slot.practitioner, Hold.purpose == "waitlist"
    within = Hold.start < wanted.span.end, Hold.end > wanted.span.start
    live = Hold.expires_at > wanted.now
    return list(session.scalars(select(Hold).where(*mine, *within, live).order_by(Hold.id)))
