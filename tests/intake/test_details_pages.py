"""The long questions as pages: nothing without the birth date, saved one by one, two windows."""

import re
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from services.intake.domain.details import details
from services.intake.models import DetailSection
from shared.service import Service
from tests.conftest import FileClock
from tests.intake.builders import SUBMISSIONS, count, staff_headers, submit
from tests.intake.complete import COMPLETE, make_statement
from tests.intake.walk import Page, open_page

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

TASKS = "/intake/details/"
PAGES = [*details().sections, "moving", ""]
SCORES = {"peg_pain": "5", "peg_enjoyment": "skip", "peg_activity": "7"}
PEG = {**SCORES, "continue": "yes"}
SAFE = {"blood_thinner": "no", "latex": "no", "metal": "no", "iodine_contrast": "no"}


@pytest.fixture
def submission(client: Client, service: Service) -> str:
    """An ordinary back; the browser holds the statement of its visit."""
    made: str = submit(client).get_json()["id"]
    client.set_cookie("visit_statement", make_statement(service, made))
    return made


def fill(client: Client, code: str, **typed: Any) -> TestResponse:
    page = open_page(client, TASKS + code)
    return client.post(TASKS + code, data=page.hidden | typed)


def kept(client: Client, service: Service, submission: str) -> Any:
    headers = staff_headers(service, "clinician")
    return client.get(f"{SUBMISSIONS}/{submission}", headers=headers).get_json()["details"]


def complete(client: Client, service: Service, submission: str) -> None:
    headers = staff_headers(service, "clinician")
    more = {
        "tried": {"surgeries_here": [{"what": "Disc surgery", "year": 2015}]},
        "pictures": {"imaging": [{"test": "mri", "where": "City"}]},
        "claim": {"claim_type": "work", "claim_date": "2027-02-05"},
        "movement": {"activity_days": 0, "exercise_barriers": ["cost"]},
    }
    path = f"{SUBMISSIONS}/{submission}/details"
    assert client.put(path, json=COMPLETE | more, headers=headers).status_code == 200


# -- who sees it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_without_a_statement_every_page_leads_back_to_the_visit(
    client: Client, service: Service, submission: str, page: str, clock: FileClock
) -> None:
    complete(client, service, submission)
    for statement in ("", "junk", make_statement(service, submission)):
        client.set_cookie("visit_statement", statement)
        clock.advance(minutes=15)
        for answer in (client.get(TASKS + page), client.head(TASKS + page)):
            assert answer.status_code == 303
            assert answer.location == "/scheduling/visit?closed=questions"
            assert "Ibuprofen" not in answer.text


def test_a_form_that_comes_too_late_changes_nothing(
    client: Client, service: Service, submission: str, clock: FileClock
) -> None:
    clock.advance(minutes=15)
    answer = client.post(TASKS + "pain", data={"nrs_avg": "4", "continue": "yes"})
    assert (answer.status_code, answer.location) == (303, "/scheduling/visit?closed=questions")
    assert count(service, DetailSection) == 0


def test_the_quarter_of_an_hour_starts_again_with_every_page(
    client: Client, submission: str, clock: FileClock
) -> None:
    for _ in range(4):
        clock.advance(minutes=14)
        assert client.get(TASKS).status_code == 200
    clock.advance(minutes=15)
    assert client.get(TASKS).status_code == 303


def test_it_ends_for_good_after_a_while(
    client: Client, service: Service, submission: str, clock: FileClock
) -> None:
    until = int(service.clock.now().timestamp()) + 20 * 60
    client.set_cookie("visit_statement", make_statement(service, submission, until=until))
    clock.advance(minutes=14)
    assert client.get(TASKS).status_code == 200
    clock.advance(minutes=6)
    assert client.get(TASKS).status_code == 303


def test_pages_with_answers_are_kept_by_no_browser(client: Client, submission: str) -> None:
    assert client.get(TASKS).headers["Cache-Control"] == "no-store"


def test_a_visit_whose_event_is_on_its_way_is_asked_to_wait(
    client: Client, service: Service
) -> None:
    client.set_cookie("visit_statement", make_statement(service, "0" * 36))
    for page in ("", "pain"):
        answer = client.get(TASKS + page)
        assert answer.status_code == 404
        assert "wait a minute" in answer.text


# -- answering -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_whole_empty_and_filled(
    client: Client, service: Service, submission: str, page: str, language: str
) -> None:
    for _ in range(2):
        shown = open_page(client, f"{TASKS}{page}?lang={language}")
        assert len(shown.headings) == 1
        assert len(set(shown.ids)) == len(shown.ids)
        assert set(shown.targets) <= {*shown.ids, "main"}
        complete(client, service, submission)


def test_a_saved_page_leads_to_the_next_and_shows_its_answers_again(
    client: Client, service: Service, submission: str
) -> None:
    goal = "Walk <b>my</b> dog"
    answer = fill(client, "daily_life", **PEG, sleep_lost="none", goal=goal, aids=["cane"])
    assert (answer.status_code, answer.location) == (303, TASKS + "tried")
    assert kept(client, service, submission)["daily_life"] == {
        "peg": {"pain": 5, "enjoyment": None, "activity": 7}, "sleep_lost": "none",
        "goal": goal, "aids": ["cane"],
    }  # fmt: skip
    again = open_page(client, TASKS + "daily_life")
    assert again.chosen["peg_enjoyment"] == ["skip"]
    assert again.chosen["peg_activity"] == ["7"]
    assert again.chosen["goal"] == [goal]
    assert "<b>my</b>" not in client.get(TASKS + "daily_life").text


def test_what_is_missing_is_asked_for_beside_its_field(client: Client, submission: str) -> None:
    answer = fill(client, "daily_life", peg_pain="5", goal="run", **{"continue": "yes"})
    assert answer.status_code == 422
    assert answer.text.count("Choose a number from 0 to 10, or skip this question") == 4
    assert 'href="#peg_enjoyment"' in answer.text
    assert Page(answer.text).chosen["goal"] == ["run"]


def test_who_stops_half_way_comes_back_to_it(
    client: Client, service: Service, submission: str
) -> None:
    answer = fill(client, "daily_life", peg_pain="5", goal="run", later="yes")
    assert (answer.status_code, answer.location) == (303, f"{TASKS}?saved=daily_life")
    page = client.get(answer.location).text
    assert "Saved: Your daily life" in page
    states = dict(re.findall(r'id="state-(\w+)"><span class="badge[^"]*">([^<]+)', page))
    assert (states["daily_life"], states["pain"]) == ("In progress", "Not started")
    assert open_page(client, TASKS + "daily_life").chosen["peg_pain"] == ["5"]


WRONG = [
    ("pain", {"nrs_avg": "11"}, "Choose a number from 0 to 10"),
    ("pain", {"nrs_avg": "7"}, "You told us your worst pain was 6."),
    ("pain", {"nrs_avg": "skip", "other_regions": ["neck", "hip", "knee", "elbow"]}, "Tick 3 or"),
    ("pain", {"nrs_avg": "skip", "better_with": ["nothing", "ice"]}, "Choose none alone"),
    ("daily_life", {**SCORES, "goal": "run\u202efast"}, "no odd signs"),
    ("tried", {"surgeries_here-1-year": "2015"}, "Fill in the first box of each line"),
    ("medicines", {**SAFE, "takes": "listed", "has_allergies": "none"}, "at least one medicine"),
    ("history", {"conditions": "none", "nicotine": "no", "height_inches": "12"}, "from 0 to 11"),
    ("history", {"conditions": "none", "nicotine": "no", "weight_pounds": "²"}, "from 2 to 1000"),
    ("claim", {"claim_type": "work", "claim_date": "2", "claim_date_day": "30",
               "claim_date_year": "2027"}, "not in the future"),
    ("claim", {"claim_type": "work", "claim_date": "3", "claim_date_day": "2",
               "claim_date_year": "2027"}, "not in the future"),
    ("agree", {"privacy_notice": "yes"}, "Tick that your answers are right"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "typed", "sentence"), WRONG, ids=str)
def test_what_is_wrong_is_told_in_words(
    client: Client, service: Service, submission: str, code: str, typed: Any, sentence: str
) -> None:
    answer = fill(client, code, **typed, **{"continue": "yes"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'class="error-summary"' in answer.text
    assert count(service, DetailSection) == 0
    client.get(f"{TASKS}?lang=es")
    assert sentence not in fill(client, code, **typed, **{"continue": "yes"}).text


def test_lines_grow_as_they_are_filled(client: Client, service: Service, submission: str) -> None:
    typed = {"takes": "listed", "meds-1-name": "Aspirin", "meds-2-name": "Iron", "more_rows": "yes"}
    answer = fill(client, "medicines", **typed)
    assert (answer.status_code, answer.location) == (303, TASKS + "medicines")
    page = open_page(client, answer.location)
    assert page.chosen["meds-2-name"] == ["Iron"]
    assert "meds-4-name" in page.controls
    fill(client, "medicines", **{"takes": "listed", "meds-2-name": "Iron", "later": "yes"})
    assert kept(client, service, submission)["medicines"]["meds"] == [{"name": "Iron"}]


def test_no_child_is_asked_for_peg(client: Client, service: Service) -> None:
    young = submit(client, date_of_birth="2010-05-05").get_json()["id"]
    client.set_cookie("visit_statement", make_statement(service, young, age=16))
    assert "peg_pain" not in open_page(client, TASKS + "daily_life").controls
    answer = fill(client, "daily_life", goal="swim", **PEG)
    assert answer.status_code == 303
    assert kept(client, service, young)["daily_life"]["goal"] == "swim"
    assert "peg" not in kept(client, service, young)["daily_life"]


def test_answered_to_the_end_it_says_so(client: Client, service: Service, submission: str) -> None:
    assert "0 of 10 done" in client.get(TASKS).text
    complete(client, service, submission)
    page = client.get(TASKS).text
    assert "Thank you. You are all set." in page
    assert "9 of 10 done" in page


# -- two windows ---------------------------------------------------------------------------------


def test_two_windows_lose_no_answers(client: Client, service: Service, submission: str) -> None:
    first, second = (open_page(client, TASKS + "pain") for _ in range(2))
    tried = open_page(client, TASKS + "tried")
    typed = {"nrs_avg": "3", "later": "yes"}
    assert client.post(TASKS + "pain", data=first.hidden | typed).status_code == 303
    assert client.post(TASKS + "pain", data=first.hidden | typed).status_code == 303  # double tap
    assert client.post(TASKS + "tried", data=tried.hidden | {"brace": "no_help"}).status_code == 303
    typed = {"nrs_avg": "5", "quality": "dull", "later": "yes"}
    stale = client.post(TASKS + "pain", data=second.hidden | typed)
    assert stale.status_code == 409
    assert "You saved this page in another window" in stale.text
    assert kept(client, service, submission)["pain"]["nrs_avg"] == 3
    shown = Page(stale.text)
    assert (shown.chosen["nrs_avg"], shown.chosen["quality"]) == (["5"], ["dull"])
    assert client.post(TASKS + "pain", data=shown.hidden | typed).status_code == 303
    now = kept(client, service, submission)
    assert (now["pain"]["nrs_avg"], now["tried"]["brace"]) == (5, "no_help")


@pytest.mark.parametrize("seen", ["-1", "x", "9" * 40, "¹"])
def test_a_made_up_version_is_no_failure(client: Client, submission: str, seen: str) -> None:
    answer = client.post(TASKS + "pain", data={"seen": seen, "nrs_avg": "3", "later": "yes"})
    assert answer.status_code == 303


# -- the page about moving -----------------------------------------------------------------------


def test_back_pain_and_moving_is_linked_where_it_may_be_read(
    client: Client, submission: str
) -> None:
    assert f'href="{TASKS}moving"' in client.get(TASKS).text
    page = client.get(TASKS + "moving").text
    assert "Based on OSM&#39;s handout Exercise and Back Pain, first featured on" in page


def test_a_knee_is_not_sent_to_the_page_about_backs(client: Client, service: Service) -> None:
    knee = submit(client, region="knee", side="left").get_json()["id"]
    client.set_cookie("visit_statement", make_statement(service, knee))
    assert f'href="{TASKS}moving"' not in client.get(TASKS).text
    assert client.get(TASKS + "moving").location == TASKS
