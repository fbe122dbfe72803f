"""The long questions as JSON, made from data/details.json: a schema per section. What is left out
stays as it was; null takes an answer back, or says "I can't say" where the page offers that."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ..domain.details import IN_PROGRESS, SECTION_STATES, Question, Section, details
from .contact import Text
from .submissions import LANGUAGES, Day

STATUSES = ("not_started", IN_PROGRESS, "completed")
_KNOWN = details()


class DayText(Day):
    """A day that is kept as it was sent."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, *args, **kwargs).isoformat()


class Tick(fields.Boolean):
    """true or false; in Python 1 would count as true as well."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def _number(question: Question, options: dict[str, Any]) -> fields.Field:
    limits = validate.Range(question.low, question.high)
    return fields.Integer(strict=True, validate=limits, **options)


def _one(question: Question, options: dict[str, Any]) -> fields.Field:
    return fields.String(validate=validate.OneOf(question.codes), **options)


def _many(question: Question, options: dict[str, Any]) -> fields.Field:
    def fits(codes: list[str]) -> None:
        if len(set(codes)) != len(codes):
            raise ma.ValidationError("Each only once.")
        if question.alone in codes and len(codes) > 1:
            raise ma.ValidationError(f"Send {question.alone!r} alone, or the others.")

    inner = fields.String(validate=validate.OneOf(question.codes))
    return fields.List(inner, validate=(validate.Length(max=question.most), fits), **options)


def _rows(question: Question, options: dict[str, Any]) -> fields.Field:
    row = fields.Nested(_schema(f"{question.name}_row", question.columns, is_row=True))
    return fields.List(row, validate=validate.Length(max=question.most), **options)


def _scores(question: Question, options: dict[str, Any]) -> fields.Field:
    del options["allow_none"]
    return fields.Nested(_schema(question.name, question.items), **options)


FIELDS = {
    "score": _number,
    "scores": _scores,
    "one": _one,
    "many": _many,
    "text": lambda question, options: Text(question.longest, **options),
    "number": _number,
    "date": lambda _, options: DayText(**options),
    "rows": _rows,
    "consent": lambda _, options: Tick(**options),
}


def _field(question: Question, *, is_row: bool) -> fields.Field:
    is_needed = is_row and question.required
    code = f" (LOINC {question.loinc})" if question.loinc else ""
    options: dict[str, Any] = {
        "required": is_needed,
        "allow_none": not is_needed,
        "metadata": {"description": str(question.label["en"]) + code},
    }
    return FIELDS[question.kind](question, options)


def _schema(name: str, questions: tuple[Question, ...], *, is_row: bool = False) -> type[ma.Schema]:
    made = {question.name: _field(question, is_row=is_row) for question in questions}
    title = "".join(word.title() for word in name.split("_"))
    return ma.Schema.from_dict(made, name=f"Details{title}Schema")


def _of_section(section: Section) -> type[ma.Schema]:
    """PEG stands beside the sections, as the contract says."""
    return _schema(section.code, tuple(one for one in section.questions if one.kind != "scores"))


SECTION_SCHEMAS = {code: _schema(code, one.questions) for code, one in _KNOWN.sections.items()}
_PEG = _KNOWN.sections["daily_life"].question("peg")


_VERSIONS = ma.Schema.from_dict(
    {
        code: fields.Integer(strict=True, validate=validate.Range(0, 1_000_000))
        for code in _KNOWN.sections
    },
    name="DetailsVersionsSchema",
)


class DetailsBaseSchema(ma.Schema):
    """`visit_statement`: what the visit page of a mail link gives after the birth date matched.
    `versions`: what was seen of each section before; another one now is refused."""

    visit_statement = fields.String(load_default=None, validate=validate.Length(1, 2000))
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    versions = fields.Nested(_VERSIONS, load_default=dict)
    peg = fields.Nested(_schema("peg", _PEG.items))


SaveDetailsSchema = DetailsBaseSchema.from_dict(
    {code: fields.Nested(_of_section(one)) for code, one in _KNOWN.sections.items()},
    name="SaveDetailsSchema",
)


class DetailsSavedSchema(ma.Schema):
    """`peg_score` is a reading of answers: the front desk gets that of the PEG it just sent."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    sections = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.OneOf(SECTION_STATES))
    )
    versions = fields.Dict(keys=fields.String(), values=fields.Integer())
    peg_score = fields.Float(allow_none=True)
