"""Staff pages: which mails went out, which did not, and what stands in them."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, render_template, request

from shared import words
from shared.service import Service
from shared.web import Problem, current_service

from .. import mailer, queries
from ..domain.errors import CursorInvalid, MessageNotFound
from ..domain.states import IN_HAND, WAITING, State
from ..models import Message
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
    State.EXPIRED: ("Not sent before the visit", "danger"),
    State.UNKNOWN: ("Perhaps sent", "danger"),
}
SHOWN = {
    "all": ("All", None),
    "waiting": ("On their way", WAITING | IN_HAND),
    "sent": ("Sent", frozenset({State.SENT})),
    "undelivered": ("Not delivered", frozenset({State.FAILED, State.EXPIRED, State.UNKNOWN})),
}


@blueprint.get("/staff/messages")
def messages() -> str:
    shown = request.args.get("show", "all")
    if shown not in SHOWN:
        raise Problem(404, "not_found", "There is no such list of messages.")
    service = current_service()
    with service.database.read() as session:
        try:
            rows, following = queries.message_page(
                session,
                MessageFilter(states=SHOWN[shown][1]),
                cursor=request.args.get("cursor"),
                limit=PAGE,
            )
        except CursorInvalid as error:
            raise Problem(422, error.code, error.sentence) from error
        items = [
            _item(row, service) | {"reference": queries.content_of(session, row).reference}
            for row in rows
        ]
    return render_template(
        "notifications/messages.html", items=items, next=following, shown=shown, choices=SHOWN
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
    subject, text = mailer.text_of(
        queries.letter_of(row, content), service.clinic, service.settings.public_url
    )
    is_file = urlsplit(service.settings.mail_url).scheme == "file"
    return render_template(
        "notifications/message.html",
        item=_item(row, service) | {"reference": content.reference, "to": content.address},
        subject=subject,
        text=text,
        file=f"{row.id}.eml" if is_file and row.state == State.SENT else None,
    )


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
