"""From a message row to the bytes of a mail. The same row always gives the same bytes: whoever
gets a second copy after an ambiguous end can see that it is one."""

import hashlib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from shared.clinic import Clinic

from ..domain import wording
from ..domain.content import Letter, check_complete, checked_address, greeting_name
from ..domain.errors import MessageUnfit
from .gate import check_bytes
from .invite import invite
from .letterhead import read_letterhead
from .port import OutgoingMail

# Headers in one line each (RFC 5322 allows 998): folding re-encodes, and so may surprise.
LONGEST_LINE = 998
BODIES = SMTP.clone(cte_type="7bit", max_line_length=76)
HEADERS = BODIES.clone(max_line_length=LONGEST_LINE)
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "email"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def compose(letter: Letter, clinic: Clinic, public_url: str) -> OutgoingMail:
    recipient = checked_address(letter.content.address)
    check_complete(letter.kind, letter.content)
    message = _with_parts(letter, clinic, public_url)
    for name, value in _headers(letter, clinic, public_url, recipient=recipient).items():
        try:
            message[name] = value
        except ValueError as error:
            raise MessageUnfit("A header of this mail cannot be written.") from error
    _make_repeatable(message, letter.message_id)
    content = message.as_bytes(policy=HEADERS)
    check_bytes(content, recipient=recipient)
    sender = read_letterhead(clinic).sender
    return OutgoingMail(id=letter.id, sender=sender, recipient=recipient, content=content)


def text_of(letter: Letter, clinic: Clinic, public_url: str) -> tuple[str, str]:
    """Subject and text as the patient reads them, for the staff page."""
    return (
        _render(letter, clinic, public_url, "subject.txt").strip(),
        _render(letter, clinic, public_url, "body.txt"),
    )


def _with_parts(letter: Letter, clinic: Clinic, public_url: str) -> EmailMessage:
    text, html = (_render(letter, clinic, public_url, name) for name in ("body.txt", "body.html"))
    calendar = invite(letter, clinic)
    message = EmailMessage(policy=BODIES)
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(html, subtype="html", cte=_encoding(html))
    message.add_alternative(
        calendar.decode(),
        subtype="calendar",
        cte=_encoding(calendar.decode()),
        params={"method": "REQUEST"},
    )
    message.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    return message


def _encoding(text: str) -> str:
    """Plain where possible, so that a mail in a folder can be read and searched as it is."""
    is_plain = text.isascii() and max(map(len, text.splitlines())) <= LONGEST_LINE
    return "7bit" if is_plain else "quoted-printable"


def _headers(letter: Letter, clinic: Clinic, public_url: str, *, recipient: str) -> dict[str, str]:
    """Nothing a person typed stands here but the bare address, which was checked."""
    letterhead = read_letterhead(clinic)
    headers = {
        "From": letterhead.header,
        "To": recipient,
        "Subject": _render(letter, clinic, public_url, "subject.txt").strip(),
        "Date": format_datetime(letter.dated_at.astimezone(clinic.time_zone)),
        "Message-ID": letter.message_id,
        "Content-Language": letter.language,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Clinic-Message": letter.id,
    }
    return headers | ({"Reply-To": letterhead.reply_to} if letterhead.reply_to else {})


def _make_repeatable(message: EmailMessage, message_id: str) -> None:
    """The library would draw random boundaries."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{message_id} {number}".encode()).hexdigest()
            part.set_boundary(f"part-{digest[:32]}")
        if part is not message:
            del part["MIME-Version"]


def _render(letter: Letter, clinic: Clinic, public_url: str, name: str) -> str:
    template = TEMPLATES.get_template(f"{letter.kind}/{name}")
    return template.render(_words(letter, clinic), book_url=f"{public_url}/")


def _words(letter: Letter, clinic: Clinic) -> dict[str, Any]:
    start, zone = letter.content.start or letter.dated_at, clinic.time_zone
    return {
        "given_name": greeting_name(letter.content.given_name),
        "long_date": wording.long_date(start, zone),
        "short_date": wording.short_date(start, zone),
        "time": wording.time_of_day(start, zone),
        "zone": wording.zone_name(zone),
        "practitioner": letter.content.practitioner,
        "manage_url": letter.content.manage_url,
        "language": letter.language,
        "clinic": clinic,
        "letterhead": read_letterhead(clinic),
    }
