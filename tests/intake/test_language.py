"""Two languages: the same names and places in both, kept through the questions and handed over."""

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from services.intake.domain.knowledge import FOLDER, knowledge
from shared.service import Service
from shared.words import LANGUAGES
from tests.conftest import FileClock
from tests.intake.builders import kept, submit
from tests.intake.walk import Page, cookie, open_page, send, walk

WORDING = [file.name for file in FOLDER.glob("*.json") if "en" in json.loads(file.read_text())]


@pytest.fixture
def database_kind() -> str:
    """Words are the same on both."""
    return "sqlite"


def leaves(data: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict | list):
        parts = data.items() if isinstance(data, dict) else enumerate(data)
        for name, part in parts:
            yield from leaves(part, f"{at}/{name}")
    else:
        yield at, str(data)


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("name", WORDING)
def test_both_languages_have_the_same_names_and_places(name: str) -> None:
    data = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    english, spanish = (dict(leaves(data[language])) for language in LANGUAGES)
    assert english.keys() == spanish.keys()
    assert {at for at in english if places(english[at]) != places(spanish[at])} == set()
    assert all(text.strip() for text in (*english.values(), *spanish.values()))


def test_the_spanish_is_marked_as_a_draft() -> None:
    assert "Draft" in knowledge().wording["drafts"]["es"]


def test_every_word_of_the_catalog_and_the_bands_is_spoken_in_both() -> None:
    catalog = knowledge().catalog
    lists = (catalog.regions, catalog.mechanisms, catalog.groups, catalog.symptoms, catalog.flags)
    for item in (*(item for items in lists for item in items.values()),
                 *knowledge().pain.wording.values()):  # fmt: skip
        assert item["en"].strip() and item["es"].strip()


ENGLISH = (" the ", " your ", " you ", " and ", "Continue")


@pytest.mark.parametrize("region", ["low_back", "knee"])
def test_spanish_holds_from_the_first_page_to_the_handoff(
    client: Client, service: Service, region: str
) -> None:
    page = open_page(client, "/intake/?lang=es")
    assert 'lang="es"' in page.html
    assert "Empezar ahora" in page.text
    changes = {"side": "left", "mechanism": "fall_or_twist", "onset": "days", "injury": "none"}
    names, end = walk(client, region=region, **changes, pain_worst="2", pain_now="1")
    assert end == "/scheduling/book/"
    for name in names:
        page = open_page(client, f"/intake/{name}")
        empty = Page(client.post(f"/intake/{name}", data=page.hidden).get_data(as_text=True))
        assert "Hay un problema" in empty.text
        for word in ENGLISH:
            assert word not in page.text and word not in empty.text, (name, word)
    now = service.clock.now()
    claims = service.statements.open("handoff", cookie(client, "handoff") or "", now=now)
    assert claims["language"] == "es"
    assert kept(service)["inputs"]["language"] == "es"


RESULTS = {
    "emergency": (
        {"signs_2": "saddle_numbness", "signs_end": []}, 10,
        "Llame al 911 o vaya a la sala de emergencias más cercana ahora.",
    ),
    "same day": ({"signs_5": "fever_chills", "signs_end": []}, 10, "Llámenos hoy: 503-224-8399."),
    "closed": (
        {"signs_5": "fever_chills", "signs_end": []}, 18, "Ahora estamos cerrados. No espere.",
    ),
    "soon": ({"flags": "cancer_history"}, 10, "Queremos verle en menos de 2 días hábiles."),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "hour", "headline"), RESULTS.values(), ids=RESULTS)
def test_the_advice_is_spanish(
    client: Client, clock: FileClock, answers: dict[str, Any], hour: int, headline: str
) -> None:
    clock.set(f"2027-03-01T{hour}:00:00-08:00")
    open_page(client, "/intake/?lang=es")
    walk(client, **answers)
    page = open_page(client, "/intake/result")
    assert page.headings == [headline]
    assert not [word for word in ENGLISH if word in page.text]


def test_the_result_follows_a_change_of_language(client: Client) -> None:
    walk(client, signs_5="fever_chills", signs_end=[])
    assert open_page(client, "/intake/result?lang=es").headings == ["Llámenos hoy: 503-224-8399."]
    assert open_page(client, "/intake/result?lang=en").headings == [
        "Please call us today: 503-224-8399."
    ]


def test_a_change_of_language_keeps_place_and_answers(client: Client) -> None:
    walk(client)
    page = open_page(client, "/intake/birth?lang=es")
    assert page.chosen["date_of_birth_year"] == ["1980"]
    assert page.headings == ["Fecha de nacimiento y citas anteriores"]


def test_the_same_answers_in_another_language_are_accepted(client: Client) -> None:
    walk(client)
    open_page(client, "/intake/?lang=es")
    assert send(client, "/intake/pain", pain_worst="6", pain_now="4").status_code == 303


def test_a_program_gets_advice_and_errors_in_spanish(client: Client) -> None:
    body = submit(client, language="es", flags=["cancer_history"]).get_json()
    assert body["advice"]["headline"] == "Queremos verle en menos de 2 días hábiles."
    assert "miércoles 3 de marzo de 2027" in body["advice"]["body"][0]
    problem = submit(client, language="es", side="left").get_json()
    assert problem["errors"][0]["detail"].startswith("El cuello y la espalda")
