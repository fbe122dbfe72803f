"""The long questions after booking: ten sections of fields, read from data/details.json, and how
far somebody is with them. Scores and trends are in peg.py, exercise in movement.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from .errors import DataError
from .knowledge import FOLDER, read_data

KINDS = (
    "score", "scores", "one", "many", "text", "number", "date", "rows", "consent",
)  # fmt: skip
NOT_STARTED, IN_PROGRESS, COMPLETED = "not_started", "in_progress", "done"
SECTION_STATES = (NOT_STARTED, IN_PROGRESS, COMPLETED)

Words = Mapping[str, Any]  # language -> text (or texts)
Document = Mapping[str, Any]  # field -> answer; a score of None: "I can't say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field. Which of the attributes count depends on the kind."""

    name: str
    kind: str
    label: Words
    required: bool = False
    from_age: int = 0
    hint: Words = field(default_factory=dict)
    error: Words = field(default_factory=dict)
    brief: str = ""  # how the staff's page calls it; else by its label
    options: tuple[Mapping[str, Any], ...] = ()
    alone: str = ""  # the option that excludes all others
    most: int = 50
    low: int = 0
    high: int = 10
    longest: int = 0
    ends: Words = field(default_factory=dict)
    skip: Words = field(default_factory=dict)
    row: Words = field(default_factory=dict)
    items: tuple["Question", ...] = ()  # the scores of "scores"
    columns: tuple["Question", ...] = ()  # of each of the "rows"
    loinc: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(str(option["code"]) for option in self.options)

    def is_asked_at(self, age: int | None) -> bool:
        """Where nobody knows the age, everything is asked."""
        return age is None or age >= self.from_age

    def is_answered_in(self, document: Document) -> bool:
        answer = document.get(self.name)
        if self.kind == "score":
            return self.name in document
        if self.kind == "scores":
            return bool(answer) and all(item.name in document[self.name] for item in self.items)
        return answer not in (None, "", [], False)


@dataclass(frozen=True, slots=True)
class Section:
    code: str
    required: bool
    brief: str  # its title on the staff's page
    title: Words
    lead: Words
    questions: tuple[Question, ...]

    def asked_at(self, age: int | None) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if one.is_asked_at(age))

    def missing(self, document: Document, *, age: int | None) -> tuple[Question, ...]:
        asked = (one for one in self.asked_at(age) if one.required)
        return tuple(one for one in asked if not one.is_answered_in(document))

    def state(self, document: Document | None, *, age: int | None) -> str:
        if document is None:
            return NOT_STARTED
        return IN_PROGRESS if self.missing(document, age=age) else COMPLETED

    def question(self, name: str) -> Question:
        return next(one for one in self.questions if one.name == name)


@dataclass(frozen=True, slots=True)
class Details:
    version: str
    consents_version: str
    sections: Mapping[str, Section]
    wording: Mapping[str, Words]

    def states(self, documents: Mapping[str, Document], *, age: int | None) -> dict[str, str]:
        return {
            code: section.state(documents.get(code), age=age)
            for code, section in self.sections.items()
        }

    def is_complete(self, documents: Mapping[str, Document], *, age: int | None) -> bool:
        """Every section that nobody may skip is answered."""
        states = self.states(documents, age=age)
        needed = (code for code, section in self.sections.items() if section.required)
        return all(states[code] == COMPLETED for code in needed)


@cache
def details(folder: Path = FOLDER) -> Details:
    data = read_data(folder / "details.json")
    try:
        return parse_details(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"details.json: not of the shape that is read here: {error!r}") from error


def parse_details(data: Mapping[str, Any]) -> Details:
    sections = {}
    for one in data["sections"]:
        questions = tuple(_question(raw, data["options"]) for raw in one["fields"])
        sections[one["code"]] = Section(
            one["code"],
            one["required"],
            one["brief"],
            one["title"],
            one.get("lead", {}),
            questions,
        )
    wording = data["words"]
    return Details(data["version"], data["consents_version"], sections, wording)


def _question(raw: Mapping[str, Any], lists: Mapping[str, Any]) -> Question:
    if raw.get("kind", "score") not in KINDS:
        raise DataError(f"details, {raw.get('name')}: no such kind as {raw.get('kind')!r}")
    known = dict(raw)
    options = known.pop("options", ())
    known["options"] = tuple(lists[options] if isinstance(options, str) else options)
    for part in ("items", "columns"):
        known[part] = tuple(_question(one, lists) for one in raw.get(part, ()))
    return Question(**{"kind": "score", **known})
