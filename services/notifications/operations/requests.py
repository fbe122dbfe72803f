"""Messages that are about no change of a visit: offers, lost links, requests to be called."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.events.intake import CallbackRequested
from shared.events.scheduling import VisitLinksRequested, WaitlistOffered, WaitlistResolved
from shared.idempotency import insert_new

from ..domain import timing
from ..domain.content import Content
from ..domain.states import IN_HAND, STOPPABLE, State
from ..models import Debt, Message
from .changing import change, debt_of
from .owing import News, owe

OFFER, RESULT = "waitlist_offer", "waitlist_result"
RESOLVED = "resolved"


def owe_offer(session: Session, event: WaitlistOffered, *, now: datetime) -> None:
    if not event.notify:
        return
    content = Content(
        address=(event.email or "").strip(),
        given_name=event.given_name,
        start=event.start,
        end=event.end,
        practitioner=event.practitioner,
        current_start=event.current_start,
        expires_at=event.expires_at,
        offer_url=event.offer_url,
    )
    due = timing.by_day(now, session.info["clinic"].time_zone)
    owe(session, _about_offer(event, OFFER, content, due=due), now=now)


def offer_resolved(session: Session, event: WaitlistResolved, *, now: datetime) -> bool:
    """Drop what is unsent of the offer, also should it only come after its end. True when the
    person has heard, or may be just hearing, of it."""
    insert_new(
        session,
        Debt.__table__,
        debt_of(_about_offer(event, OFFER, Content(address=""), due=now), now=now)
        | {"reason": RESOLVED},
    )
    of_offer = select(Message).where(Message.subject == event.offer, Message.kind == OFFER)
    heard = False
    for row in session.scalars(of_offer.with_for_update()).all():
        heard = heard or row.state == State.SENT or row.ambiguous_at is not None
        heard = heard or row.state in IN_HAND - {State.LEASED}
        if row.state in STOPPABLE:
            why = {"outcome": RESOLVED, "lease_token": None}
            change(session, row, State.SUPPRESSED, now=now, **why)
    return heard


def owe_gone(session: Session, event: WaitlistResolved, *, now: datetime) -> None:
    content = Content(
        address=(event.email or "").strip(),
        given_name=event.given_name,
        start=event.start,
        practitioner=event.practitioner,
        current_start=event.current_start,
        outcome=event.outcome,
    )
    owe(session, _about_offer(event, RESULT, content, due=now), now=now)


def owe_links(session: Session, event: VisitLinksRequested, *, now: datetime) -> None:
    content = Content(
        address=event.email.strip(),
        given_name=event.given_name,
        links=tuple(zip(event.starts, event.manage_urls, strict=False)),
    )
    news = News(
        subject=event.request,
        version=1,
        kind="visit_links",
        appointment=None,
        language=event.language,
        content=content,
        due_at=now,
    )
    owe(session, news, now=now)


def owe_alert(session: Session, event: CallbackRequested, *, now: datetime) -> None:
    """The desk is told when somebody is there; the patient, who left an address, at the same
    time."""
    clinic: Clinic = session.info["clinic"]
    due = _next_open(clinic, now)
    asked = Content(address="", received_at=event.requested_at, short_reference=event.reference)
    for kind, address, language in (
        ("staff_alert", alert_address(clinic), "en"),
        ("callback_received", (event.email or "").strip(), event.language),
    ):
        news = News(
            subject=event.callback,
            version=1,
            kind=kind,
            appointment=None,
            language=language,
            content=replace(asked, address=address),
            due_at=due,
        )
        if address:
            owe(session, news, now=now)


def alert_address(clinic: Clinic) -> str:
    """`staff_alerts` of the clinic file's [mail] section, else the address that mails come from."""
    mail = clinic.raw.get("mail", {})
    return parseaddr(str(mail.get("staff_alerts") or mail.get("from", "")))[1]


def _next_open(clinic: Clinic, now: datetime) -> datetime:
    """Holidays are only looked up when the clinic is shut: reading them takes a while."""
    zone, opening = clinic.time_zone, clinic.opening
    due = timing.in_hours(now, zone, opening=opening)
    today: date = now.astimezone(zone).date()
    closed = clinic.closed_dates(today, today + timedelta(days=60))
    return timing.in_hours(now, zone, opening=opening, closed=closed) if closed else due


def _about_offer(
    event: WaitlistOffered | WaitlistResolved, kind: str, content: Content, *, due: datetime
) -> News:
    return News(
        subject=event.offer,
        version=1,
        kind=kind,
        appointment=event.appointment,
        language=event.language,
        content=content,
        due_at=due,
    )
