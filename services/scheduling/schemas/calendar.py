"""Visit types, practitioners, free times and holds, as the API shows them."""

import marshmallow as ma
from marshmallow import fields

from .texts import OPTIONAL


class HoldInputSchema(ma.Schema):
    slot = fields.String(required=True)
    handoff = fields.String(**OPTIONAL)


class VisitTypeSchema(ma.Schema):
    id = fields.String()
    name = fields.String()
    minutes = fields.Integer()
    online = fields.Boolean()


class PractitionerSchema(ma.Schema):
    id = fields.String()
    name = fields.String()


class ListedPractitionerSchema(PractitionerSchema):
    specialty = fields.String()
    visit_types = fields.List(fields.String())


class SlotSchema(ma.Schema):
    slot = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    practitioner = fields.Nested(PractitionerSchema)


class VisitTypesSchema(ma.Schema):
    items = fields.List(fields.Nested(VisitTypeSchema))


class PractitionersSchema(ma.Schema):
    items = fields.List(fields.Nested(ListedPractitionerSchema))


class SlotsSchema(ma.Schema):
    items = fields.List(fields.Nested(SlotSchema))
    next = fields.String(allow_none=True)
    first_available = fields.AwareDateTime(allow_none=True)


class ExplanationSchema(ma.Schema):
    bookable = fields.Boolean()
    reasons = fields.List(fields.String())
    local_start = fields.String(allow_none=True)


class HoldSchema(ma.Schema):
    hold = fields.String()
    expires_at = fields.AwareDateTime()
    extensions_left = fields.Integer()
