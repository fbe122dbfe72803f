"""The staff brief: all of it for clinicians, level and status for the desk, and who looked."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import Client

from services.intake.handlers import on_appointment_booked
from services.intake.models import AuditEntry
from shared.service import Service
from tests.intake.builders import SUBMISSIONS, staff_headers, submit
from tests.intake.complete import COMPLETE
from tests.intake.test_handlers import make_booked

ANSWERS = {
    "peg": {"pain": 8, "enjoyment": 7, "activity": 6},
    "daily_life": {"goal": "Walk <my> dog"},
    "claim": {"claim_type": "work", "claim_date": "2027-02-05"},
    "movement": {
        "exercise_plan": "yes", "plan_days_per_week": 5, "done_days_last_week": 4,
        "exercise_barriers": ["hurts_more"],
    },
}  # fmt: skip
SECRETS = (
    "KNEE", "Knee", "LEFT", "E-33", "Ibuprofen", "Penicillin", "Diabetes", "7.0", "Pain control",
    "4 of 5", "dog", "6 of 10", "osm-consents",
)  # fmt: skip


@pytest.fixture
def submission(client: Client, service: Service) -> str:
    """A left knee from work, answered to the end; the visit is on Tuesday, March 2, at 8:00am."""
    made: str = submit(
        client, region="knee", side="left", mechanism="fall_or_twist", onset_days=10,
        flags=["osteoporosis"],
    ).get_json()["id"]  # fmt: skip
    headers = staff_headers(service, "clinician")
    for body in (COMPLETE, ANSWERS):
        client.put(f"{SUBMISSIONS}/{made}/details", json=body, headers=headers)
    with service.database.write() as session:
        on_appointment_booked(session, make_booked(made), service.clock.now())
    return made


def brief(client: Client, service: Service, submission: str, role: str) -> Any:
    path = f"/intake/staff/submissions/{submission}"
    return client.get(path, headers=staff_headers(service, role))


def looks(service: Service) -> list[tuple[str, str, str]]:
    with service.database.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "answers_read")).all()
    return [(row.actor, row.action, row.subject) for row in rows]


def test_a_clinician_sees_all_of_it_and_the_look_is_noted(
    client: Client, service: Service, submission: str
) -> None:
    page = brief(client, service, submission, "clinician").text
    for words in (
        "Knee", "LEFT", "A fall or a twist".lower(), "4 of 10", "6 of 10", "7.0",
        "Ibuprofen", "400 mg", "Penicillin", "Diabetes", "Pain control first", "4 of 5 days",
        "Walk &lt;my&gt; dog", "not read by the safety check", "osm-consents-draft-1",
        "Form 827 due by Friday, March 5, 2027, 8:00am", "Tuesday, March 2, 2027, 8:00am",
        "for 10 days",
    ):  # fmt: skip
        assert words in page, words
    assert looks(service) == [("s1", "answers_read", submission)]


@pytest.mark.parametrize("role", ["front_desk", "admin"])
def test_all_others_see_level_and_status_only(
    client: Client, service: Service, submission: str, role: str
) -> None:
    page = brief(client, service, submission, role).text
    assert "Within 2 business days" in page
    assert "Complete" in page
    for words in SECRETS:
        assert words not in page, words
    assert looks(service) == []


def test_the_desk_sends_the_form_so_it_sees_when_it_is_due(
    client: Client, service: Service, submission: str
) -> None:
    due = "Form 827 due by Friday, March 5, 2027, 8:00am"
    assert due in brief(client, service, submission, "front_desk").text
    assert "Form 827" not in brief(client, service, submission, "admin").text


def test_a_visitor_may_not_see_it(client: Client, submission: str) -> None:
    answer = client.get(f"/intake/staff/submissions/{submission}")
    assert answer.status_code == 303
    assert "/scheduling/staff/renew" in answer.location


def test_an_unknown_one_is_not_found(client: Client, service: Service) -> None:
    for role in ("clinician", "front_desk"):
        assert brief(client, service, "absent", role).status_code == 404


def test_an_empty_submission_says_what_is_missing(client: Client, service: Service) -> None:
    event = make_booked("33333333-3333-4333-8333-333333333333")
    with service.database.write() as session:
        on_appointment_booked(session, event, service.clock.now())
    for role in ("clinician", "front_desk", "admin"):
        page = brief(client, service, event.submission, role)
        assert page.status_code == 200
        assert "Safety check not done" in page.text


def test_the_trend_goes_over_the_visits_of_one_patient(
    client: Client, service: Service, submission: str
) -> None:
    later = submit(client, pain={"worst": 4, "now": 2}).get_json()["id"]
    stranger = submit(client, pain={"worst": 9, "now": 9}, onset_days=90).get_json()["id"]
    headers = staff_headers(service, "clinician")
    peg = {"peg": {"pain": 4, "enjoyment": 5, "activity": 5}}
    client.put(f"{SUBMISSIONS}/{later}/details", json=peg, headers=headers)
    visits = ((later, "a" * 36, {}), (stranger, "b" * 36, {"patient": "c" * 36}))
    for made, appointment, changes in visits:
        start = make_booked(made).start.replace(day=20)
        event = replace(make_booked(made), appointment=appointment, start=start, **changes)
        with service.database.write() as session:
            on_appointment_booked(session, event, service.clock.now())
    page = brief(client, service, later, "clinician").text
    assert page.index("Tue, Mar 2, 2027") < page.index("Sat, Mar 20, 2027")
    assert "Better" in page
    assert page.index("<table>") < page.index("<svg")
    assert page.count("<circle") == 2
    assert page.count("<tr") == 3
    alone = brief(client, service, stranger, "clinician").text
    assert "<svg" not in alone
