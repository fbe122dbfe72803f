"""Booking a visit, and visits as those who booked and staff see them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from .calendar import PractitionerSchema
from .texts import OPTIONAL, Day, Email, Phone, Text, Tick

LANGUAGES = ("en", "es")
SUPPORTS = ("none", "spanish", "other_language", "sign_language", "hearing", "vision", "other")


class PatientSchema(ma.Schema):
    given_name = Text(60, required=True)
    family_name = Text(60, required=True)
    date_of_birth = Day(**OPTIONAL)


class BookerSchema(ma.Schema):
    """Who booked for the patient; or the guardian, who may be somebody else."""

    name = Text(120, required=True)
    relationship = Text(40, required=True)
    phone = Phone(**OPTIONAL)


class ContactSchema(ma.Schema):
    email = Email(**OPTIONAL)
    phone = Phone(required=True)
    may_leave_message = Tick()


class ConsentsSchema(ma.Schema):
    privacy_notice = Tick()
    email_ok = Tick()
    earlier_time = Tick()


class BookAppointmentSchema(ma.Schema):
    """By slot, by hold, or (staff) by practitioner, visit type and start."""

    slot = fields.String()
    hold = fields.String()
    practitioner = fields.String()
    visit_type = fields.String()
    start = fields.String()
    handoff = fields.String(**OPTIONAL)
    patient = fields.Nested(PatientSchema, required=True)
    booker = fields.Nested(BookerSchema, **OPTIONAL)
    guardian = fields.Nested(BookerSchema, **OPTIONAL)
    contact = fields.Nested(ContactSchema, required=True)
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    support = fields.String(load_default="none", validate=validate.OneOf(SUPPORTS))
    consents = fields.Nested(ConsentsSchema, load_default=dict)
    overbook_reason = Text(200, **OPTIONAL)
    override = Tick(metadata={"description": "Take a time that the waitlist is being offered"})

    @ma.validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = data.keys() & {"slot", "hold", "practitioner", "visit_type", "start"}
        if given not in ({"slot"}, {"hold"}, {"practitioner", "visit_type", "start"}):
            raise ma.ValidationError("Send a slot or a hold.")


class BookedSchema(ma.Schema):
    """What the person who booked gets to know."""

    id = fields.String()
    reference = fields.String()
    status = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    practitioner = fields.Nested(PractitionerSchema)
    visit_type = fields.String()
    version = fields.Integer()
    manage_url = fields.String()


class AppointmentSchema(BookedSchema):
    """What staff see as well."""

    patient = fields.Dict()
    contact = fields.Dict()
    booker = fields.Dict(allow_none=True)
    guardian = fields.Dict(allow_none=True)
    urgency = fields.String(allow_none=True)
    safety_check = fields.String()
    booked_by = fields.String()
    language = fields.String()
    support = fields.String()
    submission = fields.String()
    room = fields.String(allow_none=True)
    attendance_confirmed_at = fields.AwareDateTime(allow_none=True)
    reminders_stopped_at = fields.AwareDateTime(allow_none=True)


class AppointmentsSchema(ma.Schema):
    items = fields.List(fields.Nested(AppointmentSchema))
    next = fields.String(allow_none=True)
