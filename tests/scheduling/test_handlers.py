"""What scheduling makes of the other services' events; each may come twice, early or late."""

from datetime import UTC, datetime

import pytest

from services.scheduling.handlers import HANDLERS
from services.scheduling.models import Appointment, AuditEntry, Task
from shared.events.intake import (
    CallbackRequested,
    DetailsCompleted,
    SubmissionReceived,
    UrgencyChanged,
)
from shared.events.notifications import DeliveryFailed
from shared.messaging.topology import LISTENERS
from shared.sealing import reveal_row
from tests.scheduling.build import TUESDAY, at, make_handoff

SUBMISSION = "8a8c8f6e-0000-4000-8000-000000000001"
CALLBACK = "8a8c8f6e-0000-4000-8000-000000000002"


def handle(desk, event, times=2):
    for _ in range(times):
        with desk.write() as session:
            HANDLERS[event.TYPE](session, event, desk.clock.now())


def received(urgency):
    return SubmissionReceived(submission=SUBMISSION, urgency=urgency, visit_type=None)


def asked(**changes):
    told = {
        "callback": CALLBACK,
        "submission": SUBMISSION,
        "requested_at": at(TUESDAY, 16, 20),
        "reference": "7F3K",
        "urgency": "SAME_DAY",
        "name": "Zsófia Quetzal",
        "phone": "+15035550123",
        "email": None,
        "language": "en",
    }
    return CallbackRequested(**told | changes)


def failed(visit, **changes):
    told = {
        "subject": visit.id,
        "version": 1,
        "kind": "confirmation",
        "reason": "refused",
        "message": CALLBACK,
        "appointment": visit.id,
    }
    return DeliveryFailed(**told | changes)


def test_every_event_that_is_listened_to_has_a_handler():
    heard = {type_ for type_, services in LISTENERS.items() if "scheduling" in services}
    assert heard == set(HANDLERS)


def test_a_callback_is_one_sealed_task_due_in_half_an_open_hour(desk):
    desk.clock.set(at(TUESDAY, 16, 20))
    handle(desk, asked())
    (task,) = desk.rows(Task)
    assert (task.kind, task.state, task.submission_id) == ("callback", "open", SUBMISSION)
    assert task.due_at == at(TUESDAY.replace(day=3), 8, 20)  # ten minutes today, twenty tomorrow
    assert b"Quetzal" not in task.sealed
    with desk.read() as session:
        about = reveal_row(session, task)
    assert (about["name"], about["phone"]) == ("Zsófia Quetzal", "+15035550123")


URGENT = {"SAME_DAY": 1, "URGENT_2BD": 1, "ROUTINE": 0, "EMERGENCY": 0}


@pytest.mark.parametrize("urgency", URGENT)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_urgent_answers_become_a_task(desk, urgency):
    handle(desk, received(urgency))
    assert [task.kind for task in desk.rows(Task)] == ["urgent"] * URGENT[urgency]


def test_an_emergency_is_counted_only(desk):
    handle(desk, received("EMERGENCY"), times=1)
    assert [row.action for row in desk.rows(AuditEntry)] == ["emergency_seen"]


def test_booking_ends_the_urgent_task(desk):
    handle(desk, received("URGENT_2BD"))
    desk.book(handoff=make_handoff(submission=SUBMISSION))
    assert [(task.state, task.outcome) for task in desk.rows(Task)] == [("resolved", "booked")]


def test_an_urgent_answer_that_arrives_after_the_booking_makes_no_task(desk):
    desk.book(handoff=make_handoff(submission=SUBMISSION))
    handle(desk, received("URGENT_2BD"))
    assert desk.rows(Task) == []


def test_a_raised_urgency_follows_to_the_visit_and_asks_for_a_call(desk):
    visit = desk.book(handoff=make_handoff(submission=SUBMISSION))

    def change(urgency):
        event = UrgencyChanged(submission=SUBMISSION, appointment=visit.id, urgency=urgency)
        handle(desk, event)

    change("SAME_DAY")
    (row,) = desk.rows(Appointment)
    with desk.read() as session:
        assert reveal_row(session, row)["urgency"] == "SAME_DAY"
    (task,) = desk.rows(Task)
    assert (task.kind, task.appointment_id, task.state) == ("urgent", visit.id, "open")
    change("ROUTINE")
    assert [(task.state, task.outcome) for task in desk.rows(Task)] == [("resolved", "changed")]


def test_finished_details_are_noted_once(desk):
    visit = desk.book(handoff=make_handoff(submission=SUBMISSION))
    event = DetailsCompleted(submission=SUBMISSION, appointment=visit.id)
    handle(desk, event, times=1)
    first = desk.rows(Appointment)[0].details_completed_at
    desk.clock.advance(minutes=5)
    handle(desk, event)
    assert first is not None
    assert desk.rows(Appointment)[0].details_completed_at == first


def test_a_message_that_reached_nobody_is_a_task(desk):
    visit = desk.book()
    handle(desk, failed(visit))
    handle(desk, failed(visit, reason="no_email", message=None, kind="reminder_1d"))
    kinds = {task.kind: task for task in desk.rows(Task)}
    assert set(kinds) == {"not_reached", "no_email"}
    assert all(task.appointment_id == visit.id for task in kinds.values())


def test_a_failed_message_about_something_unknown_is_a_task_all_the_same(desk):
    visit = desk.book()
    handle(desk, failed(visit, subject=CALLBACK, appointment=CALLBACK))
    (task,) = desk.rows(Task)
    assert (task.kind, task.appointment_id) == ("not_reached", None)


def test_a_task_is_never_due_in_the_night(desk):
    desk.clock.set(datetime(2027, 3, 6, 3, tzinfo=UTC))  # Friday 7pm at the clinic
    handle(desk, received("SAME_DAY"))
    (task,) = desk.rows(Task)
    assert task.due_at == at(TUESDAY.replace(day=8), 8, 30)
