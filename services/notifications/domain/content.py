"""What a message may hold: an address, a first name, a time, a practitioner, a link. Nothing else
has a field here, so nothing about health can be written by mistake."""

import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from .errors import MessageUnfit

# The addresses every mail server takes: no quotes, no comments, no characters beyond ASCII.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
KINDS = (
    "confirmation",
    "rescheduled",
    "cancelled",
    "cancelled_by_clinic",
    "reminder_3d",
    "reminder_1d",
    "intake_nudge",
    "waitlist_offer",
    "waitlist_result",
    "no_show",
    "callback_received",
    "visit_links",
    "staff_alert",
)
NAME_MARKS = " '’-."
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Visit:
    """The sealed part of a message row."""

    address: str
    given_name: str
    start: datetime
    end: datetime
    practitioner: str
    manage_url: str
    reference: str

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        start, end = (datetime.fromisoformat(document[name]) for name in ("start", "end"))
        return cls(**(document | {"start": start, "end": end}))


def checked_address(address: str) -> str:
    """The address as it may stand in a header. `=?` would be read as an encoded word, which some
    Python versions unfold into lines of its own."""
    if len(address) > 254 or "=?" in address or not ADDRESS.fullmatch(address):
        raise MessageUnfit("The e-mail address cannot be used in a mail header.")
    return address


def greeting_name(given_name: str) -> str:
    """The name to greet with, or "" when it is no name: anybody may type anything into a booking
    form, and a mail of the clinic must not carry a stranger's link or sentence."""
    name = " ".join(unicodedata.normalize("NFC", given_name).split())
    letters = all(c in NAME_MARKS or unicodedata.category(c)[0] in "LM" for c in name)
    looks_like_a_host = re.search(r"\.\w{2}", name)
    return name if letters and len(name) <= LONGEST_NAME and not looks_like_a_host else ""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a mail is made of besides the clinic's own facts."""

    id: str
    appointment: str
    version: int
    kind: str
    language: str
    message_id: str
    dated_at: datetime
    visit: Visit
