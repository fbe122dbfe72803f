"""The long questions as data: whole in both languages, asking for nothing that names a person."""

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake.domain.details import Question, details, parse_details
from services.intake.domain.errors import DataError
from services.intake.domain.knowledge import FOLDER, knowledge

NAMING = ("name_of", "phone", "email", "birth", "address", "employer", "insur", "member", "number")


def every_question() -> Iterator[tuple[str, Question]]:
    for section in details().sections.values():
        for question in section.questions:
            yield section.code, question
            yield from ((section.code, inner) for inner in (*question.items, *question.columns))


def test_there_are_ten_sections_and_six_must_be_answered() -> None:
    sections = details().sections.values()
    assert [one.code for one in sections] == [
        "pain", "daily_life", "tried", "pictures", "medicines", "history", "claim", "movement",
        "referral", "agree",
    ]  # fmt: skip
    needed = {"pain", "daily_life", "medicines", "history", "claim", "agree"}
    assert {one.code for one in sections if one.required} == needed


@pytest.mark.parametrize(
    "question",
    [one for _, one in every_question()],
    ids=[f"{s}-{q.name}" for s, q in every_question()],
)
def test_every_text_is_there_in_both_languages(question: Question) -> None:
    texts = (question.label, question.hint, question.error, question.skip, question.ends)
    for text in (*texts, question.row, *question.options):
        assert not text or all(text[language] for language in ("en", "es")), text
    if question.kind in ("one", "many"):
        assert len(set(question.codes)) == len(question.codes) > 1
    assert not question.alone or question.alone in question.codes


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_the_wording_has_the_same_places_in_both_languages() -> None:
    def compare(english: Any, spanish: Any, path: str) -> None:
        assert type(english) is type(spanish), path
        if isinstance(english, dict):
            assert english.keys() == spanish.keys(), path
            for name in english:
                compare(english[name], spanish[name], f"{path}/{name}")
        elif isinstance(english, list):
            assert len(english) == len(spanish), path
        else:
            assert placeholders(english) == placeholders(spanish), path

    words = details().wording
    compare(words["en"], words["es"], "")


def test_the_peg_questions_stand_word_for_word() -> None:
    peg = details().sections["daily_life"].question("peg")
    assert peg.required and peg.from_age == 18
    assert [(item.name, item.label["en"], item.ends["en"]) for item in peg.items] == [
        ("pain", "What number best describes your pain on average in the past week?",
         ["No pain", "Pain as bad as you can imagine"]),
        ("enjoyment", "What number best describes how, during the past week, pain has interfered"
         " with your enjoyment of life?", ["Does not interfere", "Completely interferes"]),
        ("activity", "What number best describes how, during the past week, pain has interfered"
         " with your general activity?", ["Does not interfere", "Completely interferes"]),
    ]  # fmt: skip


def test_nothing_that_names_a_person_is_asked() -> None:
    asked = [f"{section}.{question.name}" for section, question in every_question()]
    assert not [name for name in asked if any(word in name for word in NAMING)]


def test_the_regions_are_those_of_the_catalog() -> None:
    others = details().sections["pain"].question("other_regions")
    assert set(others.codes) == set(knowledge().catalog.regions)


def test_a_kind_that_nobody_can_show_is_refused() -> None:
    data = json.loads((FOLDER / "details.json").read_text(encoding="utf-8"))
    data["sections"][0]["fields"][0]["kind"] = "slider"
    with pytest.raises(DataError, match="nrs_avg: no such kind as 'slider'"):
        parse_details(data)


STATES = [
    ("pain", None, 46, "not_started"),
    ("pain", {}, 46, "in_progress"),
    ("pain", {"quality": ["dull"]}, 46, "in_progress"),
    ("pain", {"nrs_avg": 4}, 46, "done"),
    ("pain", {"nrs_avg": None}, 46, "done"),  # "I can't say" is an answer
    ("daily_life", {"peg": {"pain": 5, "enjoyment": 5}}, 46, "in_progress"),
    ("daily_life", {"peg": {"pain": 5, "enjoyment": None, "activity": 5}}, 46, "done"),
    ("daily_life", {"goal": "run"}, 46, "in_progress"),
    ("daily_life", {"goal": "run"}, None, "in_progress"),  # who may be grown up is asked
    ("daily_life", {"goal": "run"}, 17, "done"),  # PEG is from 18 on
    ("history", {"conditions": [], "nicotine": "no"}, 46, "in_progress"),
    ("history", {"conditions": ["none"], "nicotine": "no"}, 46, "done"),
    ("agree", {"privacy_notice": {"version": "1"}, "answers_right": False}, 46, "in_progress"),
    ("tried", {}, 46, "done"),
]


@pytest.mark.parametrize(("section", "document", "age", "state"), STATES, ids=str)
def test_a_section_is_done_when_nothing_needed_is_missing(
    section: str, document: dict[str, Any] | None, age: int | None, state: str
) -> None:
    assert details().sections[section].state(document, age=age) == state
