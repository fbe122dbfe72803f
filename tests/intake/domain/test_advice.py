"""What patients are told: one thing to do, in their own signs, with no rule and no disease."""

import json
import re
from typing import Any

import pytest

from services.intake.domain.advice import Desk, advise
from services.intake.domain.catalog import label
from services.intake.domain.knowledge import FOLDER, knowledge
from services.intake.domain.rules import Urgency

KNOWN = knowledge()
WORDS = KNOWN.words("en")["advice"]
HOURS = "Monday to Friday, 8:00am to 4:30pm"
# Words of the staff reasons that name a disease or a judgement; a patient must not meet them.
DISEASES = re.compile(
    r"\b(fracture|dislocation|infection|septic|abscess|cancer|tumor|sarcoma|clot|compartment"
    r"|syndrome|rupture|tear|cuff|cauda|compression|fragility|osteoporosis|embolism|stroke|ulcer"
    r"|triage|score|possible)"
)


def make_advice(urgency: Urgency, *, is_open: bool = True) -> dict[str, Any]:
    desk = Desk(phone="503-224-8399", hours=HOURS, is_open=is_open)
    signs = [label(item, "en") for item in KNOWN.catalog.symptoms.values()]
    return advise(urgency, WORDS, desk, signs=signs, latest_day="Thursday, March 4, 2027")


ALL = [(urgency, is_open) for urgency in Urgency for is_open in (True, False)]


@pytest.mark.parametrize(("urgency", "is_open"), ALL)
def test_advice_names_no_rule_and_no_disease(urgency: Urgency, is_open: bool) -> None:
    advice = make_advice(urgency, is_open=is_open)
    text = " ".join((advice["headline"], *advice["body"])).lower()
    assert not re.search(r"\b[esu]-\d\d\b", text)
    assert not DISEASES.search(text)
    labels = {label(item, "en") for item in KNOWN.catalog.symptoms.values()}
    for rule in KNOWN.rules.rules:
        assert rule.reason in labels or rule.reason.lower() not in text


@pytest.mark.parametrize(("urgency", "is_open"), ALL)
def test_advice_always_says_that_it_is_no_diagnosis(urgency: Urgency, is_open: bool) -> None:
    assert make_advice(urgency, is_open=is_open)["body"][-1] == (
        "This check is not a diagnosis. If you get worse or feel unsure, call 503-224-8399,"
        " or 911 in an emergency."
    )


def test_an_emergency_is_sent_to_911_with_the_signs_that_were_told() -> None:
    desk = Desk(phone="503-224-8399", hours=HOURS, is_open=True)
    advice = advise(Urgency.EMERGENCY, WORDS, desk, signs=["Chest pain or pressure", "Fainted"])
    assert advice["headline"] == "Call 911 or go to the nearest emergency room now."
    assert advice["body"][0].startswith("You told us: Chest pain or pressure; Fainted. This can be")
    assert "Do not drive yourself" in advice["body"][1]


def test_inside_hours_the_same_day_advice_is_to_call() -> None:
    advice = make_advice(Urgency.SAME_DAY)
    assert advice["headline"] == "Please call us today: 503-224-8399."
    assert f"We answer {HOURS}." in advice["body"]


def test_outside_hours_the_same_day_advice_does_not_say_wait_for_us() -> None:
    advice = make_advice(Urgency.SAME_DAY, is_open=False)
    assert advice["headline"] == "We are closed now. Do not wait."
    assert advice["body"][0] == (
        "Go to an urgent care or ER today, or call your doctor's after-hours line."
    )


def test_an_urgent_visit_names_its_last_day() -> None:
    assert "on or before Thursday, March 4, 2027" in make_advice(Urgency.URGENT_2BD)["body"][0]


def test_no_sentence_of_the_wording_claims_too_much() -> None:
    wording = json.loads((FOLDER / "wording.json").read_text(encoding="utf-8"))
    text = json.dumps(wording["en"]).lower()
    for claim in ("triage", "assessment", "validated", "artificial intelligence", "accura"):
        assert claim not in text
