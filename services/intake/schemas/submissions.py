"""The answers to the short questions, what was judged from them, and the catalog."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ..domain.answers import FOR_WHOM, LONGEST_ONSET, SEEN, VISIT_REASONS, Answers
from ..domain.catalog import Items
from ..domain.knowledge import knowledge
from ..domain.rules import Urgency

LANGUAGES = ("en", "es")
_CATALOG = knowledge().catalog


class Day(fields.Date):
    """`2027-03-02` and nothing else; Python alone would also read `20270302` and `2027-W09-2`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, *args, **kwargs)


def _choice(*codes: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(codes), **options)


def _codes(items: Items, **options: Any) -> fields.List:
    return fields.List(_choice(*items), validate=validate.Length(max=200), **options)


def _score() -> fields.Integer:
    return fields.Integer(
        strict=True, required=True, allow_none=True, validate=validate.Range(0, 10)
    )


class PainSchema(ma.Schema):
    worst = _score()
    now = _score()


class SubmitSchema(ma.Schema):
    """The answers to the short questions. `null` pain or start: the patient cannot say."""

    for_whom = _choice(*FOR_WHOM, required=True)
    date_of_birth = Day(required=True)
    seen_in_last_3_years = _choice(*SEEN, required=True)
    visit_reason = _choice(*VISIT_REASONS, allow_none=True, load_default=None)
    surgery_date = Day(allow_none=True, load_default=None)
    region = _choice(*_CATALOG.regions, required=True)
    side = _choice("left", "right", "both", "middle", "na", required=True)
    onset_days = fields.Integer(
        strict=True, required=True, allow_none=True, validate=validate.Range(0, LONGEST_ONSET)
    )
    mechanism = _choice(*_CATALOG.mechanisms, required=True)
    symptoms = _codes(_CATALOG.symptoms, required=True)
    unsure = _codes(_CATALOG.symptoms, load_default=list)
    flags = _codes(_CATALOG.flags, load_default=list)
    pain = fields.Nested(PainSchema, required=True)
    language = _choice(*LANGUAGES, load_default="en")

    @ma.post_load
    def _answers(self, data: dict[str, Any], **_: Any) -> Answers:
        pain = data.pop("pain")
        for name in ("symptoms", "unsure", "flags"):
            data[name] = tuple(sorted(set(data[name])))
        return Answers(pain_worst=pain["worst"], pain_now=pain["now"], **data)


class AdviceSchema(ma.Schema):
    headline = fields.String()
    body = fields.List(fields.String())
    phone = fields.String()


class BandSchema(ma.Schema):
    band = _choice("none", "mild", "moderate", "severe", "unknown")


class RecommendationSchema(ma.Schema):
    visit_type = fields.String()
    minutes = fields.Integer()
    specialty = _choice("spine", "sports", "joint_replacement", "foot_ankle", "general")
    latest_day = fields.String(allow_none=True, metadata={"format": "date"})


class JudgedSchema(ma.Schema):
    id = fields.String(required=True)
    urgency = _choice(*Urgency, required=True, allow_none=True)
    online_booking = _choice("stop", "limited", "open")
    advice = fields.Nested(AdviceSchema)
    pain = fields.Nested(BandSchema)
    recommendation = fields.Nested(RecommendationSchema)


class SubmittedSchema(JudgedSchema):
    """What the patient is told: no rule, no disease. `handoff` is null when booking stops;
    `callback` is the token for asking to be called, after SAME_DAY only."""

    handoff = fields.String(required=True, allow_none=True)
    callback = fields.String(required=True, allow_none=True)


class FiredRuleSchema(ma.Schema):
    id = fields.String()
    level = _choice(*Urgency)
    reason = fields.String()


class LevelChangeSchema(ma.Schema):
    at = fields.String(metadata={"format": "date-time"})
    role = fields.String()
    before = _choice(*Urgency, allow_none=True)
    after = _choice(*Urgency)
    reason = fields.String(allow_none=True)


class SubmissionSchema(JudgedSchema):
    """The front desk and admins get id, urgency and status only; the rest is for clinicians.
    `urgency` is the level that now holds, `judged_urgency` what the rules gave."""

    status = fields.String(required=True)
    judged_urgency = _choice(*Urgency, allow_none=True)
    level_changes = fields.List(fields.Nested(LevelChangeSchema))
    created_at = fields.String(metadata={"format": "date-time"})
    rules = fields.List(fields.Nested(FiredRuleSchema))
    rules_version = fields.String(allow_none=True)
    inputs = fields.Dict(keys=fields.String(), allow_none=True)
    details = fields.Dict(keys=fields.String(), values=fields.Dict())
    details_status = fields.String()
    peg_score = fields.Float(allow_none=True)


class LanguageSchema(ma.Schema):
    language = _choice(*LANGUAGES, load_default="en")


class WordSchema(ma.Schema):
    """One code with its wording; regions have sides, symptoms and flags the regions they fit."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    sides = fields.List(fields.String())
    ask_for = fields.List(fields.String())
    group = fields.String()
    emergency_sign = fields.Boolean()


class CatalogSchema(ma.Schema):
    version = fields.String()
    rules_version = fields.String()
    regions = fields.List(fields.Nested(WordSchema))
    symptoms = fields.List(fields.Nested(WordSchema))
    history_flags = fields.List(fields.Nested(WordSchema))
    mechanisms = fields.List(fields.Nested(WordSchema))
