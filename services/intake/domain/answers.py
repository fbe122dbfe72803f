"""One patient's answers to the short questions, and the checks that need more than one of them.
Shapes and ranges of single fields are the schema's; urgency is the rules'."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from .catalog import Catalog
from .conditions import Facts
from .days import age_on

OLDEST = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    for_whom: str
    date_of_birth: date
    seen_in_last_3_years: str
    visit_reason: str | None
    surgery_date: date | None
    region: str
    side: str
    onset_days: int | None
    mechanism: str
    symptoms: tuple[str, ...]
    unsure: tuple[str, ...]
    flags: tuple[str, ...]
    pain_worst: int | None
    pain_now: int | None
    language: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one field, as a sentence that says what to do."""

    field: str
    sentence: str


def findings(answers: Answers, catalog: Catalog, *, today: date) -> Iterator[Finding]:
    born, surgery = answers.date_of_birth, answers.surgery_date
    if born > today:
        yield Finding("date_of_birth", "Enter a birth date that is in the past.")
    elif age_on(today, born=born) > OLDEST:
        yield Finding("date_of_birth", f"The age must be 0 to {OLDEST} years.")
    if answers.seen_in_last_3_years == "yes" and answers.visit_reason is None:
        yield Finding("visit_reason", "Needed when the patient has been seen before.")
    if answers.visit_reason == "after_surgery" and surgery is None:
        yield Finding("surgery_date", "Needed for a visit after surgery.")
    if surgery is not None and not born <= surgery <= today:
        yield Finding("surgery_date", "Must lie between the birth date and today.")
    if answers.side not in catalog.sides(answers.region):
        sides = ", ".join(catalog.sides(answers.region))
        yield Finding("side", f"Must be one of these for this region: {sides}.")


def facts_of(answers: Answers, *, today: date) -> Facts:
    surgery = answers.surgery_date
    return Facts(
        region=answers.region,
        mechanism=answers.mechanism,
        age=age_on(today, born=answers.date_of_birth),
        onset_days=answers.onset_days,
        nrs_worst=answers.pain_worst,
        nrs_now=answers.pain_now,
        postop_days=(today - surgery).days if surgery else None,
        symptoms=frozenset(answers.symptoms),
        unsure=frozenset(answers.unsure),
        flags=frozenset(answers.flags),
    )


def inputs_to_keep(answers: Answers, facts: Facts) -> dict[str, Any]:
    """What is stored of the answers: an age and a count of days instead of dates, because a birth
    or surgery date would help to find out who somebody is."""
    return {
        "for_whom": answers.for_whom,
        "age": facts.age,
        "seen_in_last_3_years": answers.seen_in_last_3_years,
        "visit_reason": answers.visit_reason or "new_problem",
        "postop_days": facts.postop_days,
        "region": answers.region,
        "side": answers.side,
        "onset_days": answers.onset_days,
        "mechanism": answers.mechanism,
        "symptoms": list(answers.symptoms),
        "unsure": list(answers.unsure),
        "flags": list(answers.flags),
        "pain": {"worst": answers.pain_worst, "now": answers.pain_now},
        "language": answers.language,
    }
