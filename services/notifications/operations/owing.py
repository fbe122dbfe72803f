"""Owe somebody a message: a debt, and the row that pays it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.idempotency import insert_new
from shared.messaging import wakeup
from shared.sealing import seal_row

from ..domain.content import Content
from ..domain.kinds import PHONED, turn
from ..domain.states import State
from ..models import Debt, Message
from .changing import debt_of, remember, report

NO_EMAIL = "no_email"
DUE = "messages"  # the bell that wakes the senders


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is owed, to whom, and when. `tells` is the visit's state it speaks of."""

    subject: str
    version: int
    kind: str
    appointment: str | None
    language: str
    content: Content
    due_at: datetime
    tells: str = ""


def owe(session: Session, news: News, *, now: datetime) -> Message | None:
    """A second delivery of the same news finds the debt of the first and adds nothing. Whoever has
    no e-mail is phoned instead."""
    if not insert_new(session, Debt.__table__, debt_of(news, now=now)):
        return None
    if news.content.address:
        return add_message(session, news, now=now, copy=1)
    debt = session.get_one(Debt, (news.subject, news.version, news.kind))
    if news.kind in PHONED:
        report(session, debt, reason=NO_EMAIL, now=now)
    else:
        debt.reason = NO_EMAIL
    return None


def add_message(session: Session, news: News, *, now: datetime, copy: int) -> Message:
    row = Message(
        id=str(uuid.uuid4()),
        subject=news.subject,
        appointment=news.appointment,
        version=news.version,
        kind=news.kind,
        recipient=recipient_of(session, news.content.address),
        copy=copy,
        language=news.language,
        tells=news.tells,
        state=State.QUEUED,
        turn=turn(news.kind, was_tried=False),
        attempts=0,
        created_at=now,
        due_at=news.due_at,
        next_attempt_at=news.due_at,
    )
    seal_row(session, row, news.content.document())
    session.add(row)
    session.flush()
    remember(session, row, now=now)
    wakeup.ring_after_commit(session, DUE)
    return row


def next_copy(session: Session, row: Message) -> int:
    same = select(func.max(Message.copy)).where(
        Message.subject == row.subject, Message.version == row.version, Message.kind == row.kind
    )
    return (session.scalar(same) or 0) + 1


def recipient_of(session: Session, address: str) -> str:
    found: str = session.info["keys"].index("recipient", address.lower())
    return found
