"""What the patient is told to do. It names the signs they reported and the next step; it never
names a rule or a disease, and never says that nothing is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .rules import Urgency

ONLINE_BOOKING = {
    Urgency.EMERGENCY: "stop",
    Urgency.SAME_DAY: "stop",
    Urgency.URGENT_2BD: "limited",
    Urgency.ROUTINE: "open",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How the clinic can be reached at this moment."""

    phone: str
    hours: str
    is_open: bool


def advise(
    urgency: Urgency,
    words: Mapping[str, Any],
    desk: Desk,
    *,
    signs: Sequence[str] = (),
    latest_day: str = "",
) -> dict[str, Any]:
    """`words` is the "advice" part of the wording; `signs` are the patient's own, in words, and
    `latest_day` is a date as it is said."""
    key = urgency.value
    if urgency is Urgency.SAME_DAY and not desk.is_open:
        key = "SAME_DAY_CLOSED"
    facts = {
        "phone": desk.phone,
        "hours": desk.hours,
        "signs": "; ".join(signs),
        "latest_day": latest_day,
    }
    sentences = (words[key]["headline"], *words[key]["body"], words["always"])
    headline, *body = (str(sentence).format(**facts) for sentence in sentences)
    return {"headline": headline, "body": body, "phone": desk.phone}
