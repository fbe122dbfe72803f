"""Every English text that a patient meets can be read after six years of school."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import Client

from services.intake.domain.details import details
from services.intake.domain.knowledge import FOLDER, knowledge
from shared.service import Service
from tests.conftest import FileClock
from tests.intake.builders import submit
from tests.intake.complete import make_statement
from tests.intake.walk import open_page, walk
from tests.reading import grade

HIGHEST = 6.0
BLOCKS = {"p", "h1", "h2", "h3", "li", "label", "legend", "dt", "dd", "a", "button", "summary"}


@pytest.fixture
def database_kind() -> str:
    """Words are the same on both."""
    return "sqlite"


class Sentences(HTMLParser):
    """The text of <main>, a sentence per block."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts = [""]
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._inside = self._inside or tag == "main"
        if tag in BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        if tag in BLOCKS:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data


def english(data: Any) -> Iterator[str]:
    """Every text that stands under an "en", wherever it is; the languages lie side by side."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _texts(value) if name == "en" else english(value)
    elif isinstance(data, list):
        for part in data:
            yield from english(part)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


FILES = sorted(file.name for file in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", FILES)
def test_the_words_of_every_data_file_are_easy(name: str) -> None:
    texts = list(english(json.loads((FOLDER / name).read_text(encoding="utf-8"))))
    assert grade(texts) <= HIGHEST


def test_the_words_of_every_part_of_the_wording_are_easy() -> None:
    grades = {name: grade(_texts(part)) for name, part in knowledge().wording["en"].items()}
    assert {name: found for name, found in grades.items() if found > HIGHEST} == {}


@pytest.mark.parametrize("region", knowledge().catalog.regions)
def test_every_page_of_the_questions_is_easy(client: Client, region: str) -> None:
    changes = {"region": region, "side": "left", "mechanism": "fall_or_twist", "onset": "days"}
    seen = {"seen_in_last_3_years": "yes", "visit_reason": "new_problem"}
    unsure = {"injury": "none", "signs_end": "not_sure", "unsure": "chest_pain"}
    names, _ = walk(client, **changes, **seen, **unsure)
    assert len(names) == 9
    for path in ("", *names):
        found = grade(Sentences(open_page(client, f"/intake/{path}").html).texts)
        assert found <= HIGHEST, f"{path}: {found:.1f}"


RESULTS = {
    "emergency": ({"signs_2": "saddle_numbness", "signs_end": []}, 10),
    "same day": ({"signs_5": "fever_chills", "signs_end": []}, 10),
    "same day, closed": ({"signs_5": "fever_chills", "signs_end": []}, 18),
    "soon": ({"flags": "cancer_history"}, 10),
}


@pytest.mark.parametrize(("answers", "hour"), RESULTS.values(), ids=RESULTS)
def test_every_result_is_easy(
    client: Client, clock: FileClock, answers: dict[str, Any], hour: int
) -> None:
    clock.set(f"2027-03-01T{hour}:00:00-08:00")
    walk(client, **answers)
    assert grade(Sentences(open_page(client, "/intake/result").html).texts) <= HIGHEST


# PEG has to keep its exact words, and they are the most of that page.
@pytest.mark.parametrize("code", [one for one in details().sections if one != "daily_life"])
def test_every_page_of_the_long_questions_is_easy(
    client: Client, service: Service, code: str
) -> None:
    made = submit(client).get_json()["id"]
    client.set_cookie("visit_statement", make_statement(service, made))
    for path in (code, "moving", ""):
        found = grade(Sentences(open_page(client, f"/intake/details/{path}").html).texts)
        assert found <= HIGHEST, f"{path}: {found:.1f}"


def test_the_grade_tells_easy_from_hard() -> None:
    assert grade(["The cat sat on the mat. It was a big, fat cat."]) < 1
    hard = (
        "Musculoskeletal symptomatology necessitates comprehensive interdisciplinary evaluation"
        " notwithstanding considerable heterogeneity of presentation."
    )
    assert grade([hard]) > 20
