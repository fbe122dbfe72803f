"""What the pages say to a wrong answer, and that each page is sound for every region."""

from typing import Any

import pytest
from werkzeug.test import Client

from services.intake.domain.knowledge import knowledge
from services.intake.models import IntakeSubmission
from shared.service import Service
from tests.conftest import MakeClient, MakeService
from tests.intake.builders import count
from tests.intake.walk import BACK_PAIN, Page, cookie, open_page, send, walk

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

WRONG: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "nobody": ("who", {}, {"for_whom": "Choose who this visit is for"}),
    "somebody else": ("who", {"for_whom": "my_dog"}, {"for_whom": "Choose who this visit is for"}),
    "no birth date": (
        "birth",
        {},
        {
            "date_of_birth": "Enter a birth date, like 3 27 1980",
            "seen_in_last_3_years": "Choose yes, no, or I am not sure",
        },
    ),
    "half a birth date": (
        "birth",
        {"date_of_birth": "3", "seen_in_last_3_years": "no"},
        {"date_of_birth": "Birth date must be a real date, like 3 27 1980"},
    ),
    "February 30": (
        "birth",
        {"date_of_birth": "2", "date_of_birth_day": "30", "date_of_birth_year": "1980",
         "seen_in_last_3_years": "no"},
        {"date_of_birth": "Birth date must be a real date, like 3 27 1980"},
    ),
    "a number without end": (
        "birth",
        {"date_of_birth": "3", "date_of_birth_day": "9" * 5000, "date_of_birth_year": "1980",
         "seen_in_last_3_years": "no"},
        {"date_of_birth": "Birth date must be a real date, like 3 27 1980"},
    ),
    "tomorrow": (
        "birth",
        {"date_of_birth": "3", "date_of_birth_day": "2", "date_of_birth_year": "2027",
         "seen_in_last_3_years": "no"},
        {"date_of_birth": "Enter a birth date that is in the past"},
    ),
    "121 years": (
        "birth",
        {"date_of_birth": "3", "date_of_birth_day": "1", "date_of_birth_year": "1906",
         "seen_in_last_3_years": "no"},
        {"date_of_birth": "Check the year of the birth date"},
    ),
    "nowhere": ("where", {}, {"region": "Choose where the problem is"}),
    "a knee without a side": (
        "where", {"region": "knee"}, {"side": "Choose left, right or both"},
    ),
    "no start": (
        "when",
        {},
        {"mechanism": "Choose how it started",
         "onset": "Choose when it started, or I am not sure"},
    ),
    "some weeks": (
        "when",
        {"onset": "weeks", "number": "a few", "mechanism": "none"},
        {"number": "Enter a whole number, like 3"},
    ),
    "weeks without number": (
        "when",
        {"onset": "weeks", "mechanism": "none"},
        {"number": "Enter a whole number, like 3"},
    ),
    "a thousand years": (
        "when",
        {"onset": "years", "number": "1000", "mechanism": "none"},
        {"number": "Enter a number that is not more than 100 years"},
    ),
    "no sign and no none": (
        "signs",
        {},
        {"signs": "Tick any signs you have, or None of these",
         "flags": "Tick what applies to you, or None of these"},
    ),
    "a sign and none": (
        "signs",
        {"signs": "chest_pain", "signs_end": "none", "flags": "none"},
        {"signs": "Tick signs, or None of these, not both"},
    ),
    "not sure and none": (
        "signs",
        {"signs_end": ["none", "not_sure"], "flags": "none"},
        {"signs": "Tick signs, or None of these, not both"},
    ),
    "an unknown sign": (
        "signs",
        {"signs": "itch", "flags": "none"},
        {"signs": "Tick any signs you have, or None of these"},
    ),
    "a sign of another region": (
        "signs",
        {"signs": "black_skin", "flags": "none"},
        {"signs": "Tick any signs you have, or None of these"},
    ),
    "no pain at all": (
        "pain",
        {},
        {"pain_worst": "Choose a number from 0 to 10, or I can't say",
         "pain_now": "Choose a number from 0 to 10, or I can't say"},
    ),
    "pain of 11": (
        "pain",
        {"pain_worst": "11", "pain_now": "1"},
        {"pain_worst": "Choose a number from 0 to 10, or I can't say"},
    ),
    "worse than the worst": (
        "pain",
        {"pain_worst": "4", "pain_now": "6"},
        {"pain_now": "Your pain now is higher than your worst. Is that right?"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "form", "errors"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_is_explained_beside_the_field_and_on_top(
    client: Client, name: str, form: dict[str, Any], errors: dict[str, str]
) -> None:
    walk(client)
    path = f"/intake/{name}"
    hidden = open_page(client, path).hidden
    response = client.post(path, data=hidden | form)
    assert response.status_code == 422
    page = Page(response.get_data(as_text=True))
    assert "There is a problem" in page.text
    for field, sentence in errors.items():
        times = list(errors.values()).count(sentence)
        assert page.text.count(sentence) == 2 * times  # in the summary and at the field
        assert f"#{field}" in page.links
        assert f"{field}-error" in page.ids
    assert set(page.targets) <= set(page.ids)


def test_worse_than_the_worst_may_be_confirmed(client: Client, service: Service) -> None:
    walk(client)
    form = {"pain_worst": "4", "pain_now": "6"}
    page = Page(client.post("/intake/pain", data=form).get_data(as_text=True))
    assert page.controls["confirm"] == ["yes"]
    assert client.post("/intake/pain", data=form | {"confirm": "yes"}).status_code == 303
    assert count(service, IntakeSubmission) == 2


def test_what_was_typed_wrong_is_still_there(client: Client) -> None:
    walk(client)
    form = {"date_of_birth": "13", "date_of_birth_day": "41", "date_of_birth_year": "1980"}
    page = Page(client.post("/intake/birth", data=form).get_data(as_text=True))
    assert [page.chosen[name] for name in form] == [["13"], ["41"], ["1980"]]


@pytest.mark.parametrize("region", knowledge().catalog.regions)
def test_every_page_is_sound_for_every_region(client: Client, region: str) -> None:
    changes = {"region": region, "side": "left", "mechanism": "fall_or_twist", "onset": "days"}
    seen, _ = walk(client, **changes, injury="none", signs_end="not_sure", unsure="chest_pain")
    for name in seen:
        page = open_page(client, f"/intake/{name}")
        assert (page.forms, len(page.headings)) == (1, 1)
        assert len(page.ids) == len(set(page.ids)), name
        assert set(page.targets) <= set(page.ids)
        groups = [values for field, values in page.controls.items() if field.startswith("signs")]
        assert all(len(values) <= 8 for values in groups)


@pytest.mark.parametrize("region", knowledge().catalog.regions)
def test_whoever_ticks_everything_still_fits_into_the_cookie(client: Client, region: str) -> None:
    changes = {"region": region, "side": "left", "mechanism": "fall_or_twist", "onset": "days"}
    walk(client, **changes, injury="none", signs_end="not_sure", unsure="chest_pain")
    page = open_page(client, "/intake/signs")
    signs = {field: values for field, values in page.controls.items() if field.startswith("signs")}
    form = (
        page.hidden
        | signs
        | {"signs_end": ["not_sure"], "flags": page.controls.get("flags", [])[:-1]}
    )
    half = {field: values[::2] for field, values in signs.items()} | {"signs_end": ["not_sure"]}
    assert client.post("/intake/signs", data=form | half).status_code == 303
    page = open_page(client, "/intake/unsure")
    assert client.post("/intake/unsure", data=page.hidden | page.controls).status_code == 303
    assert send(client, "/intake/pain", **BACK_PAIN).status_code == 303
    assert len(cookie(client, "draft") or "") <= 3072


def test_pages_know_the_path_and_the_lock_of_the_public_address(
    make_service: MakeService, make_client: MakeClient
) -> None:
    service = make_service("intake", PUBLIC_URL="https://localhost/clinic")
    client = make_client(service)
    page = Page(client.get("/clinic/intake/", base_url="https://localhost").get_data(as_text=True))
    assert "/clinic/intake/who" in page.links
    form = {"for_whom": "me"}
    response = client.post("/clinic/intake/who", data=form, base_url="https://localhost")
    assert response.headers["Location"] == "/clinic/intake/birth"
    [sent] = response.headers.getlist("Set-Cookie")
    assert sent.startswith("__Host-draft=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(sent.split("; "))
    assert "Max-Age" not in sent and "Expires" not in sent


def test_another_site_may_not_send_our_forms(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    response = client.post("/intake/who", data={"for_whom": "me"}, headers=headers)
    assert response.status_code == 403
