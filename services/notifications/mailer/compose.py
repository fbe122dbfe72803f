"""From a message row to the bytes of a mail. The same row always gives the same bytes: whoever
gets a second copy after an ambiguous end can see that it is one."""

from email.utils import format_datetime

from shared.clinic import Clinic

from ..domain.content import Letter, checked_address
from .draft import draft
from .gate import check_bytes
from .invite import entry_of, method_of
from .letterhead import read_letterhead
from .mime import Part, attached_part, multipart, text_part, unstructured, whole
from .port import OutgoingMail


def compose(letter: Letter, clinic: Clinic, public_url: str) -> OutgoingMail:
    """`public_url` is the beginning of the links that belong to no visit."""
    recipient = checked_address(letter.content.address)
    words = draft(letter, clinic, public_url)
    parts = [text_part(words.text, "text/plain"), text_part(words.html, "text/html")]
    headers = _headers(letter, clinic, recipient=recipient, subject=words.subject)
    content = whole(headers, _body(parts, letter, clinic))
    check_bytes(content, recipient=recipient)
    sender = read_letterhead(clinic).sender
    return OutgoingMail(id=letter.id, sender=sender, recipient=recipient, content=content)


def text_of(letter: Letter, clinic: Clinic, public_url: str) -> tuple[str, str]:
    """Subject and text as the patient reads them, for the staff page."""
    words = draft(letter, clinic, public_url)
    return words.subject, words.text


def _body(parts: list[Part], letter: Letter, clinic: Clinic) -> Part:
    """The entry stands in it twice: Google and Outlook read the alternative, Apple's mail offers
    the attachment."""
    entry = entry_of(letter, clinic)
    if entry is None:
        return multipart("alternative", parts, letter.message_id)
    parts.append(text_part(entry.decode(), f"text/calendar; method={method_of(letter)}"))
    inner = multipart("alternative", parts, letter.message_id)
    attached = attached_part(entry, "application/ics", "invite.ics")
    return multipart("mixed", [inner, attached], letter.message_id)


def _headers(letter: Letter, clinic: Clinic, *, recipient: str, subject: str) -> dict[str, str]:
    """Nothing a person typed stands here but the bare address, which was checked."""
    letterhead = read_letterhead(clinic)
    headers = {
        "From": letterhead.header,
        "To": recipient,
        "Subject": unstructured(subject),
        "Date": format_datetime(letter.dated_at.astimezone(clinic.time_zone)),
        "Message-ID": letter.message_id,
        "Content-Language": letter.language,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Clinic-Message": letter.id,
    }
    return headers | ({"Reply-To": letterhead.reply_to} if letterhead.reply_to else {})
