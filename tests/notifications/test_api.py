"""GET messages, as programs of the staff see it."""

import re

import pytest
from werkzeug.test import Client

from services.notifications.jobs import Sender
from shared.service import Service
from tests.conftest import FileClock
from tests.notifications.builders import (
    APPOINTMENT,
    change_row,
    handle,
    make_booked,
    row_of,
    staff_token,
)

MESSAGES = "/notifications/api/v1/messages"


def get(client: Client, service: Service, query: str = "", role: str = "front_desk"):  # type: ignore[no-untyped-def]
    token = staff_token(service, role)
    return client.get(MESSAGES + query, headers={"Authorization": f"Bearer {token}"})


def test_a_sent_confirmation_is_listed(client: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    answer = get(client, service)
    assert answer.status_code == 200
    assert answer.json == {
        "items": [
            {
                "id": row_of(service).id,
                "appointment": APPOINTMENT,
                "version": 1,
                "kind": "confirmation",
                "state": "sent",
                "attempts": 1,
                "due_at": "2027-03-01T10:00:00-08:00",
                "sent_at": "2027-03-01T10:00:00-08:00",
                "ambiguous_at": None,
                "language": "en",
            }
        ],
        "next": None,
    }


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_all_staff_may_look(client: Client, service: Service, role: str) -> None:
    assert get(client, service, role=role).status_code == 200


def test_nobody_else_may_look(client: Client) -> None:
    answer = client.get(MESSAGES)
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_required")
    assert client.get(MESSAGES, headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"?appointment={APPOINTMENT}", 1),
        ("?appointment=unknown", 0),
        ("?state=queued", 2),
        ("?state=sent", 0),
        ("?kind=confirmation", 2),
        ("?kind=reminder_1d", 0),
        (f"?appointment={APPOINTMENT}&state=queued&kind=confirmation", 1),
    ],
)
def test_filters_narrow_the_list(client: Client, service: Service, query: str, count: int) -> None:
    handle(service, make_booked())
    handle(service, make_booked(appointment="other"))
    assert len(get(client, service, query).json["items"]) == count


def test_a_long_list_has_pages(client: Client, service: Service, clock: FileClock) -> None:
    for number in range(5):
        handle(service, make_booked(appointment=str(number)))
        clock.advance(seconds=1)
    seen, cursor = [], ""
    while True:
        page = get(client, service, f"?limit=2{cursor}").json
        seen += [item["appointment"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "query",
    [
        "?state=lost", "?kind=letter", "?limit=0", "?limit=501", "?limit=x", "?cursor=x",
        "?appointment=", "?colour=red", f"?appointment={'x' * 37}", f"?cursor={'x' * 201}",
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(
    client: Client, service: Service, query: str
) -> None:
    answer = get(client, service, query)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_a_message_in_doubt_says_so(client: Client, service: Service, clock: FileClock) -> None:
    handle(service, make_booked())
    change_row(service, state="ambiguous", ambiguous_at=clock.now())
    (item,) = get(client, service).json["items"]
    assert item["ambiguous_at"] == "2027-03-01T10:00:00-08:00"


def test_openapi_describes_the_list(client: Client) -> None:
    spec = client.get("/notifications/api/v1/openapi.json").json
    assert spec["openapi"] == "3.1.0"
    operation = spec["paths"]["/api/v1/messages"]["get"]
    assert {one["name"] for one in operation["parameters"]} == {
        "appointment", "state", "kind", "cursor", "limit",
    }  # fmt: skip
    assert operation["security"] == [{"staff": []}]


def test_metrics_count_messages(client: Client, service: Service) -> None:
    handle(service, make_booked())
    metrics = client.get("/notifications/metrics").text
    assert re.search(r'^clinic_messages\{state="queued"\} 1.0$', metrics, re.MULTILINE)


def test_it_is_ready(client: Client) -> None:
    assert client.get("/notifications/readyz").status_code == 200
