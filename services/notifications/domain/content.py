"""What a message may hold: an address, a first name, times, a practitioner, links. Nothing else has
a field here, so nothing about health can be written by mistake."""

import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Self

from .errors import MessageUnfit

# The addresses every mail server takes: no quotes, no comments, no characters beyond ASCII.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
NAME_MARKS = " '’-."
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The sealed part of a message row: what any kind of mail may need, and nothing else. NEEDS
    says which of it a kind cannot do without.

    Every link of a visit is its `manage_url`: the page behind it shows the visit and asks there
    for the questions, the confirmation, the change. It has no effect by itself and works as long
    as the visit is known. Where to book anew is no content: it is the clinic's front door.
    """

    address: str
    given_name: str = ""  # "" where none is known or it is unfit to be greeted
    # The visit, or the time that is offered.
    start: datetime | None = None
    end: datetime | None = None
    practitioner: str | None = None
    reference: str | None = None
    manage_url: str | None = None
    # What happened to it.
    previous_start: datetime | None = None
    changed_by: str | None = None  # "patient" | "staff" | "system"
    by: str | None = None  # who wanted it cancelled: "patient" | "clinic" | "other"
    cause: str | None = None
    is_intake_open: bool = False
    # An offer from the waitlist, and its end.
    expires_at: datetime | None = None
    current_start: datetime | None = None  # of the visit that the person has anyhow
    offer_url: str | None = None
    outcome: str | None = None  # "accepted" | "declined" | "expired" | "gone"
    # The visits of somebody who lost the mail: start and manage_url of each.
    links: tuple[tuple[datetime, str], ...] = ()
    # A request to be called: when it came, and 4 characters that name nothing else.
    received_at: datetime | None = None
    short_reference: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON can hold it; what is not there is left out."""
        found: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        found["links"] = [[start.isoformat(), url] for start, url in self.links]
        for name in INSTANTS:
            found[name] = found[name] and found[name].isoformat()
        return {name: value for name, value in found.items() if value not in (None, [], False)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Entries of another release are passed over."""
        found = {name: value for name, value in document.items() if name in NAMES}
        for name in INSTANTS & found.keys():
            found[name] = datetime.fromisoformat(found[name])
        links = found.get("links", ())
        found["links"] = tuple((datetime.fromisoformat(start), url) for start, url in links)
        return cls(**found)


NAMES = tuple(one.name for one in fields(Content))
INSTANTS = {
    "start",
    "end",
    "previous_start",
    "expires_at",
    "current_start",
    "received_at",
}
VISIT = frozenset({"start", "end", "practitioner", "manage_url"})
NEEDS: dict[str, frozenset[str]] = {
    "confirmation": VISIT,
    "rescheduled": VISIT | {"previous_start", "changed_by"},
    "cancelled": frozenset({"start", "end"}),
    "cancelled_by_clinic": frozenset({"start", "end", "manage_url"}),
    "reminder_3d": VISIT - {"end"},
    "reminder_1d": VISIT - {"end"},
    "intake_nudge": frozenset({"start", "manage_url"}),
    "waitlist_offer": frozenset({"start", "practitioner", "expires_at", "offer_url"}),
    "waitlist_result": frozenset({"start", "outcome"}),
    "no_show": frozenset({"start"}),
    "callback_received": frozenset(),
    "visit_links": frozenset({"links"}),
    "staff_alert": frozenset({"received_at", "short_reference"}),
}
KINDS = tuple(NEEDS)
ACCEPTED = "accepted"


def needs(kind: str, content: Content) -> frozenset[str]:
    """Who got the earlier time is told like a moved visit; who did not, by two dates."""
    if kind == "waitlist_result" and content.outcome == ACCEPTED:
        return NEEDS["rescheduled"] - {"changed_by"} | {"outcome"}
    return NEEDS[kind]


def check_complete(kind: str, content: Content) -> None:
    """Refuses a mail that would have a hole in it."""
    if kind not in NEEDS:
        raise MessageUnfit("There is no text for a message of this kind.")
    missing = sorted(name for name in needs(kind, content) if not getattr(content, name))
    if missing:
        raise MessageUnfit(f"A message of kind {kind} lacks {', '.join(missing)}.")


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


def one_line(text: str) -> str:
    """Without line ends and invisible characters."""
    visible = (c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(visible).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that a mail is made of besides the clinic's own facts."""

    id: str
    subject: str  # what it is about: a visit, an offer, a request
    appointment: str | None
    version: int  # of the visit; the SEQUENCE of its calendar entry
    kind: str
    language: str
    message_id: str
    dated_at: datetime
    content: Content
