"""What follows from a booked visit by itself: two reminders and one nudge, planned as rows."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from ..domain import timing
from ..domain.content import Content
from ..domain.kinds import PLANNED
from ..domain.states import STOPPABLE, State
from ..models import Debt, Message, Visit
from .changing import change
from .owing import News, add_message, next_copy, owe

TIMED = (*PLANNED, "no_show")


def plan(session: Session, visit: Visit, *, now: datetime) -> None:
    """Make the rows agree with the visit; safe to repeat. Whatever was sent stays counted, so that
    nothing is planned twice, and what is past is not planned at all."""
    wanted = _wanted(session, visit)
    rows = session.scalars(
        select(Message)
        .where(Message.subject == visit.id, Message.kind.in_(TIMED))
        .with_for_update()
    ).all()
    for row in rows:
        if row.state in STOPPABLE and not _is_wanted(row, visit, wanted):
            why = {"outcome": "not wanted any more", "lease_token": None}
            change(session, row, State.SUPPRESSED, now=now, **why)
    for kind, due in wanted.items():
        if due > now and not any(_stands_for(row, kind, visit) for row in rows):
            _owe(session, visit, kind, due, now=now)


def _wanted(session: Session, visit: Visit) -> dict[str, datetime]:
    if visit.status != "booked" or not visit.notify or not visit.recipient:
        return {}
    if visit.are_reminders_stopped:
        return {}
    zone = session.info["clinic"].time_zone
    wanted = timing.reminders(visit.start, visit.moved_at, zone)
    nudge = timing.nudge(visit.booked_at, visit.start, zone)
    if nudge and not visit.is_intake_done:
        wanted["intake_nudge"] = nudge
    return wanted


def _is_wanted(row: Message, visit: Visit, wanted: dict[str, datetime]) -> bool:
    if row.kind == "no_show":
        return visit.status == "noshow"
    return row.kind in wanted and row.tells == visit.tells


def _stands_for(row: Message, kind: str, visit: Visit) -> bool:
    """A nudge is sent once in the life of a visit, a reminder once for each time it is set to."""
    if row.kind != kind or row.state == State.SUPPRESSED:
        return False
    return kind == "intake_nudge" or row.tells == visit.tells


def _owe(session: Session, visit: Visit, kind: str, due: datetime, *, now: datetime) -> None:
    content = Content.from_document(reveal_row(session, visit))
    news = News(
        subject=visit.id,
        version=visit.version,
        kind=kind,
        appointment=visit.id,
        language=visit.language,
        content=replace(content, is_intake_open=not visit.is_intake_done),
        due_at=due,
        tells=visit.tells,
    )
    if session.get(Debt, (visit.id, visit.version, kind)) is None:
        owe(session, news, now=now)
    else:  # dropped and wanted again while the visit stayed as it is
        like = Message(subject=visit.id, version=visit.version, kind=kind)
        add_message(session, news, now=now, copy=next_copy(session, like))
