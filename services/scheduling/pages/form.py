"""What was typed about the patient, read as the JSON of the API and checked by its schema."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from ..schemas import BookAppointmentSchema

Typed = dict[str, str]

# The longest that is kept of each answer: the draft must fit into a cookie. In the order of the
# page. What is said beside a faulty one has the same name in the wording.
LONGEST = {
    "given_name": 60,
    "family_name": 60,
    "booker_name": 60,
    "booker_relationship": 20,
    "booker_phone": 40,
    "phone": 40,
    "may_leave_message": 3,
    "email": 254,
    "no_email": 3,
    "support": 20,
}
ABOUT_CONTACT = {
    "booker_name", "booker_phone", "phone", "may_leave_message", "email", "no_email",
}  # fmt: skip
RELATIONSHIPS = ("parent", "guardian", "partner", "child", "other")
NOT_BOTH = "email_and_none"
_SCHEMA = BookAppointmentSchema()


def typed(sent: Mapping[str, str]) -> Typed:
    return {name: sent.get(name, "").strip()[:longest] for name, longest in LONGEST.items()}


def contact_of(typed: Typed) -> Typed:
    """What one person who books for several does not type twice: nothing about the patient. Who
    booked for themselves is the booker of the next visit."""
    own_name = f"{typed['given_name']} {typed['family_name']}".strip()
    kept = {name: text for name, text in typed.items() if name in ABOUT_CONTACT}
    kept["booker_name"] = (kept["booker_name"] or own_name)[: LONGEST["booker_name"]]
    return {**dict.fromkeys(LONGEST, ""), "support": "none", **kept}


def read(typed: Typed, for_whom: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The part of a request that is about people, and the faults: field to name of the sentence,
    in the order of the page."""
    try:
        body, wrong = _with_phone(_SCHEMA.load(_request(typed, for_whom))), {}
    except ma.ValidationError as error:
        body, wrong = {}, {name: name for name in _names(error)}
    if typed["no_email"] and typed["email"]:
        wrong["email"] = NOT_BOTH
    return body, {name: wrong[name] for name in LONGEST if name in wrong}


def _request(typed: Typed, for_whom: str) -> dict[str, Any]:
    kin = typed["booker_relationship"]
    booker = {
        "name": typed["booker_name"],
        "relationship": kin if kin in RELATIONSHIPS else "",
        "phone": typed["booker_phone"] or None,
    }
    has_no_email = typed["no_email"] and not typed["email"]
    contact = {
        "email": None if has_no_email else typed["email"],
        "phone": typed["phone"],
        "may_leave_message": {"yes": True, "no": False}.get(typed["may_leave_message"]),
    }
    return {
        "hold": "",  # a request names its time; this one's is in the draft
        "patient": {name: typed[name] for name in ("given_name", "family_name")},
        "booker": None if for_whom == "me" else booker,
        "contact": contact,
        "support": typed["support"],
    }


def _with_phone(body: dict[str, Any]) -> dict[str, Any]:
    """Who books for somebody is reached at the visit's number, unless they give their own."""
    if body["booker"]:
        body["booker"]["phone"] = body["booker"]["phone"] or body["contact"]["phone"]
    return body


def _names(error: ma.ValidationError) -> set[str]:
    """The faulty fields, by their names on the page."""
    faults: Any = error.messages
    booker = {f"booker_{name}" for name in faults.pop("booker", {})}
    return {*booker, *faults.pop("patient", {}), *faults.pop("contact", {}), *faults}
