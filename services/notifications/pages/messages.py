"""Staff pages: which mails went out, which did not, what stands in them; once more, please."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shared import words
from shared.service import Service
from shared.web import Problem, current_service
from shared.web.access import current_staff

from .. import mailer, operations, queries
from ..domain.content import KINDS
from ..domain.errors import CursorInvalid, MessageNotFound, NotificationError
from ..domain.states import FINAL, IN_HAND, UNDELIVERED, WAITING, State
from ..models import Attempt, Message
from ..queries import MessageFilter

blueprint = Blueprint("pages", __name__)

PAGE = 50
# What the desk reads, and how it looks.
WORDS: dict[str, tuple[str, str]] = {
    State.QUEUED: ("Waiting to be sent", ""),
    State.LEASED: ("Being sent", ""),
    State.DATA_STARTED: ("Being sent", ""),
    State.SENT: ("Sent", "ok"),
    State.RETRY: ("Not sent yet, will be tried again", "warn"),
    State.AMBIGUOUS: ("Perhaps sent, a second copy follows", "warn"),
    State.FAILED: ("Not delivered: please phone", "danger"),
    State.SUPPRESSED: ("Not needed any more", ""),
    State.EXPIRED: ("Too late to be sent", "danger"),
    State.UNKNOWN: ("Perhaps sent: please phone", "danger"),
}
SHOWN = {
    "all": ("All", None),
    "waiting": ("On their way", WAITING | IN_HAND),
    "sent": ("Sent", frozenset({State.SENT})),
    "silent": ("Not needed", frozenset({State.SUPPRESSED})),
    "undelivered": ("Not delivered", UNDELIVERED),
}


@blueprint.get("/staff/messages")
def messages() -> str:
    shown, kind = request.args.get("show", "all"), request.args.get("kind", "")
    if shown not in SHOWN or kind not in {"", *KINDS}:
        raise Problem(404, "not_found", "There is no such list of messages.")
    service = current_service()
    wanted = MessageFilter(
        appointment=request.args.get("appointment") or None, states=SHOWN[shown][1], kind=kind
    )
    with service.database.read() as session:
        try:
            rows, following = queries.message_page(
                session, wanted, cursor=request.args.get("cursor"), limit=PAGE
            )
        except CursorInvalid as error:
            raise Problem(422, error.code, error.sentence) from error
        items = [_item(row, service) | _about(session, row) for row in rows]
        books, holds = _books(session), queries.holds(session)
    return render_template(
        "notifications/messages.html",
        items=items,
        next=following,
        shown=shown,
        kind=kind,
        appointment=wanted.appointment,
        choices=SHOWN,
        kinds=KINDS,
        books=books,
        holds=[one.reason for one in holds],
    )


@blueprint.get("/staff/messages/<message_id>")
def message(message_id: str) -> str:
    """The mail is not kept: it is written again from its row, word for word."""
    service = current_service()
    with service.database.read() as session:
        try:
            row = queries.message(session, message_id)
        except MessageNotFound as error:
            raise Problem(404, error.code, error.sentence) from error
        content = queries.content_of(session, row)
        past = [_line(one, service) for one in queries.attempts_of(session, row)]
        about = _about(session, row) | {"to": content.address}
    subject, text = mailer.text_of(
        queries.letter_of(row, content), service.clinic, service.settings.public_url
    )
    is_file = urlsplit(service.settings.mail_url).scheme == "file"
    return render_template(
        "notifications/message.html",
        item=_item(row, service) | about,
        subject=subject,
        text=text,
        past=past,
        may_resend=row.state in FINAL,
        file=f"{row.id}.eml" if is_file and row.state == State.SENT else None,
    )


@blueprint.post("/staff/messages/<message_id>/resend")
def resend(message_id: str) -> Response:
    service = current_service()
    try:
        with service.database.write() as session:
            row = operations.resend(session, message_id, now=service.clock.now())
    except NotificationError as error:
        status = 404 if isinstance(error, MessageNotFound) else 409
        raise Problem(status, error.code, error.sentence) from error
    return redirect(url_for("pages.message", message_id=row.id), 303)


@blueprint.post("/staff/messages/release")
def release() -> Response:
    """Somebody looked at the clock: what was held goes out."""
    service, member = current_service(), current_staff()
    with service.database.write() as session:
        name = member.id if member else ""
        operations.release(session, by=name, now=service.clock.now())
    return redirect(url_for("pages.messages", show="waiting"), 303)


def _about(session: Session, row: Message) -> dict[str, str]:
    content = queries.content_of(session, row)
    name = content.reference or content.short_reference or ""
    return {"reference": name, "appointment": row.appointment or ""}


def _books(session: Session) -> dict[str, int]:
    """What the desk can add up: everything made is sent, not needed, not delivered or waiting."""
    counts = queries.counts_by_state(session)
    named = {name: states for name, (_, states) in SHOWN.items() if states}
    books = {name: sum(counts.get(one, 0) for one in states) for name, states in named.items()}
    return books | {
        "all": sum(counts.values()),
        "faults": len(queries.conservation_faults(session)),
    }


def _line(one: Attempt, service: Service) -> dict[str, str]:
    zone, (state, tone) = service.clinic.time_zone, WORDS.get(one.state, (one.state, "danger"))
    at = one.at.astimezone(zone)
    when = f"{words.short_date(at)}, {words.clock(at)}"
    return {"at": when, "state": state, "tone": tone, "outcome": one.outcome or ""}


def _item(row: Message, service: Service) -> dict[str, Any]:
    now, zone = service.clock.now(), service.clinic.time_zone

    def when(instant: datetime | None) -> str | None:
        local = instant and instant.astimezone(zone)
        return f"{words.short_date(local)}, {words.clock(local)}" if local else None

    state, tone = WORDS.get(row.state, (row.state, "danger"))
    return {
        "id": row.id,
        "kind": row.kind,
        "state": state,
        "tone": tone,
        "attempts": row.attempts,
        "outcome": row.outcome,
        "created": when(row.created_at),
        "due": when(row.due_at),
        "sent": when(row.sent_at),
        "in_doubt_since": when(row.ambiguous_at),
        "next_attempt": when(row.next_attempt_at) if row.state in WAITING else None,
        "is_late": row.next_attempt_at <= now,
    }
