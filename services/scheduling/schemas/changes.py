"""What staff send to change a visit, and its history."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from .texts import OPTIONAL, Text, Tick


class Notify(fields.Boolean):
    """true (the patient is told) or false; in Python 1 would count as true as well."""

    def __init__(self) -> None:
        super().__init__(load_default=True)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class StepSchema(ma.Schema):
    notify = Notify()


class RoomSchema(StepSchema):
    room = Text(40, **OPTIONAL)


class ReasonSchema(StepSchema):
    reason = Text(200, **OPTIONAL)


class CancelSchema(ReasonSchema):
    by = fields.String(
        load_default="other", validate=validate.OneOf(("patient", "clinic", "other"))
    )


class MoveSchema(ReasonSchema):
    """Without a practitioner: the same one."""

    start = fields.String(required=True)
    practitioner = fields.String(**OPTIONAL)
    overbook_reason = Text(200, **OPTIONAL)
    override = Tick()


class StateSchema(ma.Schema):
    """How the visit stood before a change."""

    status = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    practitioner = fields.String()
    room = fields.String(allow_none=True)


class ChangeSchema(ma.Schema):
    version = fields.Integer()
    at = fields.AwareDateTime()
    actor = fields.String()
    action = fields.String()
    before = fields.Nested(StateSchema, allow_none=True)
    undo_until = fields.AwareDateTime(allow_none=True)


class HistorySchema(ma.Schema):
    items = fields.List(fields.Nested(ChangeSchema))
