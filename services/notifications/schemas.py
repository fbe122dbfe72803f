"""Shapes of the JSON that programs see."""

from marshmallow import Schema, fields, validate

from .domain.content import KINDS
from .domain.states import State


class MessageQuerySchema(Schema):
    appointment = fields.String(validate=validate.Length(min=1, max=36))
    state = fields.String(validate=validate.OneOf(list(State)))
    kind = fields.String(validate=validate.OneOf(KINDS))
    cursor = fields.String(validate=validate.Length(max=200))
    limit = fields.Integer(validate=validate.Range(1, 500), load_default=100)


class MessageSchema(Schema):
    """Neither the address nor a word of the mail: those are for the staff page."""

    id = fields.String(required=True)
    appointment = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "null: the message is about no visit"},
    )
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    ambiguous_at = fields.AwareDateTime(required=True, allow_none=True)
    language = fields.String(required=True)


class MessagePageSchema(Schema):
    items = fields.List(fields.Nested(MessageSchema), required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Send it back as `cursor`."}
    )
