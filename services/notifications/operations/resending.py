"""A person asks for a message once more: a new row with a Message-ID of its own."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from .. import queries
from ..domain.content import Content
from ..domain.errors import MessageOnItsWay, MessageSuperseded, NoAddress
from ..domain.states import FINAL
from ..models import Message, Visit
from .owing import News, add_message, next_copy


def resend(session: Session, message_id: str, *, now: datetime) -> Message:
    """Says the same about the same version, to the address that is known now, at once."""
    row = queries.message(session, message_id)
    visit = session.get(Visit, row.subject, with_for_update=True)
    if queries.is_superseded(session, row):
        raise MessageSuperseded
    if not all(one.state in FINAL for one in queries.copies(session, row)):
        raise MessageOnItsWay
    content = queries.content_of(session, row)
    if visit is not None:
        address = Content.from_document(reveal_row(session, visit)).address
        if not address:
            raise NoAddress
        content = replace(content, address=address, is_intake_open=not visit.is_intake_done)
    news = News(
        subject=row.subject,
        version=row.version,
        kind=row.kind,
        appointment=row.appointment,
        language=visit.language if visit else row.language,
        content=content,
        due_at=now,
        tells=row.tells,
    )
    return add_message(session, news, now=now, copy=next_copy(session, row))
