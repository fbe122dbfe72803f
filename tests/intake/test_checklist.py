"""The desk's one-screen safety check: what it asks, what it answers, who may use it."""

from typing import Any

import pytest
from werkzeug.test import Client

from services.intake.domain.knowledge import knowledge
from services.intake.models import IntakeSubmission
from shared.service import Service
from tests.intake.builders import count, kept, staff_headers
from tests.intake.walk import Page, cookie

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

CHECKLIST = "/intake/staff/checklist"
CALLER: dict[str, Any] = {
    "key": "k" * 22,
    "for_whom": "me",
    "date_of_birth": "3",
    "date_of_birth_day": "27",
    "date_of_birth_year": "1980",
    "seen_in_last_3_years": "no",
    "language": "en",
    "region": "low_back",
    "onset": "weeks",
    "number": "3",
    "mechanism": "none",
    "all_clear": "yes",
    "pain_worst": "6",
    "pain_now": "4",
}


@pytest.fixture
def desk(client: Client, service: Service) -> Client:
    client.set_cookie("staff", staff_headers(service, "front_desk")["Authorization"][7:])
    return client


def test_the_all_clear_is_one_tick_and_leads_to_the_times(desk: Client, service: Service) -> None:
    response = desk.post(CHECKLIST, data=CALLER)
    assert response.status_code == 303
    page = Page(desk.get(response.headers["Location"]).get_data(as_text=True))
    assert "Routine" in page.text
    assert "/scheduling/book/" in page.links
    now = service.clock.now()
    claims = service.statements.open("handoff", cookie(desk, "handoff") or "", now=now)
    assert (claims["submission"], claims["urgency"]) == (
        response.headers["Location"].rpartition("/")[2],
        "ROUTINE",
    )
    assert kept(service)["inputs"]["onset_days"] == 21


LEVELS = {
    "EMERGENCY": ({"signs": "saddle_numbness"}, "Tell them to call 911"),
    "SAME_DAY": ({"signs": "fever_chills"}, "need to be seen today"),
    "unsure": ({"unsure": "saddle_numbness"}, "need to be seen today"),
    "URGENT_2BD": ({"flags": "cancer_history"}, "on or before Wednesday, March 3, 2027"),
}


@pytest.mark.parametrize(("answers", "words"), LEVELS.values(), ids=LEVELS)
def test_every_level_says_what_to_do(desk: Client, answers: dict[str, str], words: str) -> None:
    response = desk.post(CHECKLIST, data=CALLER | answers)
    page = Page(desk.get(response.headers["Location"]).get_data(as_text=True))
    assert words in page.text
    stops = "signs" in answers or "unsure" in answers
    assert ("/scheduling/book/" in page.links) is not stops
    assert bool(cookie(desk, "handoff")) is not stops
    for code in answers.values():  # the level is shown, never the answers
        assert code not in page.html
        assert "fever" not in page.text.lower()


def test_nothing_ticked_is_not_all_clear(desk: Client, service: Service) -> None:
    response = desk.post(CHECKLIST, data={**CALLER, "all_clear": ""})
    assert response.status_code == 422
    assert "Tick what applies, or that nothing else applies" in response.get_data(as_text=True)
    assert count(service, IntakeSubmission) == 0


def test_an_empty_form_names_every_field_and_keeps_what_was_typed(desk: Client) -> None:
    response = desk.post(CHECKLIST, data={"number": "7", "key": "k" * 22})
    page = Page(response.get_data(as_text=True))
    assert response.status_code == 422
    wanted = {
        "for_whom", "date_of_birth", "seen_in_last_3_years", "region", "onset", "mechanism",
        "all_clear", "pain_worst", "pain_now", "language",
    }  # fmt: skip
    assert wanted <= {link[1:] for link in page.links if link.startswith("#")}
    assert page.chosen["number"] == ["7"]
    assert page.hidden["key"] == "k" * 22


def test_the_page_is_sound_and_asks_all_that_a_rule_can_use(desk: Client) -> None:
    page = Page(desk.get(CHECKLIST).get_data(as_text=True))
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    asked = set(page.controls["signs"])
    for rule in knowledge().rules.rules:
        assert rule.asks_for("symptoms") <= asked
        assert rule.asks_for("flags") <= set(page.controls["flags"])
        assert rule.asks_for("unsure") <= set(page.controls["unsure"])


def test_a_double_press_is_one_submission(desk: Client, service: Service) -> None:
    first, second = desk.post(CHECKLIST, data=CALLER), desk.post(CHECKLIST, data=CALLER)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(service, IntakeSubmission) == 1


def test_after_surgery_the_date_counts(desk: Client, service: Service) -> None:
    after = {
        "seen_in_last_3_years": "yes", "visit_reason": "after_surgery", "surgery_date": "2",
        "surgery_date_day": "1", "surgery_date_year": "2027", "language": "es",
    }  # fmt: skip
    assert desk.post(CHECKLIST, data=CALLER | after).status_code == 303
    assert kept(service)["inputs"]["postop_days"] == 28
    assert kept(service)["inputs"]["language"] == "es"


def test_a_raise_from_the_page_comes_back_to_it(desk: Client) -> None:
    address = desk.post(CHECKLIST, data=CALLER).headers["Location"]
    submission = address.rpartition("/")[2]
    form = {"level": "SAME_DAY", "seen": "ROUTINE", "back": "checklist"}
    response = desk.post(f"/intake/staff/submissions/{submission}/level", data=form)
    assert response.headers["Location"] == address
    page = Page(desk.get(address).get_data(as_text=True))
    assert "Same day" in page.text
    assert "/scheduling/book/" not in page.links


@pytest.mark.parametrize("path", [CHECKLIST, f"{CHECKLIST}/x"])
def test_who_may_use_it(client: Client, service: Service, path: str) -> None:
    statuses = {
        role: client.get(path, headers=staff_headers(service, role)).status_code
        for role in ("front_desk", "clinician", "admin")
    }
    good = 200 if path == CHECKLIST else 404
    assert statuses == {"front_desk": good, "clinician": good, "admin": 403}
    response = client.get(path)
    assert response.headers["Location"].startswith("/scheduling/staff/renew?")
