"""Asking to be called back: after SAME_DAY, in hours, once; and nothing of it stays in intake."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import Client, TestResponse

from services.intake.domain.codes import ALPHABET
from services.intake.models import Callback
from services.intake.operations.callbacks import PER_HOUR
from shared.events.codec import decode
from shared.events.intake import CallbackRequested
from shared.service import Service
from shared.tables import outbox
from tests.conftest import FileClock, MakeClient, MakeService
from tests.intake.builders import SUBMISSIONS, count, staff_headers, submit
from tests.intake.walk import Page, open_page, send, walk

FEVER = {"symptoms": ["fever_chills"]}  # SAME_DAY
ANN: dict[str, Any] = {"name": "Ann O'Brien-Núñez", "phone": "(503) 555-0123"}
SIGNS = {"signs_5": "fever_chills", "signs_end": []}


def ask(client: Client, made: dict[str, Any], **changes: Any) -> TestResponse:
    body = {"callback": made["callback"], **ANN, **changes}
    return client.post(f"{SUBMISSIONS}/{made['id']}/callback", json=body)


def told(service: Service) -> list[CallbackRequested]:
    with service.database.read() as session:
        query = select(outbox.c.body).where(outbox.c.type == CallbackRequested.TYPE)
        bodies = session.execute(query).scalars().all()
    keyring = service.secrets.service_keys("intake").events
    return [decode(body, keyring=keyring).event for body in bodies]


def test_a_call_back_becomes_one_sealed_event(client: Client, service: Service) -> None:
    made = submit(client, **FEVER, language="es").get_json()
    response = ask(client, made, email="ann@example.com")
    assert response.status_code == 202
    reference = response.get_json()["reference"]
    assert re.fullmatch(f"[{ALPHABET}]{{4}}", reference)
    [event] = told(service)
    assert event == CallbackRequested(
        callback=event.callback,
        submission=made["id"],
        requested_at=service.clock.now(),
        reference=reference,
        urgency="SAME_DAY",
        name="Ann O'Brien-Núñez",
        phone="+15035550123",
        email="ann@example.com",
        language="es",
    )
    assert event.callback != made["id"]


def test_intake_keeps_neither_name_nor_phone(client: Client, service: Service) -> None:
    made = submit(client, **FEVER).get_json()
    reference = ask(client, made, email="ann@example.com").get_json()["reference"]
    with service.database.read() as session:
        row = session.get(Callback, made["id"])
        tables = ("submissions", "callbacks", "outbox", "idempotency_keys", "rate_limits")
        rows = [session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
    assert row is not None
    for word in ("Ann", "5550123", "ann@example.com", reference, "127.0.0.1"):
        assert word not in str(rows)


@pytest.mark.parametrize(
    ("symptoms", "is_offered"),
    [(["saddle_numbness"], False), (["fever_chills"], True), ([], False)],
    ids=["EMERGENCY", "SAME_DAY", "ROUTINE"],
)
def test_only_same_day_gets_the_token(
    client: Client, symptoms: list[str], is_offered: bool
) -> None:
    assert (submit(client, symptoms=symptoms).get_json()["callback"] is not None) is is_offered


def test_asking_again_makes_no_second_event(client: Client, service: Service) -> None:
    made = submit(client, **FEVER).get_json()
    first, second = ask(client, made), ask(client, made, phone="503 555 0199")
    assert (second.status_code, second.get_json()) == (202, first.get_json())
    assert (count(service, Callback), len(told(service))) == (1, 1)


def test_many_at_once_make_one_event(
    make_client: MakeClient, client: Client, service: Service
) -> None:
    made = submit(client, **FEVER).get_json()
    clients = [make_client(service) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: ask(one, made), clients))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.get_json()["reference"] for answer in answers}) == 1
    assert len(told(service)) == 1


@pytest.mark.parametrize(
    "instant",
    [
        "2027-03-01T07:59:59-08:00",
        "2027-03-01T16:30:00-08:00",
        "2027-03-06T10:00:00-08:00",
        "2027-05-31T10:00:00-07:00",
    ],
    ids=["before opening", "at closing", "Saturday", "Memorial Day"],
)
def test_outside_hours_nobody_can_call_back(
    client: Client, service: Service, clock: FileClock, instant: str
) -> None:
    clock.set(instant)
    made = submit(client, **FEVER).get_json()
    response = ask(client, made)
    assert (response.status_code, response.get_json()["code"]) == (409, "clinic_closed")
    assert "urgent care or ER" in response.get_json()["detail"]
    assert told(service) == []


def test_after_staff_raised_it_to_an_emergency_nobody_waits_for_a_call(
    client: Client, service: Service
) -> None:
    made = submit(client, **FEVER).get_json()
    headers = staff_headers(service, "front_desk")
    body = {"level": "EMERGENCY"}
    client.post(f"{SUBMISSIONS}/{made['id']}/level", json=body, headers=headers)
    response = ask(client, made)
    assert (response.status_code, response.get_json()["code"]) == (409, "callback_not_offered")
    assert "911" in response.get_json()["detail"]


def test_a_token_is_for_its_own_submission_only(client: Client, service: Service) -> None:
    first, second = (submit(client, **FEVER).get_json() for _ in range(2))
    response = ask(client, first | {"callback": second["callback"]})
    assert (response.status_code, response.get_json()["code"]) == (422, "callback_invalid")
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/callback"]
    assert told(service) == []


@pytest.mark.parametrize("token", ["x", "A" * 200, "é", "handoff"])
def test_a_forged_token_is_refused(client: Client, token: str) -> None:
    made = submit(client, **FEVER).get_json()
    if token == "handoff":  # sealed by us, for another use
        token = submit(client).get_json()["handoff"]
    response = ask(client, made, callback=token)
    assert (response.status_code, response.get_json()["code"]) == (422, "callback_invalid")


def test_the_next_day_the_token_is_too_old(client: Client, clock: FileClock) -> None:
    made = submit(client, **FEVER).get_json()
    clock.advance(hours=24)
    response = ask(client, made)
    assert (response.status_code, response.get_json()["code"]) == (410, "callback_expired")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": " "}, "/name"),
    "an endless name": ({"name": "x" * 121}, "/name"),
    "a name with a line break": ({"name": "Ann\nBcc: x"}, "/name"),
    "a short number": ({"phone": "555 0123"}, "/phone"),
    "letters": ({"phone": "call me maybe"}, "/phone"),
    "a number for a text": ({"phone": 5035550123}, "/phone"),
    "no address": ({"email": "ann"}, "/email"),
    "a header": ({"email": "ann@example.com\nBcc: x@example.com"}, "/email"),
    "no token": ({"callback": None}, "/callback"),
    "an unknown field": ({"note": "hurts"}, "/note"),
}


@pytest.mark.parametrize(("changes", "pointer"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_is_refused_by_its_pointer(
    client: Client, changes: dict[str, Any], pointer: str
) -> None:
    made = submit(client, **FEVER).get_json()
    response = ask(client, made, **changes)
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.get_json()["errors"]]


def test_one_address_cannot_flood_the_desk(client: Client, service: Service) -> None:
    often = PER_HOUR + 2
    statuses = [ask(client, submit(client, **FEVER).get_json()).status_code for _ in range(often)]
    assert statuses == [202] * PER_HOUR + [429] * 2
    assert len(told(service)) == PER_HOUR


def test_load_checks_may_lift_the_limit(make_service: MakeService, make_client: MakeClient) -> None:
    client = make_client(make_service("intake", CLINIC_LIMITS="off"))
    often = PER_HOUR + 2
    statuses = [ask(client, submit(client, **FEVER).get_json()).status_code for _ in range(often)]
    assert statuses == [202] * often


# -- the form under the result ---------------------------------------------------------------------


def test_the_result_page_takes_the_call_back_and_says_what_happens_next(
    client: Client, service: Service
) -> None:
    walk(client, **SIGNS)
    assert {"name", "phone", "email"} <= set(open_page(client, "/intake/result").controls)
    response = client.post("/intake/callback", data=ANN)
    assert (response.status_code, response.headers["Location"]) == (303, "/intake/result")
    page = open_page(client, "/intake/result")
    [event] = told(service)
    assert "We will call you today" in page.text
    assert event.reference in page.text
    assert "phone" not in page.controls
    assert "Call 911" in page.text
    client.post("/intake/callback", data=ANN)  # a second tap
    assert len(told(service)) == 1


def test_a_wrong_number_is_explained_and_the_name_is_still_there(client: Client) -> None:
    walk(client, **SIGNS)
    response = client.post("/intake/callback", data={"name": "Ann", "phone": "12"})
    page = Page(response.get_data(as_text=True))
    assert response.status_code == 422
    assert page.text.count("Enter a phone number with 10 digits, like 503 555 0123") == 2
    assert page.chosen["name"] == ["Ann"]
    assert set(page.targets) <= set(page.ids)


def test_outside_hours_the_page_offers_no_call(client: Client, clock: FileClock) -> None:
    clock.set("2027-03-01T18:00:00-08:00")
    walk(client, **SIGNS)
    page = open_page(client, "/intake/result")
    assert "phone" not in page.controls
    assert "Go to an urgent care or ER today" in page.text


def test_a_form_sent_after_closing_leads_to_the_closed_page(
    client: Client, service: Service, clock: FileClock
) -> None:
    clock.set("2027-03-01T16:29:00-08:00")
    walk(client, **SIGNS)
    clock.advance(minutes=2)
    assert client.post("/intake/callback", data=ANN).status_code == 303
    assert "We are closed now" in open_page(client, "/intake/result").text
    assert told(service) == []


@pytest.mark.parametrize("signs", [{}, {"signs_2": "saddle_numbness", "signs_end": []}])
def test_the_form_works_after_same_day_only(
    client: Client, service: Service, signs: dict[str, Any]
) -> None:
    walk(client, **signs)
    assert "phone" not in Page(client.get("/intake/result").get_data(as_text=True)).controls
    assert client.post("/intake/callback", data=ANN).status_code == 303
    assert told(service) == []


def test_without_answers_the_form_leads_to_the_start(client: Client, service: Service) -> None:
    client.post("/intake/callback", data=ANN)
    assert client.get("/intake/result").headers["Location"] == "/intake/"
    assert told(service) == []


def test_changed_answers_are_another_submission_and_may_ask_again(
    client: Client, service: Service
) -> None:
    walk(client, **SIGNS)
    client.post("/intake/callback", data=ANN)
    send(client, "/intake/signs", signs_5="fever_chills", flags="none")
    send(client, "/intake/pain", pain_worst="8", pain_now="8")
    assert "phone" in open_page(client, "/intake/result").controls
