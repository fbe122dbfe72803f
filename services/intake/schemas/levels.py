"""A level that staff choose, and what then holds."""

import marshmallow as ma
from marshmallow import fields, validate

from ..domain.rules import Urgency
from .contact import Text

LONGEST_REASON = 500


class LevelSchema(ma.Schema):
    """A less urgent level needs a clinician and a reason. `seen`: the level that was looked at."""

    level = fields.String(required=True, validate=validate.OneOf(tuple(Urgency)))
    reason = Text(LONGEST_REASON, load_default=None, allow_none=True)
    seen = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(tuple(Urgency))
    )


class LevelSetSchema(ma.Schema):
    id = fields.String(required=True)
    urgency = fields.String(required=True)
    status = fields.String(required=True)
