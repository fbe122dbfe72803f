"""One patient's answers to the short questions, and the checks that need more than one of them.
Shapes and ranges of single fields are the schema's; urgency is the rules'."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from .catalog import Catalog
from .conditions import Facts
from .days import age_on

OLDEST = 120
LONGEST_AFTER_SURGERY = 3650  # days
FOR_WHOM = ("me", "my_child", "someone_i_help")
SEEN = ("yes", "no", "not_sure")
VISIT_REASONS = ("new_problem", "follow_up", "after_surgery", "second_opinion")
LONGEST_ONSET = 36500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    for_whom: str
    date_of_birth: date
    seen_in_last_3_years: str
    region: str
    side: str
    onset_days: int | None
    mechanism: str
    visit_reason: str | None = None
    surgery_date: date | None = None
    symptoms: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    pain_worst: int | None = None
    pain_now: int | None = None
    language: str = "en"


def birth_problem(born: date, today: date) -> str | None:
    """The code of a sentence in the wording, like all problems here."""
    if born > today:
        return "date_future"
    return "date_old" if age_on(today, born=born) > OLDEST else None


def surgery_problem(surgery: date, *, born: date, today: date) -> str | None:
    is_past = born <= surgery <= today
    is_recent = (today - surgery).days <= LONGEST_AFTER_SURGERY
    return None if is_past and is_recent else "surgery_range"


def problems(answers: Answers, catalog: Catalog, *, today: date) -> dict[str, str]:
    """What does not fit together: field -> code of the sentence that says what to do."""
    born, surgery = answers.date_of_birth, answers.surgery_date
    found: dict[str, str | None] = {"date_of_birth": birth_problem(born, today)}
    if answers.seen_in_last_3_years == "yes" and answers.visit_reason is None:
        found["visit_reason"] = "visit_reason"
    if surgery is not None:
        found["surgery_date"] = surgery_problem(surgery, born=born, today=today)
    elif answers.visit_reason == "after_surgery":
        found["surgery_date"] = "surgery_missing"
    sides = catalog.sides(answers.region)
    if answers.side not in sides:
        found["side"] = "side_of_spine" if sides == ("na",) else "side"
    return {field: code for field, code in found.items() if code}


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
