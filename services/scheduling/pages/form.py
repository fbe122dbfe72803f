"""What was typed about the patient, read as the JSON of the API and checked by its schema."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from ..schemas import BookAppointmentSchema

Typed = dict[str, str]

# The longest that is kept of each answer (the draft must fit into a cookie), and what is said
# beside a faulty one; in the order of the page.
FIELDS = {
    "given_name": (60, "Enter the first name"),
    "family_name": (60, "Enter the last name"),
    "booker_name": (60, "Enter your own name"),
    "booker_relationship": (20, "Choose how you know the patient"),
    "phone": (40, "Enter a phone number with 10 digits, like 503 555 0123"),
    "may_leave_message": (3, "Choose if we may leave a message"),
    "email": (254, "Enter an email like name@example.com, or tick I do not have email"),
    "no_email": (3, ""),
    "support": (20, "Choose one"),
}
NOT_BOTH = "Enter an email, or tick I do not have email, but not both"
RELATIONSHIPS = ("parent", "guardian", "partner", "child", "other")
_SCHEMA = BookAppointmentSchema()


def typed(sent: Mapping[str, str]) -> Typed:
    return {name: sent.get(name, "").strip()[:longest] for name, (longest, _) in FIELDS.items()}


def read(typed: Typed, for_whom: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The part of a request that is about people, and the faults: field to sentence."""
    kin = typed["booker_relationship"]
    booker = {"name": typed["booker_name"], "relationship": kin if kin in RELATIONSHIPS else ""}
    has_no_email = typed["no_email"] and not typed["email"]
    contact = {
        "email": None if has_no_email else typed["email"],
        "phone": typed["phone"],
        "may_leave_message": {"yes": True, "no": False}.get(typed["may_leave_message"]),
    }
    request = {
        "hold": "",  # a request names its time; this one's is in the draft
        "patient": {name: typed[name] for name in ("given_name", "family_name")},
        "booker": None if for_whom == "me" else booker,
        "contact": contact,
        "support": typed["support"],
    }
    sentences = {name: sentence for name, (_, sentence) in FIELDS.items()}
    try:
        body, wrong = _SCHEMA.load(request), set[str]()
    except ma.ValidationError as error:
        body, wrong = {}, _names(error)
    if typed["no_email"] and typed["email"]:
        wrong.add("email")
        sentences["email"] = NOT_BOTH
    return body, {name: sentence for name, sentence in sentences.items() if name in wrong}


def _names(error: ma.ValidationError) -> set[str]:
    """The faulty fields, by their names on the page."""
    faults: Any = error.messages
    booker = {f"booker_{name}" for name in faults.pop("booker", {})}
    return {*booker, *faults.pop("patient", {}), *faults.pop("contact", {}), *faults}
