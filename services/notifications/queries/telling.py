"""What a recipient knows, and whether a message would still tell something that is true and new."""

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..domain.kinds import NEWS
from ..domain.states import IN_HAND, State
from ..models import Debt, Message, Visit

UNSAID = "taken back in time"  # before it was due


def version_of(session: Session, appointment: str) -> int:
    return session.scalar(select(Visit.version).where(Visit.id == appointment)) or 0


def why_silent(session: Session, row: Message) -> str | None:
    """Why this message is not to be sent; None when it is."""
    if is_superseded(session, row):
        return "outdated"
    return "already told" if row.copy == 1 and _is_known(session, row) else None


def is_superseded(session: Session, row: Message) -> bool:
    """True when the visit is no longer as the message says, or its recipient was, or is about to
    be, told something newer about it. An offer is superseded by its end."""
    if not row.tells:
        return _is_resolved(session, row)
    visit = session.get(Visit, row.subject)
    if visit is not None and visit.tells != row.tells:
        return True
    if row.kind not in NEWS:
        wanted = "noshow" if row.kind == "no_show" else "booked"
        return visit is not None and visit.status != wanted
    newer = _news(row.subject, row.recipient).where(
        Message.version > row.version,
        or_(Message.state != State.SUPPRESSED, Message.ambiguous_at.is_not(None)),
    )
    return session.scalars(newer.limit(1)).first() is not None


def _is_resolved(session: Session, row: Message) -> bool:
    if row.kind != "waitlist_offer":
        return False
    debt = session.get(Debt, (row.subject, row.version, row.kind))
    return debt is not None and debt.reason == "resolved"


def _is_known(session: Session, row: Message) -> bool:
    """The last thing this recipient surely heard is the same, and nothing they may have heard
    since says otherwise."""
    if row.kind not in NEWS or not row.tells:
        return False
    heard = (
        _news(row.subject, row.recipient)
        .where(
            Message.id != row.id,
            or_(
                Message.state.in_({State.SENT, State.UNKNOWN} | IN_HAND),
                Message.ambiguous_at.is_not(None),
            ),
        )
        .order_by(Message.version.desc(), Message.copy.desc())
    )
    for other in session.scalars(heard):
        if other.tells != row.tells:
            return False
        if other.state == State.SENT:
            return True
    return False


def is_unsaid(session: Session, visit: Visit, now: datetime) -> bool:
    """True while everything there was to tell of this visit is still waiting for its first time,
    or was taken back before it came: then the patient has heard nothing."""
    rows = list(session.scalars(_news(visit.id, visit.recipient)))
    return bool(rows) and all(
        row.outcome == UNSAID or (row.state == State.QUEUED and row.due_at > now) for row in rows
    )


def was_written(session: Session, visit: Visit) -> bool:
    """Whether anybody, at whatever address, was or will be told of this visit."""
    rows = select(Message.id).where(
        Message.subject == visit.id,
        Message.kind.in_(NEWS),
        or_(Message.state != State.SUPPRESSED, Message.ambiguous_at.is_not(None)),
    )
    return session.scalars(rows.limit(1)).first() is not None


def _news(subject: str, recipient: str | None) -> Select[Message]:
    return select(Message).where(
        Message.subject == subject,
        Message.recipient == recipient,
        Message.kind.in_(NEWS),
        Message.tells != "",
    )
