"""What lists are asked with: days, a practitioner, a limit, a cursor."""

from datetime import date, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ..models import OCCUPYING
from .texts import Cursor, Day, Text

STATUSES = (*OCCUPYING, "cancelled", "noshow", "entered-in-error", "waitlist")
LONGEST_LIST = timedelta(days=62)
THINKABLE = validate.Range(date(1900, 1, 1), date(2199, 12, 31))


class _Query(ma.Schema):
    practitioner = fields.String()

    @ma.pre_load
    def _without_empty(self, data: Any, **_: Any) -> dict[str, Any]:
        """`status=` and `practitioner=any` mean what leaving them out means."""
        nothing = ("practitioner", "any")
        return {name: text for name, text in data.items() if text and (name, text) != nothing}


class _Days(_Query):
    first = Day(data_key="from", validate=THINKABLE)
    last = Day(data_key="to", validate=THINKABLE)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    cursor = Cursor()

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise ma.ValidationError("`to` is before `from`.", "to")


class SlotsQuerySchema(_Days):
    visit_type = fields.String(required=True)

    @ma.validates_schema
    def _not_too_many(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and data["last"] - data["first"] >= LONGEST_LIST:
            raise ma.ValidationError("At most 62 days at a time.", "to")


class AppointmentsQuerySchema(_Days):
    status = fields.String(validate=validate.OneOf(STATUSES))
    q = Text(120, metadata={"description": "A reference, name, birth date or phone number"})


class ExplainQuerySchema(_Query):
    visit_type = fields.String()
    minutes = fields.Integer()
    start = fields.String(required=True)
    channel = fields.String(load_default="patient", validate=validate.OneOf(("patient", "staff")))

    @ma.validates_schema
    def _one_length(self, data: dict[str, Any], **_: Any) -> None:
        if ("visit_type" in data) == ("minutes" in data):
            raise ma.ValidationError("Send a visit type or minutes.", "visit_type")
