"""Reading the forms of booking: what was typed, what is wrong with it, and what it means."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from ..operations import PatientName
from ..schemas import SUPPORTS, Email, Phone, Text
from .words import RELATIONSHIPS

Typed = dict[str, str]

# The longest that is kept of each answer: the draft must fit into a cookie.
FIELDS = {
    "for_whom": 20,
    "given_name": 60,
    "family_name": 60,
    "booker_name": 60,
    "booker_relationship": 20,
    "phone": 40,
    "may_leave_message": 3,
    "email": 254,
    "no_email": 3,
    "support": 20,
}
EMPTY: Typed = dict.fromkeys(FIELDS, "") | {"support": "none"}
FOR_WHOM = {"me": "Me", "my_child": "My child", "someone_i_help": "Someone I help"}
EMAIL = "Enter an email like name@example.com, or tick I do not have email"
CONSENTS = ("privacy_notice", "email_ok", "earlier_time")


def typed(sent: Mapping[str, str]) -> Typed:
    return {name: sent.get(name, "").strip()[:longest] for name, longest in FIELDS.items()}


def errors(typed: Typed, *, for_whom: str) -> dict[str, str]:
    """Field to sentence, in the order of the page."""
    found = {"for_whom": "" if for_whom in FOR_WHOM else "Choose who this visit is for"}
    found["given_name"] = _fault(typed, "given_name", Text(60), "Enter the first name")
    found["family_name"] = _fault(typed, "family_name", Text(60), "Enter the last name")
    if for_whom in FOR_WHOM and for_whom != "me":
        found["booker_name"] = _fault(typed, "booker_name", Text(60), "Enter your own name")
        if typed["booker_relationship"] not in RELATIONSHIPS:
            found["booker_relationship"] = "Choose how you know the patient"
    found["phone"] = _fault(
        typed, "phone", Phone(), "Enter a phone number with 10 digits, like 503 555 0123"
    )
    if typed["may_leave_message"] not in {"yes", "no"}:
        found["may_leave_message"] = "Choose if we may leave a message"
    if typed["no_email"] and typed["email"]:
        found["email"] = "Enter an email, or tick I do not have email, but not both"
    elif not typed["no_email"]:
        found["email"] = _fault(typed, "email", Email(), EMAIL)
    if typed["support"] not in SUPPORTS:
        found["support"] = "Choose one"
    return {name: sentence for name, sentence in found.items() if sentence}


def person(typed: Typed, *, for_whom: str) -> dict[str, Any]:
    """The part of a booking that faultless answers fill."""
    email = Email().deserialize(typed["email"]) if typed["email"] else None
    booker = {
        "name": Text(60).deserialize(typed["booker_name"] or "-"),
        "relationship": typed["booker_relationship"],
        "phone": None,
    }
    return {
        "name": PatientName(
            given=Text(60).deserialize(typed["given_name"]),
            family=Text(60).deserialize(typed["family_name"]),
        ),
        "contact": {
            "email": email,
            "phone": Phone().deserialize(typed["phone"]),
            "may_leave_message": typed["may_leave_message"] == "yes",
        },
        "booker": None if for_whom == "me" else booker,
        "support": typed["support"],
    }


def consents(sent: Mapping[str, str]) -> dict[str, bool]:
    return {name: sent.get(name) == "yes" for name in CONSENTS}


def consent_errors(given: dict[str, bool], typed: Typed) -> dict[str, str]:
    found = {}
    if not given["privacy_notice"]:
        found["privacy_notice"] = "Tick that you have read how we use your information"
    if typed["email"] and not given["email_ok"]:
        found["email_ok"] = "Tick that we may email you, or change your email to none"
    return found


def _fault(typed: Typed, name: str, field: ma.fields.Field, sentence: str) -> str:
    try:
        field.deserialize(typed[name])
    except ma.ValidationError:
        return sentence
    return ""
