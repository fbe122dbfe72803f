"""GET messages, as programs of the staff see it."""

import re
from pathlib import Path

import pytest
from werkzeug.test import Client

from services.notifications.jobs import Sender
from services.notifications.queries import content_of
from shared.service import Service
from tests.conftest import FileClock
from tests.notifications.builders import (
    APPOINTMENT,
    change_row,
    handle,
    make_booked,
    make_cancelled,
    make_contact_changed,
    row_of,
    rows_of,
    send,
    staff_token,
)

MESSAGES = "/notifications/api/v1/messages"


def get(client: Client, service: Service, query: str = "", role: str = "front_desk"):  # type: ignore[no-untyped-def]
    token = staff_token(service, role)
    return client.get(MESSAGES + query, headers={"Authorization": f"Bearer {token}"})


def test_a_sent_confirmation_is_listed(client: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    answer = get(client, service, "?kind=confirmation")
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
        ("", 8),  # each visit brings a nudge and two reminders along
        (f"?appointment={APPOINTMENT}", 4),
        ("?appointment=unknown", 0),
        ("?state=queued", 8),
        ("?state=sent", 0),
        ("?kind=confirmation", 2),
        ("?kind=reminder_1d", 2),
        ("?kind=no_show", 0),
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
        page = get(client, service, f"?kind=confirmation&limit=2{cursor}").json
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
    (item,) = get(client, service, "?kind=confirmation").json["items"]
    assert item["ambiguous_at"] == "2027-03-01T10:00:00-08:00"


def resend(client: Client, service: Service, message: str, role: str = "front_desk"):  # type: ignore[no-untyped-def]
    token = staff_token(service, role)
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(f"{MESSAGES}/{message}/resend", headers=headers)


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_staff_may_send_a_message_once_more(client: Client, service: Service, role: str) -> None:
    handle(service, make_booked())
    send(service)
    answer = resend(client, service, row_of(service).id, role)
    assert answer.status_code == 201
    first, second = rows_of(service)
    assert answer.json["id"] == second.id
    assert (second.copy, second.version, second.due_at) == (2, first.version, service.clock.now())
    send(service)
    first, second = rows_of(service)
    assert second.state == "sent"
    assert second.message_id != first.message_id
    folder = Path(service.settings.mail_url.removeprefix("file:"))
    bodies = [(folder / f"{row.id}.eml").read_text() for row in (first, second)]
    for line in ("UID:22222222", "SEQUENCE:1"):
        assert all(line in body for body in bodies)


def test_what_is_still_on_its_way_is_not_sent_twice(client: Client, service: Service) -> None:
    handle(service, make_booked())
    answer = resend(client, service, row_of(service).id)
    assert (answer.status_code, answer.json["code"]) == (409, "on_its_way")


def test_what_is_outdated_is_not_sent_again(client: Client, service: Service) -> None:
    handle(service, make_booked())
    send(service)
    old = row_of(service)
    handle(service, make_cancelled())
    send(service)
    answer = resend(client, service, old.id)
    assert (answer.status_code, answer.json["code"]) == (409, "superseded")
    assert resend(client, service, rows_of(service)[1].id).status_code == 201


def test_a_corrected_address_gets_the_copy(client: Client, service: Service) -> None:
    handle(service, make_booked())
    send(service)
    handle(service, make_contact_changed(email="ann@new.example"))
    assert resend(client, service, row_of(service).id).status_code == 201
    with service.database.read() as session:
        assert content_of(session, rows_of(service)[1]).address == "ann@new.example"
    handle(service, make_contact_changed(version=3, email=None))
    answer = resend(client, service, rows_of(service)[0].id)
    assert answer.status_code == 409


def test_nobody_else_sends_anything(client: Client, service: Service) -> None:
    handle(service, make_booked())
    assert client.post(f"{MESSAGES}/{row_of(service).id}/resend").status_code == 401
    assert resend(client, service, "unknown").status_code == 404


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
    assert re.search(r'^clinic_messages\{state="queued"\} 4.0$', metrics, re.MULTILINE)
    assert re.search(r'^clinic_messages\{state="sent"\} 0.0$', metrics, re.MULTILINE)
    for name in ("oldest_seconds 0.0", "clinic_reminders_held 0.0", "clinic_message_faults 0.0"):
        assert name in metrics


def test_it_is_ready(client: Client) -> None:
    assert client.get("/notifications/readyz").status_code == 200
