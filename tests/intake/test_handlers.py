"""Reactions to what happened in scheduling: visits tied to submissions, sessions revoked."""

from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from werkzeug.test import Client

from services.intake.handlers import HANDLERS, on_appointment_booked
from services.intake.models import IntakeSubmission
from services.intake.queries import submission
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    PatientMerged,
    StaffSessionsRevoked,
)
from shared.messaging.topology import LISTENERS
from shared.service import Service
from tests.intake.builders import SUBMISSIONS, staff_headers, submit

VISIT = "11111111-1111-4111-8111-111111111111"
PATIENT = "22222222-2222-4222-8222-222222222222"
START = datetime(2027, 3, 2, 16, tzinfo=UTC)


def make_booked(submission_id: str) -> AppointmentBooked:
    return AppointmentBooked(
        appointment=VISIT, version=1, submission=submission_id, patient=PATIENT,
        start=START, end=START, booked_by="patient", safety_check="done", notify=True,
        reference="7F3K2M", urgency="ROUTINE", visit_type="NP", practitioner="Dr. Demo Alder",
        given_name="Ann", email=None, language="en", manage_url="http://localhost/x",
    )  # fmt: skip


def handle(service: Service, event: AppointmentBooked) -> None:
    with service.database.write() as session:
        on_appointment_booked(session, event, service.clock.now())


def test_a_booked_visit_is_tied_to_its_submission(client: Client, service: Service) -> None:
    made = submit(client).get_json()
    handle(service, make_booked(made["id"]))
    handle(service, make_booked(made["id"]))
    with service.database.read() as session:
        row, document = submission(session, made["id"])
    assert (row.appointment, row.patient) == (VISIT, PATIENT)
    assert (row.status, document["urgency"]) == ("safety_check_done", "ROUTINE")


def test_a_visit_booked_without_the_check_gets_an_empty_submission(
    client: Client, service: Service
) -> None:
    event = replace(make_booked("33333333-3333-4333-8333-333333333333"), safety_check="not_done")
    handle(service, event)
    handle(service, event)
    with service.database.read() as session:
        rows = session.execute(select(func.count()).select_from(IntakeSubmission)).scalar_one()
    assert rows == 1
    for role in ("front_desk", "clinician"):
        headers = staff_headers(service, role)
        seen = client.get(f"{SUBMISSIONS}/{event.submission}", headers=headers).get_json()
        assert (seen["urgency"], seen["status"]) == (None, "safety_check_not_done")


def change(kind: Any, submission_id: str, version: int, **more: Any) -> Any:
    told = asdict(make_booked(submission_id))
    names = {one.name for one in fields(kind)}
    usual = {"changed_by": "staff", "version": version, **more}
    return kind(**{name: value for name, value in (told | usual).items() if name in names})


def moved(submission_id: str, version: int, start: datetime) -> AppointmentRescheduled:
    more = {"previous_start": START, "cause": "request", "start": start}
    event: AppointmentRescheduled = change(AppointmentRescheduled, submission_id, version, **more)
    return event


def tell(service: Service, *events: Any) -> None:
    for event in events:
        with service.database.write() as session:
            HANDLERS[event.TYPE](session, event, service.clock.now())


def row_of(service: Service, submission_id: str) -> IntakeSubmission:
    with service.database.read() as session:
        return submission(session, submission_id)[0]


def test_the_time_of_the_visit_follows_its_newest_version(client: Client, service: Service) -> None:
    made = submit(client).get_json()["id"]
    second, third = START + timedelta(days=1), START + timedelta(days=2)
    tell(service, make_booked(made), moved(made, 3, third), moved(made, 2, second))
    assert row_of(service, made).visit_at == third
    tell(service, make_booked(made))
    assert row_of(service, made).visit_at == third


def test_a_cancelled_visit_has_no_time_until_it_is_booked_again(
    client: Client, service: Service
) -> None:
    made = submit(client).get_json()["id"]
    cancelled = change(AppointmentCancelled, made, 2, by="patient", cause="request")
    tell(service, make_booked(made), cancelled)
    assert row_of(service, made).visit_at is None
    back = {"status": "booked", "previous_status": "cancelled"}
    tell(service, change(AppointmentStatusChanged, made, 3, **back))
    assert row_of(service, made).visit_at == START
    missed = {"status": "noshow", "previous_status": "booked"}
    tell(service, change(AppointmentStatusChanged, made, 4, **missed))
    assert row_of(service, made).visit_at is None


def test_a_change_that_overtakes_the_booking_opens_the_empty_submission(
    service: Service,
) -> None:
    made = "44444444-4444-4444-8444-444444444444"
    later = START + timedelta(days=1)
    tell(service, moved(made, 2, later), make_booked(made))
    assert row_of(service, made).visit_at == later
    assert row_of(service, made).status == "safety_check_not_done"


def test_visits_follow_a_merged_patient_and_come_back_when_it_is_undone(
    client: Client, service: Service
) -> None:
    made = submit(client).get_json()["id"]
    merged = PatientMerged(
        patient="p-right", merged=PATIENT, appointments=(VISIT, "another"), is_undone=False
    )
    tell(service, make_booked(made), merged, merged)
    assert row_of(service, made).patient == "p-right"
    tell(service, replace(merged, is_undone=True))
    assert row_of(service, made).patient == PATIENT


def test_revoked_sessions_are_turned_away(client: Client, service: Service) -> None:
    made = submit(client).get_json()
    path, headers = f"{SUBMISSIONS}/{made['id']}", staff_headers(service, "clinician")
    assert client.get(path, headers=headers).status_code == 200
    event = StaffSessionsRevoked(staff="s1", sessions=("session-clinician",), until=START)
    with service.database.write() as session:
        for _ in range(2):
            HANDLERS[event.TYPE](session, event, service.clock.now())
    assert client.get(path, headers=headers).status_code == 401


def test_intake_handles_exactly_what_it_listens_to() -> None:
    listened = {type_ for type_, services in LISTENERS.items() if "intake" in services}
    assert set(HANDLERS) == listened
