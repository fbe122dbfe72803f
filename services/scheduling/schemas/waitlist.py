"""Waiting for an earlier time: who joins and with which wishes, who waits, what was offered."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ..domain.catalog import WEEKDAYS
from ..domain.waitlist import PARTS
from .appointments import LANGUAGES, ConsentsSchema, ContactSchema, PatientSchema
from .texts import OPTIONAL, Day


class WishedDay(fields.String):
    """A local date, or the name of a weekday."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs).lower()
        if text not in WEEKDAYS:
            Day().deserialize(text)
        return text


class JoinWaitlistSchema(ma.Schema):
    """With a handoff (patients), or for a visit that exists (staff)."""

    handoff = fields.String()
    appointment = fields.String()
    practitioner = fields.String(**OPTIONAL)
    days = fields.List(WishedDay(), load_default=list, validate=validate.Length(max=62))
    part_of_day = fields.String(load_default="any", validate=validate.OneOf(PARTS))
    patient = fields.Nested(PatientSchema, **OPTIONAL)
    contact = fields.Nested(ContactSchema, **OPTIONAL)
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    consents = fields.Nested(ConsentsSchema, load_default=dict)

    @ma.pre_load
    def _without_empty(self, data: Any, **_: Any) -> Any:
        """`"handoff": null` means what leaving it out means; so does the practitioner "any"."""
        if not isinstance(data, dict):
            return data
        names = ("handoff", "appointment")
        kept = {key: one for key, one in data.items() if key not in names or one is not None}
        return kept | ({"practitioner": None} if kept.get("practitioner") == "any" else {})

    @ma.validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if len(data.keys() & {"handoff", "appointment"}) != 1:
            raise ma.ValidationError("Send a handoff or an appointment.")
        if "handoff" in data:
            for name in ("patient", "contact"):
                if data[name] is None:
                    raise ma.ValidationError("Missing data for required field.", name)


class WaitlistQuerySchema(ma.Schema):
    """With a time: only those whom it suits, best match first."""

    practitioner = fields.String()
    start = fields.String()

    @ma.validates_schema
    def _both(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) == 1:
            raise ma.ValidationError("Send a practitioner and a start, or neither.")


class OfferInputSchema(ma.Schema):
    start = fields.String(required=True)
    practitioner = fields.String(required=True)


class OfferSchema(ma.Schema):
    id = fields.String()
    entry = fields.String(attribute="entry_id")
    practitioner = fields.String(attribute="practitioner_id")
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    channel = fields.String()
    offered_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    outcome = fields.String(allow_none=True)
    resolved_at = fields.AwareDateTime(allow_none=True)


class JoinedSchema(ma.Schema):
    """What whoever joined gets to know."""

    id = fields.String()
    state = fields.String()
    practitioner = fields.String(allow_none=True)
    days = fields.List(fields.String())
    part_of_day = fields.String()
    created_at = fields.AwareDateTime()
    appointment = fields.String(allow_none=True)


class WaitingSchema(JoinedSchema):
    """What staff see as well."""

    patient = fields.Dict()
    contact = fields.Dict()
    language = fields.String()
    visit_type = fields.String()
    urgency = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    current_start = fields.AwareDateTime(allow_none=True)
    offer = fields.Nested(OfferSchema, allow_none=True)


class WaitlistSchema(ma.Schema):
    items = fields.List(fields.Nested(WaitingSchema))
    next = fields.String(allow_none=True)
