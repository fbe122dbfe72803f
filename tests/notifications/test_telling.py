"""Who is told what: each event, undone, moved to and fro, late, doubled, without an address."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.errors import VisitUnknown
from services.notifications.queries import content_of
from shared.events.intake import DetailsCompleted
from shared.events.scheduling import (
    RemindersStopped,
    WaitlistOffered,
)
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import (
    APPOINTMENT,
    NINE_ON_TUESDAY,
    books_of,
    change_row,
    failures_of,
    handle,
    make_booked,
    make_callback,
    make_cancelled,
    make_contact_changed,
    make_moved,
    make_offer,
    make_status,
    row_of,
    rows_of,
    send,
)
from tests.notifications.scripted import ScriptedServer

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"])
BACK = {"start": NINE_ON_TUESDAY, "end": NINE_ON_TUESDAY + timedelta(minutes=30), "cause": "undo"}


@pytest.fixture
def service(make_service: MakeService, server: ScriptedServer) -> Service:
    return make_service("notifications", MAIL_URL=server.url)


def told(service: Service) -> list[tuple[int, str, str]]:
    return [(row.version, row.kind, row.state) for row in rows_of(service)]


def planned(service: Service) -> list[tuple[int, str, str]]:
    return [(row.version, row.kind, row.state) for row in rows_of(service, planned=True)]


def live(service: Service) -> list[tuple[str, str]]:
    zone = service.clinic.time_zone
    return [
        (row.kind, row.due_at.astimezone(zone).isoformat(timespec="minutes")[:16])
        for row in rows_of(service, planned=True)
        if row.state == "queued"
    ]


def content(service: Service, number: int) -> Any:
    with service.database.read() as session:
        return content_of(session, rows_of(service)[number])


def booked_and_told(service: Service, **changes: Any) -> None:
    handle(service, make_booked(**changes))
    send(service)


@ONE_DATABASE
@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (make_moved(), "rescheduled"),
        (make_moved(cause="waitlist"), "waitlist_result"),
        (make_cancelled(), "cancelled"),
        (make_cancelled(by="other"), "cancelled"),
        (make_cancelled(by="clinic", cause="closure"), "cancelled_by_clinic"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_change_is_told_in_its_own_words(
    service: Service, server: ScriptedServer, event: Any, kind: str
) -> None:
    booked_and_told(service)
    handle(service, event)
    send(service)
    assert told(service) == [(1, "confirmation", "sent"), (2, kind, "sent")]
    assert len(server.mails) == 2
    assert books_of(service) == []


@ONE_DATABASE
@pytest.mark.parametrize("status", ["arrived", "checked-in", "fulfilled", "entered-in-error"])
def test_what_happens_at_the_desk_is_told_to_nobody(service: Service, status: str) -> None:
    booked_and_told(service)
    handle(service, make_status(status))
    assert told(service) == [(1, "confirmation", "sent")]
    assert live(service) == []


@ONE_DATABASE
def test_a_cancellation_undone_within_90_seconds_sends_nothing(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    handle(service, make_cancelled(changed_by="staff", by="clinic"))
    clock.advance(seconds=60)
    undo = make_status("booked", previous_status="cancelled", version=3, changed_by="staff")
    handle(service, undo)
    clock.advance(seconds=600)
    send(service)
    assert told(service) == [
        (1, "confirmation", "sent"),
        (2, "cancelled_by_clinic", "suppressed"),
        (3, "confirmation", "suppressed"),
    ]
    assert len(server.mails) == 1
    assert len(live(service)) == 3, "and the reminders are planned again"
    assert books_of(service) == []


@ONE_DATABASE
def test_a_cancellation_that_was_told_and_then_undone_is_followed_by_a_fresh_confirmation(
    service: Service, server: ScriptedServer
) -> None:
    booked_and_told(service)
    handle(service, make_cancelled())
    send(service)
    handle(service, make_status("booked", previous_status="cancelled", version=3))
    send(service)
    assert told(service)[1:] == [(2, "cancelled", "sent"), (3, "confirmation", "sent")]
    assert b"SEQUENCE:3\r\n" in server.mails[2]
    assert b"METHOD:REQUEST\r\n" in server.mails[2]


@ONE_DATABASE
def test_a_cancellation_that_perhaps_arrived_is_not_taken_for_untold(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    server.script["dot"] = "close"
    handle(service, make_cancelled())
    send(service)
    server.script.clear()
    handle(service, make_status("booked", previous_status="cancelled", version=3))
    clock.advance(minutes=11)
    send(service)
    assert told(service)[1:] == [(2, "cancelled", "suppressed"), (3, "confirmation", "sent")]


@ONE_DATABASE
def test_there_and_back_within_90_seconds_sends_nothing(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    handle(service, make_moved(changed_by="staff"))
    clock.advance(seconds=30)
    handle(service, make_moved(changed_by="staff", version=3, **BACK))
    clock.advance(seconds=90)
    send(service)
    assert [state for _, _, state in told(service)] == ["sent", "suppressed", "suppressed"]
    assert len(server.mails) == 1
    assert [name for name, _ in live(service)] == ["intake_nudge", "reminder_3d", "reminder_1d"]


@ONE_DATABASE
def test_of_what_nobody_heard_yet_the_last_word_is_the_first(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    """Booked and moved by the desk within 90 seconds: one confirmation, of the new time."""
    handle(service, make_booked(booked_by="staff"))
    clock.advance(seconds=30)
    handle(service, make_moved(changed_by="staff"))
    clock.advance(seconds=90)
    send(service)
    assert told(service) == [(1, "confirmation", "suppressed"), (2, "confirmation", "sent")]


@ONE_DATABASE
def test_of_a_visit_nobody_heard_of_no_end_is_told(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    handle(service, make_booked(booked_by="staff"))
    handle(service, make_cancelled(changed_by="staff"))
    clock.advance(seconds=91)
    send(service)
    assert [state for _, _, state in told(service)] == ["suppressed", "suppressed"]
    assert server.mails == []
    handle(service, make_status("booked", previous_status="cancelled", version=3))
    send(service)
    assert told(service)[2] == (3, "confirmation", "sent")


@ONE_DATABASE
def test_a_visit_whose_mail_was_only_delayed_is_called_off_in_words(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    """The patient saw "You are booked"; the mail server is away; then the clinic is ill."""
    server.script["banner"] = "421 busy"
    booked_and_told(service)
    handle(service, make_cancelled(changed_by="staff", by="clinic"))
    server.script.clear()
    clock.advance(seconds=91)
    send(service)
    assert told(service) == [
        (1, "confirmation", "suppressed"), (2, "cancelled_by_clinic", "sent"),
    ]  # fmt: skip


@ONE_DATABASE
def test_events_in_the_wrong_order_end_with_the_newest(
    service: Service, server: ScriptedServer
) -> None:
    for event in (make_cancelled(version=3), make_moved(version=2), make_booked()):
        handle(service, event)
        send(service)
    assert sorted(told(service)) == [
        (1, "confirmation", "suppressed"), (2, "rescheduled", "suppressed"),
        (3, "cancelled", "sent"),
    ]  # fmt: skip
    assert live(service) == []
    assert books_of(service) == []


def test_everything_may_come_twice(service: Service, server: ScriptedServer) -> None:
    events = [
        make_booked(),
        make_moved(),
        make_offer(WaitlistOffered),
        make_callback(),
        make_contact_changed(version=3, email="ann@new.example"),
        make_cancelled(version=4),
    ]
    for event in events:
        handle(service, event)
        handle(service, event)
        send(service)
    rows = rows_of(service) + rows_of(service, planned=True)
    names = [(row.subject, row.version, row.kind) for row in rows]
    assert len(names) == len(set(names))
    assert len(server.mails) == len(set(server.mails)) == 6
    assert books_of(service) == []


# -- reminders and nudges ----------------------------------------------------------------------


@ONE_DATABASE
def test_a_booking_brings_a_nudge_and_two_reminders(service: Service) -> None:
    handle(service, make_booked())
    assert live(service) == [
        ("intake_nudge", "2027-03-02T10:00"),
        ("reminder_3d", "2027-03-13T09:00"),
        ("reminder_1d", "2027-03-15T09:00"),
    ]


@ONE_DATABASE
def test_a_move_plans_them_anew_and_a_cancellation_drops_them(service: Service) -> None:
    handle(service, make_booked())
    handle(service, make_moved())
    assert live(service) == [
        ("intake_nudge", "2027-03-02T10:00"),
        ("reminder_3d", "2027-03-15T10:15"),
        ("reminder_1d", "2027-03-17T10:15"),
    ]
    handle(service, make_cancelled(version=3))
    assert live(service) == []
    assert {state for _, _, state in planned(service)} == {"suppressed"}


@ONE_DATABASE
def test_reminders_are_sent_at_their_time_once_and_never_early(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    for moment, count in (
        ("2027-03-02T09:59:59-08:00", 1),
        ("2027-03-02T10:00:00-08:00", 2),
        ("2027-03-13T08:59:59-08:00", 2),
        ("2027-03-13T09:00:00-08:00", 3),
        ("2027-03-15T08:59:59-07:00", 3),
        ("2027-03-15T15:00:00-07:00", 4),  # six hours late, after a long outage
        ("2027-03-16T08:00:00-07:00", 4),
    ):
        clock.set(moment)
        send(service)
        assert len(server.mails) == count, moment
    assert books_of(service) == []


@ONE_DATABASE
def test_a_reminder_that_is_too_late_expires_and_shows(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    clock.set("2027-03-13T15:00:01-08:00")
    send(service)
    assert planned(service)[:2] == [(1, "intake_nudge", "expired"), (1, "reminder_3d", "expired")]
    assert len(server.mails) == 1
    (failure,) = failures_of(service)  # a nudge is a courtesy
    assert (failure.kind, failure.reason) == ("reminder_3d", "expired")


@ONE_DATABASE
def test_a_reminder_in_doubt_is_not_repeated_and_somebody_is_told(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    handle(service, make_booked(notify=True))
    handle(service, DetailsCompleted(submission="x", appointment=APPOINTMENT))
    send(service)
    server.script["dot"] = "close"
    clock.set("2027-03-13T09:00:00-08:00")
    send(service)
    server.script.clear()
    clock.advance(minutes=20)
    send(service)
    assert (1, "reminder_3d", "unknown") in planned(service)
    assert len(server.mails) == 2
    (failure,) = failures_of(service)
    assert (failure.kind, failure.reason, failure.appointment) == (
        "reminder_3d", "unknown", APPOINTMENT,
    )  # fmt: skip
    assert books_of(service) == []


@ONE_DATABASE
def test_stopped_reminders_stay_away_until_they_are_wanted_again(service: Service) -> None:
    handle(service, make_booked())
    handle(service, RemindersStopped(appointment=APPOINTMENT, is_stopped=True))
    assert live(service) == []
    handle(service, RemindersStopped(appointment=APPOINTMENT, is_stopped=False))
    assert len(live(service)) == 3
    assert books_of(service) == []


@ONE_DATABASE
def test_answered_questions_need_no_nudge(service: Service) -> None:
    handle(service, make_booked())
    handle(service, DetailsCompleted(submission=make_booked().submission, appointment=None))
    assert [name for name, _ in live(service)] == ["reminder_3d", "reminder_1d"]
    handle(service, DetailsCompleted(submission="of nobody", appointment=None))


@ONE_DATABASE
@pytest.mark.parametrize(
    "event",
    [
        RemindersStopped(appointment="unknown", is_stopped=True),
        DetailsCompleted(submission="x", appointment="unknown"),
    ],
)
def test_what_comes_before_its_booking_is_tried_again_later(service: Service, event: Any) -> None:
    with pytest.raises(VisitUnknown):
        handle(service, event)


@ONE_DATABASE
def test_another_practitioner_at_the_same_time_repeats_no_reminder(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    clock.set("2027-03-13T09:00:00-08:00")
    send(service)
    handle(service, make_moved(practitioner="Dr. Demo Birch", **BACK | {"cause": "request"}))
    assert [name for name, _ in live(service)] == ["reminder_1d"]


@ONE_DATABASE
def test_who_did_not_come_hears_at_five_unless_it_is_undone(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    booked_and_told(service)
    clock.set("2027-03-16T09:20:00-07:00")
    handle(service, make_status("noshow", changed_by="staff"))
    row = rows_of(service)[1]
    assert (row.kind, row.due_at.isoformat()) == ("no_show", "2027-03-17T00:00:00+00:00")
    handle(service, make_status("booked", previous_status="noshow", version=3))
    assert rows_of(service)[1].state == "suppressed"
    handle(service, make_status("noshow", version=4, changed_by="staff"))
    clock.set("2027-03-16T17:00:00-07:00")
    send(service)
    assert told(service)[-1] == (4, "no_show", "sent")
    assert len(server.mails) == 2


# -- addresses ---------------------------------------------------------------------------------


@ONE_DATABASE
def test_silence_is_silence(service: Service) -> None:
    """A demo visit: nothing now, nothing later, and no task for the desk."""
    handle(service, make_booked(notify=False))
    handle(service, make_status("noshow", notify=False))
    assert rows_of(service) == rows_of(service, planned=True) == []
    assert failures_of(service) == []
    assert books_of(service) == []


@ONE_DATABASE
@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (make_booked(email=None), "confirmation"),
        (make_booked(email=" "), "confirmation"),
        (make_moved(email=None), "rescheduled"),
        (make_cancelled(email=None, by="clinic"), "cancelled_by_clinic"),
        (make_offer(WaitlistOffered, email=None), "waitlist_offer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_has_no_email_is_phoned_once_for_each_thing(
    service: Service, event: Any, kind: str
) -> None:
    handle(service, event)
    handle(service, event)
    (failure,) = failures_of(service)
    assert (failure.kind, failure.reason, failure.message) == (kind, "no_email", None)
    assert failure.appointment == APPOINTMENT
    assert rows_of(service) == rows_of(service, planned=True) == []
    assert books_of(service) == []


def test_what_is_unsent_follows_to_the_new_address(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    handle(service, make_booked(booked_by="staff"))
    handle(service, make_contact_changed(email="ann@new.example", language="es"))
    clock.advance(seconds=91)
    send(service)
    assert server.recipients == ["RCPT TO:<ann@new.example>"]
    row = row_of(service)
    assert (row.version, row.language) == (1, "es")
    assert {row.language for row in rows_of(service, planned=True)} == {"es"}
    assert len(live(service)) == 3
    assert books_of(service) == []


@ONE_DATABASE
def test_nobody_gets_a_second_copy_of_what_was_sent(
    service: Service, server: ScriptedServer
) -> None:
    booked_and_told(service)
    handle(service, make_contact_changed(email="ann@new.example"))
    send(service)
    assert server.recipients == ["RCPT TO:<ann@example.com>"]


@ONE_DATABASE
def test_a_mail_in_doubt_is_not_sent_to_an_address_that_was_corrected(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["dot"] = "close"
    booked_and_told(service)
    server.script.clear()
    handle(service, make_contact_changed(email="ann@new.example"))
    clock.advance(minutes=11)
    send(service)
    assert row_of(service).state == "unknown"
    assert [one.reason for one in failures_of(service)] == ["unknown"]
    assert len(server.recipients) == 1


@ONE_DATABASE
def test_who_gets_an_address_late_is_told_after_all(
    service: Service, server: ScriptedServer
) -> None:
    handle(service, make_booked(email=None))
    handle(service, make_contact_changed())
    send(service)
    assert told(service) == [(2, "confirmation", "sent")]
    assert len(live(service)) == 3


@ONE_DATABASE
def test_who_loses_the_address_is_phoned(service: Service) -> None:
    handle(service, make_booked(booked_by="staff"))
    handle(service, make_contact_changed(email=None))
    assert row_of(service).state == "suppressed"
    assert [one.reason for one in failures_of(service)] == ["no_email"]
    assert live(service) == []
    assert books_of(service) == []


@ONE_DATABASE
def test_a_refused_mail_becomes_a_task_at_once_and_only_once(
    service: Service, server: ScriptedServer
) -> None:
    server.script["rcpt"] = "550 5.1.1 unknown"
    booked_and_told(service)
    (failure,) = failures_of(service)
    assert (failure.kind, failure.reason, failure.message) == (
        "confirmation", "refused", row_of(service).id,
    )  # fmt: skip
    assert books_of(service) == []


@ONE_DATABASE
def test_while_one_mail_about_a_visit_is_in_hand_the_next_one_waits(
    service: Service, server: ScriptedServer
) -> None:
    handle(service, make_booked())
    change_row(service, state="data_started", lease_token="other")
    handle(service, make_cancelled())
    send(service)
    assert server.mails == []
