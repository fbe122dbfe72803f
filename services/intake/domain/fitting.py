"""What must fit together in the long questions: across fields, and with the short answers. Shapes
and ranges of single fields are the schema's."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .details import Details, Document

Fault = tuple[tuple[str, str], str]
LISTED = {"meds": "takes", "allergies": "has_allergies"}  # rows -> the question they belong to


def faults_in(
    known: Details,
    sections: Mapping[str, Document],
    *,
    inputs: Mapping[str, Any],
    age: int | None,
    today: date,
) -> dict[tuple[str, str], str]:
    """(section, field) -> code of the sentence."""
    found = dict(_pain(sections.get("pain", {}), inputs))
    found |= dict(_claim(sections.get("claim", {}), today))
    found |= dict(_lists(sections.get("medicines", {})))
    return found | dict(_age(known, sections, age))


def _pain(pain: Document, inputs: Mapping[str, Any]) -> Iterator[Fault]:
    worst, average = (inputs.get("pain") or {}).get("worst"), pain.get("nrs_avg")
    if worst is not None and average is not None and average > worst:
        yield ("pain", "nrs_avg"), "above_worst"


def _claim(claim: Document, today: date) -> Iterator[Fault]:
    day = claim.get("claim_date")
    if day and not date(1900, 1, 1) <= date.fromisoformat(day) <= today:
        yield ("claim", "claim_date"), "date"


def _lists(medicines: Document) -> Iterator[Fault]:
    """Who says "I will write them here" has to, and who says "none" writes none."""
    for rows, question in LISTED.items():
        answer, has_rows = medicines.get(question), bool(medicines.get(rows))
        if answer is not None and (answer == "listed") != has_rows and answer != "will_bring":
            yield ("medicines", rows), "rows"


def _age(known: Details, sections: Mapping[str, Document], age: int | None) -> Iterator[Fault]:
    for code, document in sections.items():
        for question in known.sections[code].questions:
            if question.name in document and not question.is_asked_at(age):
                yield (code, question.name), "not_asked"
