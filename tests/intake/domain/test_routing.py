"""Which specialty and visit fit the answers, and what the checks across fields say."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.intake.domain.answers import Answers, facts_of, inputs_to_keep, problems
from services.intake.domain.errors import DataError
from services.intake.domain.knowledge import knowledge
from services.intake.domain.pain import parse_bands
from services.intake.domain.routing import specialty, visit_type
from services.intake.domain.rules import Urgency

TODAY = date(2027, 3, 2)
CATALOG = knowledge().catalog


def make_answers(**changes: Any) -> Answers:
    usual = Answers(
        for_whom="me", date_of_birth=date(1980, 3, 27), seen_in_last_3_years="no",
        visit_reason=None, surgery_date=None, region="low_back", side="na", onset_days=21,
        mechanism="none", symptoms=(), unsure=(), flags=(), pain_worst=6, pain_now=4, language="en",
    )  # fmt: skip
    return replace(usual, **changes)


OLD, YOUNG, CHILD = date(1960, 1, 1), date(1990, 1, 1), date(2012, 1, 1)
SPECIALTIES = {
    "neck": ({"region": "neck"}, "spine"),
    "calf": ({"region": "lower_leg"}, "foot_ankle"),
    "foot": ({"region": "foot_ankle"}, "foot_ankle"),
    "shoulder": ({"region": "shoulder"}, "sports"),
    "elbow": ({"region": "elbow"}, "sports"),
    "hand": ({"region": "wrist_hand"}, "general"),
    "elsewhere": ({"region": "other"}, "general"),
    "knee under 50": ({"region": "knee", "date_of_birth": YOUNG}, "sports"),
    "knee the day before 50": ({"region": "knee", "date_of_birth": date(1977, 3, 3)}, "sports"),
    "knee at 50": ({"region": "knee", "date_of_birth": date(1977, 3, 2)}, "joint_replacement"),
    "hip over 50": ({"region": "hip", "date_of_birth": OLD}, "joint_replacement"),
    "knee over 50, hurt 42 days ago": (
        {"region": "knee", "date_of_birth": OLD, "mechanism": "sports", "onset_days": 42},
        "sports",
    ),
    "knee over 50, hurt 43 days ago": (
        {"region": "knee", "date_of_birth": OLD, "mechanism": "sports", "onset_days": 43},
        "joint_replacement",
    ),
    "knee over 50, hurt, not sure when": (
        {"region": "knee", "date_of_birth": OLD, "mechanism": "sports", "onset_days": None},
        "sports",
    ),
    "an artificial shoulder": (
        {"region": "shoulder", "flags": ("prosthetic_joint_here",)},
        "joint_replacement",
    ),
    "a lump on the knee": ({"region": "knee", "symptoms": ("lump_growing",)}, "general"),
    "a child's back": ({"date_of_birth": CHILD}, "general"),
    "the day before 18": ({"date_of_birth": date(2009, 3, 3)}, "general"),
    "at 18": ({"date_of_birth": date(2009, 3, 2)}, "spine"),
}


@pytest.mark.parametrize(("changes", "expected"), SPECIALTIES.values(), ids=SPECIALTIES)
def test_the_specialty_follows_region_age_and_injury(
    changes: dict[str, Any], expected: str
) -> None:
    facts = facts_of(make_answers(**changes), today=TODAY)
    assert specialty(facts, CATALOG) == expected


VISITS = {
    "new": ({"seen_in_last_3_years": "no"}, "spine", "NP"),
    "not sure": ({"seen_in_last_3_years": "not_sure"}, "spine", "NP"),
    "not sure, follow-up": (
        {"seen_in_last_3_years": "not_sure", "visit_reason": "follow_up"}, "spine", "NP"),
    "known, new problem": (
        {"seen_in_last_3_years": "yes", "visit_reason": "new_problem"}, "spine", "NP"),
    "known, follow-up": (
        {"seen_in_last_3_years": "yes", "visit_reason": "follow_up"}, "spine", "FU"),
    "known, follow-up of a new hip": (
        {"seen_in_last_3_years": "yes", "visit_reason": "follow_up"}, "joint_replacement", "FU"),
    "known, after surgery": (
        {"seen_in_last_3_years": "yes", "visit_reason": "after_surgery"}, "spine", "FU"),
    "second opinion": (
        {"seen_in_last_3_years": "yes", "visit_reason": "second_opinion"}, "spine", "NPX"),
    "joint replacement": ({"seen_in_last_3_years": "no"}, "joint_replacement", "NPX"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "room", "expected"), VISITS.values(), ids=VISITS)
def test_the_visit_type_follows_reason_and_specialty(
    changes: dict[str, Any], room: str, expected: str
) -> None:
    answers = make_answers(**changes)
    assert visit_type(answers, urgency=Urgency.ROUTINE, specialty=room) == expected
    assert visit_type(answers, urgency=Urgency.URGENT_2BD, specialty=room) == "URG"


PROBLEMS = {
    "born tomorrow": ({"date_of_birth": date(2027, 3, 3)}, ["date_of_birth"]),
    "born today": ({"date_of_birth": TODAY}, []),
    "aged 120": ({"date_of_birth": date(1906, 3, 3)}, []),
    "aged 121": ({"date_of_birth": date(1906, 3, 2)}, ["date_of_birth"]),
    "seen before, no reason": ({"seen_in_last_3_years": "yes"}, ["visit_reason"]),
    "after surgery, no date": ({"visit_reason": "after_surgery"}, ["surgery_date"]),
    "surgery tomorrow": ({"surgery_date": date(2027, 3, 3)}, ["surgery_date"]),
    "surgery before birth": ({"surgery_date": date(1980, 3, 26)}, ["surgery_date"]),
    "left side of the back": ({"side": "left"}, ["side"]),
    "no side of a knee": ({"region": "knee"}, ["side"]),
    "middle of a knee": ({"region": "knee", "side": "middle"}, ["side"]),
    "middle of elsewhere": ({"region": "other", "side": "middle"}, []),
}


@pytest.mark.parametrize(("changes", "fields"), PROBLEMS.values(), ids=PROBLEMS)
def test_answers_that_do_not_fit_together_are_named(
    changes: dict[str, Any], fields: list[str]
) -> None:
    found = problems(make_answers(**changes), CATALOG, today=TODAY)
    assert list(found) == fields
    assert all(knowledge().words("en")["errors"][code] for code in found.values())


def test_what_is_kept_holds_an_age_and_no_date() -> None:
    answers = make_answers(visit_reason="after_surgery", surgery_date=date(2027, 2, 1))
    kept = inputs_to_keep(answers, facts_of(answers, today=TODAY))
    assert (kept["age"], kept["postop_days"]) == (46, 29)
    assert "1980" not in str(kept) and "2027" not in str(kept)


BANDS = {0: "none", 1: "mild", 3: "mild", 4: "moderate", 6: "moderate", 7: "severe", 10: "severe"}


@pytest.mark.parametrize(("worst", "band"), [*BANDS.items(), (None, "unknown")])
def test_the_band_follows_the_worst_pain(worst: int | None, band: str) -> None:
    assert knowledge().pain.band(worst) == band


def test_bands_with_a_gap_are_refused() -> None:
    with pytest.raises(DataError, match="must cover 0 to 10"):
        parse_bands({"version": "1", "bands": [{"code": "all", "from": 0, "to": 9}]})
