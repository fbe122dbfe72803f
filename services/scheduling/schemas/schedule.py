"""Weekly hours, dated exceptions, blocks and holidays, as staff see and change them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ..domain.catalog import WEEKDAYS
from .lists import THINKABLE
from .texts import OPTIONAL, Day, Text, Tick

WALL = validate.Regexp(r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", error="Enter a time like 08:00.")
PAIR = validate.Length(equal=2)


def _spans(**options: Any) -> fields.List:
    wall = fields.String(validate=WALL)
    return fields.List(
        fields.List(wall, validate=PAIR), validate=validate.Length(max=12), **options
    )


def _by_weekday(values: fields.Field, **options: Any) -> fields.Dict:
    named = fields.String(validate=validate.OneOf(WEEKDAYS))
    return fields.Dict(keys=named, values=values, **options)


class _ChangeSchema(ma.Schema):
    """`preview`: only tell how many booked visits would no longer fit."""

    preview = Tick()


class HoursInputSchema(_ChangeSchema):
    hours = _by_weekday(_spans(), required=True)
    urgent = _by_weekday(fields.List(fields.String(validate=WALL)), **OPTIONAL)


class CalendarDayInputSchema(_ChangeSchema):
    """Without a practitioner: a special opening of the clinic."""

    practitioner = fields.String(**OPTIONAL)
    day = Day(required=True, validate=THINKABLE)
    spans = _spans(required=True)
    reason = Text(200, required=True)


class BlockInputSchema(_ChangeSchema):
    """Without a practitioner: everybody's time."""

    practitioner = fields.String(**OPTIONAL)
    starts = fields.AwareDateTime(required=True)
    ends = fields.AwareDateTime(required=True)
    reason = Text(200, required=True)


class ChangedSchema(ma.Schema):
    """`id` is null where nothing was saved. The visits that were hit stay booked."""

    id = fields.String(allow_none=True)
    visits_hit = fields.Integer()


class DaysQuerySchema(ma.Schema):
    first = Day(data_key="from", validate=THINKABLE)
    last = Day(data_key="to", validate=THINKABLE)

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise ma.ValidationError("`to` is before `from`.", "to")


class HolidayQuerySchema(DaysQuerySchema):
    @ma.validates_schema
    def _not_too_many(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and (data["last"] - data["first"]).days > 3660:
            raise ma.ValidationError("At most ten years at a time.", "to")


class HolidaySchema(ma.Schema):
    day = fields.Date()
    name = fields.String()


class HolidaysSchema(ma.Schema):
    items = fields.List(fields.Nested(HolidaySchema))


class WeekSchema(ma.Schema):
    practitioner = fields.String()
    hours = fields.Dict()
    urgent = fields.Dict()


class CalendarDaySchema(ma.Schema):
    id = fields.String()
    practitioner = fields.String(attribute="practitioner_id", allow_none=True)
    day = fields.Date()
    spans = fields.List(fields.List(fields.String()))
    reason = fields.String()


class BlockSchema(ma.Schema):
    id = fields.String()
    practitioner = fields.String(attribute="practitioner_id", allow_none=True)
    kind = fields.String()
    starts = fields.AwareDateTime(attribute="start")
    ends = fields.AwareDateTime(attribute="end")
    reason = fields.String()


class ScheduleSchema(ma.Schema):
    weeks = fields.List(fields.Nested(WeekSchema))
    days = fields.List(fields.Nested(CalendarDaySchema))
    blocks = fields.List(fields.Nested(BlockSchema))
