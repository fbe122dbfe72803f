"""What events tell about visits: how each stands now, and who must hear of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.events import scheduling
from shared.idempotency import insert_new
from shared.sealing import reveal_row, seal_row

from .. import queries
from ..domain.content import Content
from ..domain.errors import VisitUnknown
from ..domain.kinds import CANCELLED, PHONED
from ..domain.states import STOPPABLE, State
from ..domain.timing import due_at, no_show
from ..models import Message, Visit
from .changing import change, report
from .owing import NO_EMAIL, News, owe, recipient_of
from .planning import plan

BOOKED = "booked"
# Demo visits are booked in silence; the first change that is told ends that.
TOLD = (
    scheduling.AppointmentBooked,
    scheduling.AppointmentRescheduled,
    scheduling.AppointmentCancelled,
)
GONE = frozenset({"cancelled", "entered-in-error"})


def note_visit(
    session: Session, event: scheduling.Visit, *, now: datetime, status: str | None = None
) -> Visit:
    """The visit as it stands after this event, locked; an older event than the newest changes
    nothing. `status` None: the event does not speak of it."""
    visit = _locked(session, event, now=now)
    if isinstance(event, TOLD):
        visit.notify = visit.notify or event.notify
    if event.version > visit.version:
        _take_over(session, visit, event, status=status, now=now)
        session.flush()
        _drop_outdated(session, visit, now=now)
        plan(session, visit, now=now)
    return visit


def owe_news(
    session: Session,
    visit: Visit,
    event: scheduling.Visit,
    kind: str,
    *,
    author: str,
    now: datetime,
    **more: Any,
) -> None:
    """Tell the patient. Of a visit whose first mail still waits for its 90 seconds nothing was
    said: then a move is the confirmation, and a cancellation is no news."""
    if not event.notify:
        return
    content = replace(content_of(session, event, visit), **more)
    is_unsaid = queries.is_unsaid(session, visit, now)
    if is_unsaid and kind == "rescheduled":
        kind = "confirmation"
    news = News(
        subject=event.appointment,
        version=event.version,
        kind=kind,
        appointment=event.appointment,
        language=visit.language,
        content=content,
        due_at=due_at(now, author),
        tells=_tells(session, event, is_gone=kind in CANCELLED),
    )
    row = owe(session, news, now=now)
    if row and is_unsaid and kind in CANCELLED:
        change(session, row, State.SUPPRESSED, now=now, outcome=queries.UNSAID)


def owe_no_show(session: Session, visit: Visit, event: scheduling.Visit, *, now: datetime) -> None:
    """In the evening of the day, and only if nobody took it back until then."""
    if not event.notify or not visit.recipient:
        return
    news = News(
        subject=event.appointment,
        version=event.version,
        kind="no_show",
        appointment=event.appointment,
        language=visit.language,
        content=content_of(session, event, visit),
        due_at=no_show(event.start, now, session.info["clinic"].time_zone),
        tells=_tells(session, event, is_gone=False),
    )
    owe(session, news, now=now)


def change_contact(session: Session, event: scheduling.ContactChanged, *, now: datetime) -> None:
    """What is unsent follows to the new address; nobody gets a second copy of what was sent. Who
    had no e-mail and was told nothing gets the confirmation now."""
    is_newer = event.version > queries.version_of(session, event.appointment)
    visit = note_visit(session, event, now=now)
    if not is_newer:
        return
    content = content_of(session, event, visit)
    rows = select(Message).where(Message.subject == visit.id, Message.state.in_(STOPPABLE))
    for row in session.scalars(rows.with_for_update()).all():
        _follow(session, row, content, visit=visit, now=now)
    plan(session, visit, now=now)
    if visit.status == BOOKED and visit.recipient and not queries.was_written(session, visit):
        owe_news(session, visit, event, "confirmation", author=event.changed_by, now=now)


def stop_reminders(session: Session, appointment: str, *, is_stopped: bool, now: datetime) -> None:
    visit = session.get(Visit, appointment, with_for_update=True)
    if visit is None:
        raise VisitUnknown
    visit.are_reminders_stopped = is_stopped
    session.flush()
    plan(session, visit, now=now)


def finish_intake(
    session: Session, *, submission: str, appointment: str | None, now: datetime
) -> None:
    """Staff may complete the questions of somebody who never booked: nothing follows then."""
    named = Visit.id == appointment if appointment else Visit.submission == submission
    visit = session.scalars(select(Visit).where(named).with_for_update()).first()
    if visit is None and appointment:
        raise VisitUnknown
    if visit is not None:
        visit.is_intake_done = True
        session.flush()
        plan(session, visit, now=now)


def content_of(session: Session, event: scheduling.Visit, visit: Visit) -> Content:
    """The address is always the newest one, also where the event is not."""
    known = Content.from_document(reveal_row(session, visit))
    return Content(
        address=known.address,
        given_name=event.given_name,
        start=event.start,
        end=event.end,
        practitioner=event.practitioner,
        reference=event.reference,
        manage_url=event.manage_url,
        is_intake_open=not visit.is_intake_done,
    )


def _locked(session: Session, event: scheduling.Visit, *, now: datetime) -> Visit:
    """Made by whichever event comes first, with a version below every real one."""
    first = Visit(
        id=event.appointment,
        version=0,
        submission=event.submission,
        status=BOOKED,
        start=event.start,
        tells="",
        recipient=None,
        language=event.language,
        notify=event.notify,
        is_intake_done=False,
        are_reminders_stopped=False,
        booked_at=now,
        moved_at=now,
    )
    seal_row(session, first, _content(event).document())
    names = Visit.__table__.columns.keys()
    insert_new(session, Visit.__table__, {name: getattr(first, name) for name in names})
    return session.get_one(Visit, event.appointment, with_for_update=True)


def _take_over(
    session: Session, visit: Visit, event: scheduling.Visit, *, status: str | None, now: datetime
) -> None:
    content = _content(event)
    visit.version, visit.status = event.version, status or visit.status
    tells = _tells(session, event, is_gone=visit.status in GONE)
    if visit.tells not in {"", tells} and visit.start != event.start:
        is_undone = getattr(event, "cause", "") == "undo"
        visit.moved_at = visit.booked_at if is_undone else now
    visit.start, visit.tells, visit.language = event.start, tells, event.language
    visit.recipient = recipient_of(session, content.address) if content.address else None
    seal_row(session, visit, content.document())


def _content(event: scheduling.Visit) -> Content:
    return Content(
        address=(event.email or "").strip(),
        given_name=event.given_name,
        start=event.start,
        end=event.end,
        practitioner=event.practitioner,
        reference=event.reference,
        manage_url=event.manage_url,
    )


def _tells(session: Session, event: scheduling.Visit, *, is_gone: bool) -> str:
    """What a patient knows who was told this: that the visit is off, or when and with whom."""
    facts = [event.start.isoformat(), event.end.isoformat(), event.practitioner]
    found: str = session.info["keys"].index("tells", "off" if is_gone else "\0".join(facts))
    return found


def _drop_outdated(session: Session, visit: Visit, *, now: datetime) -> None:
    rows = select(Message).where(
        Message.subject == visit.id, Message.tells != visit.tells, Message.state.in_(STOPPABLE)
    )
    for row in session.scalars(rows.with_for_update()).all():
        why = queries.UNSAID if row.due_at > now else "outdated"
        change(session, row, State.SUPPRESSED, now=now, outcome=why, lease_token=None)


def _follow(
    session: Session, row: Message, content: Content, *, visit: Visit, now: datetime
) -> None:
    """A copy that perhaps went to the old address is not repeated there: a person has to ask."""
    row.language = visit.language
    if visit.recipient == row.recipient:
        _rewrite(session, row, content)
    elif row.state == State.AMBIGUOUS:
        change(session, row, State.UNKNOWN, now=now, outcome="address changed")
    elif visit.recipient is None:
        change(session, row, State.SUPPRESSED, now=now, outcome=NO_EMAIL, lease_token=None)
        if row.kind in PHONED:
            report(session, row, reason=NO_EMAIL, now=now)
    else:
        if row.state == State.LEASED:
            change(session, row, State.RETRY, now=now, outcome="address changed")
        row.recipient, row.lease_token, row.dated_at = visit.recipient, None, None
        _rewrite(session, row, content)
    session.flush()


def _rewrite(session: Session, row: Message, content: Content) -> None:
    """Nothing of a copy in doubt may change: the second must be the same to the last byte."""
    if row.state == State.AMBIGUOUS:
        return
    old = Content.from_document(reveal_row(session, row))
    new = replace(old, address=content.address, given_name=content.given_name)
    seal_row(session, row, new.document())
