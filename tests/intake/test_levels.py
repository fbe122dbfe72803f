"""Raising and lowering a level: who may, what is kept, what is told, and two at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import Client, TestResponse

from services.intake import queries
from services.intake.models import LevelChange
from services.intake.operations import follow_visit
from shared.events.codec import decode
from shared.events.intake import UrgencyChanged
from shared.service import Service
from shared.tables import outbox
from tests.conftest import MakeClient
from tests.intake.builders import SUBMISSIONS, count, staff_headers, submit
from tests.shared.builders import make_booked

REASON = "Seen by phone: old swelling, no fever"
FEVER = {"symptoms": ["fever_chills"]}  # SAME_DAY


def change(
    client: Client, service: Service, submission: str, level: str, role: str, **more: Any
) -> TestResponse:
    return client.post(
        f"{SUBMISSIONS}/{submission}/level",
        json={"level": level, **more},
        headers=staff_headers(service, role),
    )


def told(service: Service) -> list[UrgencyChanged]:
    with service.database.read() as session:
        query = select(outbox.c.body).where(outbox.c.type == UrgencyChanged.TYPE)
        bodies = session.execute(query.order_by(outbox.c.sequence)).scalars().all()
    keyring = service.secrets.service_keys("intake").events
    return [decode(body, keyring=keyring).event for body in bodies]


@pytest.mark.parametrize("role", ["front_desk", "clinician"])
def test_staff_raise_a_level_with_one_action(client: Client, service: Service, role: str) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    response = change(client, service, made, "EMERGENCY", role)
    assert (response.status_code, response.get_json()) == (
        200,
        {"id": made, "urgency": "EMERGENCY", "status": "safety_check_done"},
    )
    assert told(service) == [UrgencyChanged(submission=made, appointment=None, urgency="EMERGENCY")]
    seen = client.get(f"{SUBMISSIONS}/{made}", headers=staff_headers(service, "front_desk"))
    assert seen.get_json()["urgency"] == "EMERGENCY"


def test_the_result_of_the_rules_stays_beside_what_staff_decided(
    client: Client, service: Service
) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    with service.database.read() as session:
        judged = queries.submission(session, made)[1]
    change(client, service, made, "EMERGENCY", "front_desk")
    change(client, service, made, "URGENT_2BD", "clinician", reason=REASON)
    with service.database.read() as session:
        assert queries.submission(session, made)[1] == judged
    headers = staff_headers(service, "clinician")
    seen = client.get(f"{SUBMISSIONS}/{made}", headers=headers).get_json()
    assert (seen["urgency"], seen["judged_urgency"]) == ("URGENT_2BD", "SAME_DAY")
    at = "2027-03-01T10:00:00-08:00"
    assert seen["level_changes"] == [
        {"at": at, "role": "front_desk", "before": "SAME_DAY", "after": "EMERGENCY",
         "reason": None},
        {"at": at, "role": "clinician", "before": "EMERGENCY", "after": "URGENT_2BD",
         "reason": REASON},
    ]  # fmt: skip


REFUSED = {
    "a visitor": (None, "EMERGENCY", {}, 401, "sign_in_required"),
    "an admin who raises": ("admin", "EMERGENCY", {}, 403, "forbidden"),
    "an admin who lowers": ("admin", "ROUTINE", {"reason": REASON}, 403, "forbidden"),
    "the desk lowering": (
        "front_desk", "ROUTINE", {"reason": REASON}, 403, "lowering_not_allowed",
    ),
    "lowering by one": ("front_desk", "URGENT_2BD", {}, 403, "lowering_not_allowed"),
    "no reason": ("clinician", "ROUTINE", {}, 422, "reason_required"),
    "null for a reason": ("clinician", "ROUTINE", {"reason": None}, 422, "reason_required"),
    "an empty reason": ("clinician", "ROUTINE", {"reason": "  "}, 422, "invalid"),
    "an endless reason": ("clinician", "ROUTINE", {"reason": "x" * 501}, 422, "invalid"),
    "a level nobody has": ("clinician", "SOON", {}, 422, "invalid"),
    "another level was seen": (
        "clinician", "ROUTINE", {"reason": REASON, "seen": "URGENT_2BD"}, 409, "level_changed",
    ),
    "an unknown field": ("clinician", "EMERGENCY", {"force": True}, 422, "invalid"),
}  # fmt: skip


@pytest.mark.parametrize(("role", "level", "more", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_change_that_is_not_allowed_changes_nothing(
    client: Client,
    service: Service,
    role: str | None,
    level: str,
    more: dict[str, Any],
    status: int,
    code: str,
) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    headers = staff_headers(service, role) if role else {}
    body = {"level": level, **more}
    response = client.post(f"{SUBMISSIONS}/{made}/level", json=body, headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert (count(service, LevelChange), told(service)) == (0, [])


def test_a_missing_reason_is_pointed_at(client: Client, service: Service) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    errors = change(client, service, made, "ROUTINE", "clinician").get_json()["errors"]
    assert [error["pointer"] for error in errors] == ["/reason"]


def test_an_unknown_submission_is_not_found(client: Client, service: Service) -> None:
    response = change(client, service, "absent", "EMERGENCY", "clinician")
    assert (response.status_code, response.get_json()["code"]) == (404, "submission_not_found")


def test_asking_for_the_level_it_has_is_no_change(client: Client, service: Service) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    for _ in range(2):
        assert change(client, service, made, "EMERGENCY", "front_desk").status_code == 200
    assert (count(service, LevelChange), len(told(service))) == (1, 1)


def test_what_staff_wrote_and_decided_is_sealed(client: Client, service: Service) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    change(client, service, made, "ROUTINE", "clinician", reason=REASON)
    with service.database.read() as session:
        tables = ("level_changes", "outbox")
        rows = [session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
    for word in ("Seen by phone", "ROUTINE", "SAME_DAY"):
        assert word not in str(rows)


def test_a_visit_without_a_check_may_be_raised_by_the_desk_but_not_called_routine(
    client: Client, service: Service
) -> None:
    with service.database.write() as session:
        now = service.clock.now()
        visit = replace(make_booked(), submission="visit-1", appointment="a-1")
        follow_visit(session, visit, takes_place=True, now=now)
    response = change(client, service, "visit-1", "ROUTINE", "front_desk")
    assert (response.status_code, response.get_json()["code"]) == (403, "lowering_not_allowed")
    response = change(client, service, "visit-1", "SAME_DAY", "front_desk")
    assert response.get_json() == {
        "id": "visit-1", "urgency": "SAME_DAY", "status": "safety_check_not_done",
    }  # fmt: skip
    assert told(service)[0].appointment == "a-1"


def test_many_raises_at_once_are_one_change(
    make_client: MakeClient, client: Client, service: Service
) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    clients = [make_client(service) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: change(one, service, made, "EMERGENCY", "front_desk"), clients)
        )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert (count(service, LevelChange), len(told(service))) == (1, 1)


def test_a_lowering_never_undoes_a_raise_it_did_not_see(
    make_client: MakeClient, client: Client, service: Service
) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    wishes: list[dict[str, Any]] = [
        {"level": "EMERGENCY", "role": "front_desk"},
        {"level": "ROUTINE", "role": "clinician", "reason": REASON, "seen": "SAME_DAY"},
    ] * 4
    clients = [make_client(service) for _ in wishes]
    with ThreadPoolExecutor(len(wishes)) as pool:
        list(
            pool.map(
                lambda one: change(one[0], service, made, **one[1]),
                zip(clients, wishes, strict=True),
            )
        )
    with service.database.read() as session:
        judged = queries.judged(session, made)
    assert judged.level == "EMERGENCY"  # whichever came first
    befores = [one["before"] for one in judged.changes]
    assert befores in (["SAME_DAY"], ["SAME_DAY", "ROUTINE"])


# -- the buttons on staff pages ------------------------------------------------------------------

PRESSED = {
    "the desk raises": ("front_desk", {"level": "EMERGENCY"}, 303),
    "a clinician lowers": ("clinician", {"level": "ROUTINE", "reason": REASON}, 303),
    "no reason": ("clinician", {"level": "ROUTINE", "reason": ""}, 422),
    "the desk lowers": ("front_desk", {"level": "ROUTINE", "reason": REASON}, 403),
    "an admin": ("admin", {"level": "EMERGENCY"}, 403),
    "no level": ("clinician", {}, 422),
    "an old page": ("front_desk", {"level": "EMERGENCY", "seen": "ROUTINE"}, 409),
}


@pytest.mark.parametrize(("role", "form", "status"), PRESSED.values(), ids=PRESSED)
def test_the_buttons_do_what_the_route_does(
    client: Client, service: Service, role: str, form: dict[str, str], status: int
) -> None:
    made = submit(client, **FEVER).get_json()["id"]
    address = f"/intake/staff/submissions/{made}/level"
    response = client.post(address, data=form, headers=staff_headers(service, role))
    assert response.status_code == status
    assert count(service, LevelChange) == (1 if status == 303 else 0)
    if status == 303:
        assert response.headers["Location"] == f"/intake/staff/submissions/{made}"
