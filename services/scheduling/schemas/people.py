"""Patients: searched, merged; and how one of their visits reaches them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from .appointments import LANGUAGES, AppointmentSchema
from .texts import Email, Phone, Text, Tick


class PatientsQuerySchema(ma.Schema):
    q = Text(
        120,
        required=True,
        metadata={"description": "The beginning of a name, a birth date, a phone's last 4 digits"},
    )
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class KnownPatientSchema(ma.Schema):
    id = fields.String()
    given_name = fields.String()
    family_name = fields.String()
    date_of_birth = fields.String()
    next_visit = fields.AwareDateTime(allow_none=True)
    visits = fields.Integer()


class PatientsSchema(ma.Schema):
    items = fields.List(fields.Nested(KnownPatientSchema))
    next = fields.String(allow_none=True)


class MergePreviewQuerySchema(ma.Schema):
    other = fields.String(required=True)


class MergeSchema(ma.Schema):
    other = fields.String(required=True)


class MergePreviewSchema(ma.Schema):
    """What would stay, what would go, and how the two differ."""

    patient = fields.Nested(KnownPatientSchema)
    other = fields.Nested(KnownPatientSchema)
    differences = fields.List(fields.String())
    moved_visits = fields.Integer()


class MergedSchema(ma.Schema):
    id = fields.String()
    patient = fields.String(attribute="survivor_id")
    merged = fields.String(attribute="merged_id")
    appointments = fields.List(fields.String())
    at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)


class ContactChangeSchema(ma.Schema):
    """Only what is sent changes; `email` null: a patient without e-mail."""

    email = Email(allow_none=True)
    phone = Phone()
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    may_leave_message = Tick(load_default=ma.missing)
    other_visits = Tick(metadata={"description": "Also correct the patient's other coming visits"})

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_: Any) -> None:
        if data.keys() == {"other_visits"}:
            raise ma.ValidationError("Send what is to be corrected.")


class ContactChangedSchema(AppointmentSchema):
    other_visits = fields.List(
        fields.String(),
        metadata={"description": "Coming visits of the patient that have another contact still"},
    )
