"""Closing time: what is asked for, whom it hits, and how far they have been helped."""

import marshmallow as ma
from marshmallow import fields

from .calendar import PractitionerSchema
from .texts import OPTIONAL, Text


class ClosureInputSchema(ma.Schema):
    """Without a practitioner: the whole clinic."""

    practitioner = fields.String(**OPTIONAL)
    starts = fields.String(required=True)
    ends = fields.String(required=True)
    reason = Text(200, required=True)


class AlternativeSchema(ma.Schema):
    hold = fields.String(attribute="id")
    practitioner = fields.String(attribute="practitioner_id")
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class HitSchema(ma.Schema):
    appointment = fields.String()
    reference = fields.String()
    patient = fields.Dict()
    contact = fields.Dict()
    practitioner = fields.Nested(PractitionerSchema)
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()


class CaseSchema(HitSchema):
    state = fields.String()
    alternatives = fields.List(fields.Nested(AlternativeSchema))


class ClosurePreviewSchema(ma.Schema):
    affected = fields.Integer()
    with_email = fields.Integer()
    to_phone = fields.Integer()
    items = fields.List(fields.Nested(HitSchema))


class ClosureSchema(ma.Schema):
    """`done` of `affected` patients have been helped."""

    id = fields.String()
    practitioner = fields.String(allow_none=True)
    starts = fields.AwareDateTime()
    ends = fields.AwareDateTime()
    reason = fields.String()
    affected = fields.Integer()
    with_email = fields.Integer()
    to_phone = fields.Integer()
    done = fields.Integer()
    items = fields.List(fields.Nested(CaseSchema))


class ChooseAlternativeSchema(ma.Schema):
    hold = fields.String(required=True)
