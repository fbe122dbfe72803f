"""Tasks of the desk: what is asked for, what is answered, how one ends."""

import marshmallow as ma
from marshmallow import fields, validate

from .texts import OPTIONAL, Cursor, Text

KINDS = ("callback", "urgent", "not_reached", "no_email", "closure", "match")
STATES = ("open", "claimed", "resolved")


class TasksQuerySchema(ma.Schema):
    """Without a state: what is not done yet."""

    state = fields.String(validate=validate.OneOf(STATES))
    kind = fields.String(validate=validate.OneOf(KINDS))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    cursor = Cursor(below=2**53)  # microseconds


class ResolveTaskSchema(ma.Schema):
    """The outcome is a short word of the desk's own ("reached", "left a message")."""

    outcome = Text(24, load_default="done")
    note = Text(500, **OPTIONAL)


class TaskSchema(ma.Schema):
    id = fields.String()
    kind = fields.String(validate=validate.OneOf(KINDS))
    appointment = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    submission = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    state = fields.String(validate=validate.OneOf(STATES))
    claimed_by = fields.String(allow_none=True)
    claimed_by_name = fields.String(allow_none=True)
    claimed_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    age_minutes = fields.Integer(attribute="age")
    is_overdue = fields.Boolean()
    outcome = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    resolved_at = fields.AwareDateTime(allow_none=True)
    patient = fields.String(allow_none=True)
    other_patient = fields.String(allow_none=True)
    closure = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    urgency = fields.String(allow_none=True)
    message = fields.String(allow_none=True)


class TasksSchema(ma.Schema):
    items = fields.List(fields.Nested(TaskSchema))
    next = fields.String(allow_none=True)
