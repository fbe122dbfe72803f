"""The birth date behind a mail link: who has it reaches the health questions, for who guesses the
door closes, and programs that open links or send forms get nothing."""

import threading
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from services.scheduling import operations
from services.scheduling.domain.links import Links
from services.scheduling.models import Appointment
from tests.scheduling.patient import CLAIMS, press, ready_to_book

QUESTIONS = "/scheduling/visit/questions"
BORN = {"born": "3", "born_day": "27", "born_year": "1980"}
WRONG = {"born": "3", "born_day": "28", "born_year": "1980"}


@pytest.fixture
def service(make_service):
    service = make_service("scheduling")
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return service


@pytest.fixture
def link(client, service) -> str:
    """The path of the link in the confirmation of a visit on Monday, March 1 at 12:00pm."""
    press(client, ready_to_book(client, service))
    for cookie in ("booking", "handoff"):
        client.delete_cookie(cookie)
    links = Links(service.settings.public_url, service.secrets.link_key())
    return links.manage_url(visit_of(service).id, 1).removeprefix(service.settings.public_url)


def visit_of(service) -> Appointment:
    with service.database.read() as session:
        return session.scalars(select(Appointment)).one()


def give(client: Client, typed: Any = BORN, **headers: str) -> TestResponse:
    return client.post(QUESTIONS, data=typed, headers=headers)


def statement(client: Client) -> str | None:
    found = client.get_cookie("visit_statement")
    return found.value if found else None


def test_the_birth_date_opens_the_health_questions(client, service, link, clock):
    client.get(link)
    opened = give(client)
    assert (opened.status_code, opened.location) == (303, "/intake/details/")
    claims = service.statements.open("visit_statement", statement(client), now=clock.now())
    visit = visit_of(service)
    assert claims == {
        "submission": CLAIMS["submission"],
        "patient": visit.patient_id,
        "appointment": visit.id,
        "age": 46,
        "until": int(clock.now().timestamp()) + 4 * 3600,
    }
    for secret in ("1980", CLAIMS["submission"], visit.patient_id):
        assert secret not in statement(client)


def test_the_visit_page_asks_and_shows_nothing_of_it(client, link):
    client.get(link)
    page = client.get("/scheduling/visit").text
    assert "Finish your health questions" in page
    assert "Date of birth of the patient" in page
    for words in ("1980", "low back", "Ann", CLAIMS["submission"]):
        assert words not in page
    assert "we closed your health questions" in client.get("/scheduling/visit?closed=x").text


NO_MATCH = [
    WRONG,
    {"born": "3", "born_day": "27", "born_year": "1981"},
    {"born": "27", "born_day": "3", "born_year": "1980"},
    {"born": "", "born_day": "", "born_year": ""},
    {"born": "x", "born_day": "é", "born_year": "٣"},
    {"born": "2", "born_day": "30", "born_year": "1980"},
    {"born": "9" * 500, "born_day": "1", "born_year": "99999999"},
    {},
]


@pytest.mark.parametrize("typed", NO_MATCH, ids=lambda typed: "-".join(typed.values())[:12])
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_answer_is_the_same_whatever_was_wrong(client, link, typed):
    client.get(link)
    answer = give(client, typed)
    assert answer.status_code == 422
    assert "This does not match what we have." in answer.text
    assert "503-224-8399" in answer.text
    assert statement(client) is None


def test_after_five_tries_even_the_right_date_is_refused_for_a_while(client, service, link, clock):
    client.get(link)
    for _ in range(5):
        assert give(client, WRONG).status_code == 422
    shut = give(client)
    assert shut.status_code == 429
    assert 0 < int(shut.headers["Retry-After"]) <= 900
    assert "call us at 503-224-8399" in shut.text
    assert statement(client) is None
    clock.advance(minutes=15)
    client.get(link)
    assert give(client).status_code == 303


def test_another_browser_with_the_same_link_has_no_more_tries(client, make_client, service, link):
    client.get(link)
    for _ in range(5):
        give(client, WRONG)
    other = make_client(service)
    other.get(link)
    assert give(other).status_code == 429


def test_who_goes_on_guessing_is_stopped_for_the_day(client, link, clock):
    for _ in range(4):
        client.get(link)
        for _ in range(5):
            give(client, WRONG)
        clock.advance(minutes=15)
    client.get(link)
    assert give(client).status_code == 429


def test_a_scanner_that_sends_empty_forms_uses_up_no_tries(client, link):
    client.get(link)
    for _ in range(12):
        assert give(client, {}).status_code == 422
    assert give(client).status_code == 303


def test_many_at_once_have_five_tries_together(client, make_client, service, link):
    answers: list[int] = []

    def guess(browser) -> None:
        browser.get(link)
        answers.append(give(browser, WRONG).status_code)

    # Made one after the other: some Pythons fail when several threads make an app at once.
    browsers = [make_client(service) for _ in range(12)]
    threads = [threading.Thread(target=guess, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [422] * 5 + [429] * 7


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_the_link_there_is_nothing_to_guess(client, link):
    client.delete_cookie("visit")
    answer = give(client)
    assert answer.status_code == 410
    assert statement(client) is None
    assert client.get(QUESTIONS).status_code == 405


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_form_of_another_site_opens_nothing(client, link):
    client.get(link)
    answer = client.post(QUESTIONS, data=BORN, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, statement(client)) == (403, None)


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("status", ["cancelled", "noshow", "fulfilled", "entered-in-error"])
def test_a_visit_that_is_over_asks_no_more_questions(client, service, link, status):
    with service.database.write() as session:
        session.scalars(select(Appointment)).one().status = status
    client.get(link)
    assert "health questions" not in client.get("/scheduling/visit").text
    assert give(client).status_code == 422
    assert statement(client) is None
