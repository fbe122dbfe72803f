"""The form of one section as JSON and back: the schema of the API checks what was typed, and each
fault is told beside its field in the page's language."""

from collections.abc import Iterator, Mapping
from typing import Any

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from shared.web.language import current_language

from .. import schemas
from ..domain.details import Question, Section, details
from .reading import whole

CANNOT_SAY = "skip"
LONGEST = 300  # characters of one answer that are looked at
Form = Mapping[str, Any]


def read_section(section: Section, form: "MultiDict[str, str]", age: int | None) -> dict[str, Any]:
    """What was typed, as the API would be sent it; nothing is checked here."""
    typed = (_typed(question, form) for question in section.asked_at(age))
    return {name: value for name, value in typed if value is not ...}


def faults_of(section: Section, sent: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers as they are kept, and field -> sentence."""
    try:
        return schemas.SECTION_SCHEMAS[section.code]().load(sent), {}
    except ma.ValidationError as error:
        faults: Any = error.messages
    places = (place for name, inner in faults.items() for place in _places(section, name, inner))
    return {}, dict(places)


def sentence(question: Question, code: str = "", **facts: Any) -> str:
    """The field's own, else the usual one for its kind."""
    language = current_language()
    errors = details().wording[language]["errors"]
    own = question.error.get(language) if code in ("", question.kind) else None
    usual = str(own or errors.get(code) or errors[question.kind])
    limits = {"low": question.low, "high": question.high, "most": question.most}
    return usual.format(longest=question.longest, **limits, **facts)


def _places(section: Section, name: str, inner: Any) -> Iterator[tuple[str, str]]:
    question = section.question(name)
    if question.kind == "scores":
        return iter([(f"{name}_{item}", sentence(question)) for item in inner])
    is_alone = question.alone and not isinstance(inner, dict)
    too_many = question.kind == "many" and question.most < len(question.codes)
    code = "alone" if is_alone else "most" if too_many else "rows_odd" if question.columns else ""
    return iter([(name, sentence(question, code))])


def _typed(question: Question, form: "MultiDict[str, str]") -> tuple[str, Any]:
    name = question.name
    text = form.get(name, "").strip()[:LONGEST]
    match question.kind:
        case "scores":
            items = (
                (item.name, _score(form.get(f"{name}_{item.name}"))) for item in question.items
            )
            answer: Any = {item: value for item, value in items if value is not ...} or ...
        case "score":
            answer = _score(text or None)
        case "one":
            answer = text or ...
        case "many":
            answer = list(dict.fromkeys(form.getlist(name)))
        case "number":
            answer = _number(text)
        case "date":
            answer = _day([form.get(f"{name}{part}", "").strip() for part in ("", "_day", "_year")])
        case "rows":
            answer = list(_rows(question, form))
        case "consent":
            answer = text == "yes"
        case _:
            answer = text or None
    return name, answer


def _scores(question: Question, form: "MultiDict[str, str]") -> dict[str, Any]:
    typed = {item.name: _score(form.get(f"{question.name}_{item.name}")) for item in question.items}
    return {item: value for item, value in typed.items() if value is not ...}


def _score(text: str | None) -> Any:
    if not text:
        return ...
    return None if text == CANNOT_SAY else _number(text)


def _number(text: str) -> Any:
    try:
        return whole(text) if text else None
    except ValueError:
        return text  # the schema says what is wrong with it


def _day(parts: list[str]) -> str | None:
    if not any(parts):
        return None
    month, day, year = (part.zfill(2) for part in parts)
    return f"{year}-{month}-{day}"[:LONGEST]


def _rows(question: Question, form: "MultiDict[str, str]") -> Iterator[dict[str, Any]]:
    """Lines in which nothing was typed are no lines."""
    for number in range(1, question.most + 1):
        cells = {
            column.name: form.get(f"{question.name}-{number}-{column.name}", "").strip()[:LONGEST]
            for column in question.columns
        }
        filled = {name: text for name, text in cells.items() if text}
        for column in question.columns:
            if column.kind == "number" and column.name in filled:
                filled |= {column.name: _number(cells[column.name])}
        if filled:
            yield filled
