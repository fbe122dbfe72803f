"""The life of a visit: what each change writes, frees and keeps, and what an undo brings back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from services.scheduling import operations
from services.scheduling.domain import errors
from services.scheduling.models import (
    Appointment,
    AppointmentChange,
    AuditEntry,
    Block,
    Claim,
    Hold,
)
from services.scheduling.operations import PATIENT, SYSTEM
from shared.events import codec
from shared.events.scheduling import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentStatusChanged,
    AttendanceConfirmed,
    RemindersStopped,
)
from shared.tables import outbox
from tests.scheduling.build import TUESDAY, at, at_once, days_after, make_handoff, make_slot

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
NINE = at(TUESDAY, 9)
TODAY = days_after(TUESDAY, -1)


def events(desk, kind):
    keyring = desk.service.secrets.keyring("events")
    with desk.read() as session:
        bodies = session.execute(select(outbox.c.body).order_by(outbox.c.sequence)).scalars()
        found = [codec.decode(body, keyring=keyring).event for body in bodies]
    return [event for event in found if isinstance(event, kind)]


def reload(desk, visit):
    with desk.read() as session:
        return session.get_one(Appointment, visit.id)


def history(desk, visit):
    rows = [row for row in desk.rows(AppointmentChange) if row.appointment_id == visit.id]
    return [(row.version, row.action) for row in sorted(rows, key=lambda row: row.version)]


def cells(desk, **owner):
    (name, value) = next(iter(owner.items()))
    return sorted(row.cell for row in desk.rows(Claim) if getattr(row, name) == value)


# -- the day at the desk -----------------------------------------------------------------------


@pytest.fixture
def visit_today(desk):
    """At 11:00 today; it is 10:00."""
    return desk.book_as_staff(slot=make_slot(at(TODAY, 11)))


def test_a_visit_arrives_is_roomed_and_done(desk, visit_today):
    desk.step(visit_today, "arrive")
    desk.step(visit_today, "room", room="Room 3")
    desk.step(visit_today, "room", room="Room 4")
    done = desk.step(visit_today, "complete")
    assert (done.status, done.room, done.version) == ("fulfilled", "Room 4", 5)
    assert history(desk, visit_today) == [
        (1, "booked"),
        (2, "arrived"),
        (3, "roomed"),
        (4, "roomed"),
        (5, "completed"),
    ]
    told = events(desk, AppointmentStatusChanged)
    assert [(one.version, one.previous_status, one.status) for one in told] == [
        (2, "booked", "arrived"),
        (3, "arrived", "checked-in"),
        (4, "checked-in", "checked-in"),
        (5, "checked-in", "fulfilled"),
    ]
    assert {one.changed_by for one in told} == {"staff"}
    assert desk.faults() == []


@on_sqlite
def test_the_same_room_again_is_refused(desk, visit_today):
    desk.step(visit_today, "arrive")
    desk.step(visit_today, "room", room="Room 3")
    with pytest.raises(errors.TransitionRefused):
        desk.step(visit_today, "room", room="Room 3")


@on_sqlite
def test_a_change_leaves_an_audit_row_with_a_sealed_reason(desk, visit_today):
    desk.cancel(visit_today, reason="has a fever")
    row = next(row for row in desk.rows(AuditEntry) if row.action == "cancelled")
    assert row.subject == visit_today.id
    assert row.actor == "00000000-0000-4000-8000-000000000001"
    assert row.sealed and b"fever" not in row.sealed


def test_steps_are_taken_back_one_by_one_all_day(desk, visit_today):
    desk.step(visit_today, "arrive")
    desk.step(visit_today, "room", room="Room 3")
    desk.clock.advance(hours=3)
    back = desk.undo(visit_today)
    assert (back.status, back.room) == ("arrived", None)
    assert desk.undo(visit_today).status == "booked"
    with pytest.raises(errors.TransitionRefused, match="nothing to undo"):
        desk.undo(visit_today)
    assert reload(desk, visit_today).version == 5
    last = events(desk, AppointmentStatusChanged)[-1]
    assert (last.previous_status, last.status) == ("arrived", "booked")


@on_sqlite
def test_a_step_of_yesterday_stays(desk, visit_today):
    desk.step(visit_today, "arrive")
    desk.clock.advance(hours=14)
    with pytest.raises(errors.TransitionRefused, match="too late"):
        desk.undo(visit_today)


def test_who_comes_late_after_all_gets_the_time_back(desk, visit_today):
    desk.clock.set(at(TODAY, 11, 20))
    missed = desk.step(visit_today, "no-show")
    assert missed.status == "noshow"
    assert cells(desk, appointment_id=visit_today.id) == []
    assert desk.faults() == []
    desk.clock.advance(minutes=5)  # nobody keeps the time any more
    assert desk.undo(visit_today).status == "booked"
    assert len(cells(desk, appointment_id=visit_today.id)) == 6
    assert desk.faults() == []


def test_a_no_show_whose_time_was_given_away_stays_one(desk, visit_today):
    desk.clock.set(at(TODAY, 11, 15))
    desk.step(visit_today, "no-show")
    desk.clock.advance(minutes=2)
    desk.book_as_staff(slot=make_slot(at(TODAY, 11, 15), visit_type="FU"))
    with pytest.raises(errors.SlotTaken):
        desk.undo(visit_today)
    assert reload(desk, visit_today).status == "noshow"
    assert desk.faults() == []


def test_a_visit_entered_by_mistake_frees_its_time(desk):
    visit = desk.book_as_staff()
    assert desk.step(visit, "enter-in-error", reason="wrong patient").status == "entered-in-error"
    desk.clock.advance(minutes=2)
    desk.book_as_staff()
    assert desk.faults() == []


# -- cancelling --------------------------------------------------------------------------------


def test_a_cancelled_visit_keeps_its_cells_for_an_undo(desk):
    visit = desk.book()
    cancelled = desk.cancel(visit, actor=PATIENT)
    assert (cancelled.status, cancelled.version) == ("cancelled", 2)
    [hold] = desk.rows(Hold)
    assert (hold.purpose, hold.appointment_id) == ("undo", visit.id)
    assert hold.expires_at == desk.clock.now() + timedelta(minutes=15)
    assert len(cells(desk, hold_id=hold.id)) == 6
    with pytest.raises(errors.SlotTaken):
        desk.book()
    assert desk.faults() == []
    [told] = events(desk, AppointmentCancelled)
    assert (told.changed_by, told.by, told.cause, told.notify) == (
        "patient",
        "patient",
        "request",
        True,
    )

    back = desk.undo(visit, actor=PATIENT)
    assert (back.status, back.version) == ("booked", 3)
    assert desk.rows(Hold) == []
    assert len(cells(desk, appointment_id=visit.id)) == 6
    assert desk.faults() == []


@pytest.mark.parametrize(
    ("actor", "seconds"),
    [pytest.param(PATIENT, 15 * 60, id="patient"), pytest.param(None, 90, id="desk")],
)
def test_after_the_time_for_an_undo_the_slot_is_everybodys(desk, actor, seconds):
    visit = desk.book()
    desk.cancel(visit, actor=actor)
    desk.clock.advance(seconds=seconds - 1)
    with pytest.raises(errors.SlotTaken):
        desk.book(handoff=make_handoff())
    desk.clock.advance(seconds=1)
    with pytest.raises(errors.TransitionRefused, match="too late"):
        desk.undo(visit, actor=actor)
    desk.book(handoff=make_handoff())
    assert desk.faults() == []


@on_sqlite
def test_a_patient_cannot_undo_what_the_desk_did(desk):
    visit = desk.book()
    desk.cancel(visit)
    with pytest.raises(errors.TransitionRefused, match="503-224-8399"):
        desk.undo(visit, actor=PATIENT)
    assert desk.undo(visit).status == "booked"


@on_sqlite
def test_a_patient_who_is_too_late_is_told_to_call(desk):
    visit = desk.book()
    desk.clock.set(NINE - timedelta(minutes=119))
    with pytest.raises(errors.TooLate, match="503-224-8399"):
        desk.cancel(visit, actor=PATIENT)
    with pytest.raises(errors.TooLate):
        desk.move(visit, at(TUESDAY, 15), actor=PATIENT)
    assert desk.cancel(visit).status == "cancelled"


@on_sqlite
def test_nobody_is_mailed_about_a_visit_that_is_over(desk, visit_today):
    desk.clock.set(at(TODAY, 15))
    desk.cancel(visit_today)
    assert [told.notify for told in events(desk, AppointmentCancelled)] == [False]


@on_sqlite
def test_an_undo_never_reopens_what_was_closed_meanwhile(desk):
    visit = desk.book()
    desk.cancel(visit)
    with desk.write() as session:
        closed = Block(id="b", practitioner_id=None, start=at(TUESDAY, 8), end=at(TUESDAY, 12))
        closed.reason = "burst pipe"
        session.add(closed)
    with pytest.raises(errors.NotBookable) as refused:
        desk.undo(visit)
    assert refused.value.reasons == ("BLOCKED",)


# -- moving ------------------------------------------------------------------------------------


def test_a_moved_visit_stays_the_same_visit(desk):
    visit = desk.book()
    moved = desk.move(visit, at(TUESDAY, 14))
    assert (moved.id, moved.reference, moved.version) == (visit.id, visit.reference, 2)
    assert (moved.start, moved.end) == (at(TUESDAY, 14), at(TUESDAY, 14, 30))
    [told] = events(desk, AppointmentRescheduled)
    assert (told.previous_start, told.start, told.cause) == (NINE, at(TUESDAY, 14), "request")
    assert told.manage_url == desk.links.manage_url(visit.id, 1)
    assert desk.faults() == []


@pytest.mark.parametrize(
    ("start", "practitioner"),
    [
        pytest.param(at(TUESDAY, 9, 15), None, id="a quarter hour later"),
        pytest.param(at(TUESDAY, 8, 45), None, id="a quarter hour earlier"),
        pytest.param(NINE, "birch", id="another practitioner, same time"),
        pytest.param(at(TUESDAY, 9, 15), "elm", id="another practitioner, overlapping"),
        pytest.param(at(days_after(TUESDAY, 6), 16), None, id="another week"),
    ],
)
def test_a_move_and_its_undo_leave_a_sound_ledger(desk, start, practitioner):
    visit = desk.book()
    moved = desk.move(visit, start, practitioner)
    assert (moved.start, moved.practitioner_id) == (start, practitioner or "alder")
    assert desk.faults() == []
    back = desk.undo(visit)
    assert (back.start, back.practitioner_id, back.version) == (NINE, "alder", 3)
    assert back.practitioner.id == "alder"
    assert desk.faults() == []
    assert desk.rows(Hold) == []
    undo = events(desk, AppointmentRescheduled)[-1]
    assert (undo.cause, undo.previous_start, undo.practitioner) == (
        "undo",
        start,
        "Dr. Demo Alder",
    )


def test_the_old_time_of_a_moved_visit_is_free_after_90_seconds(desk):
    visit = desk.book()
    desk.move(visit, at(TUESDAY, 9, 15))
    with pytest.raises(errors.SlotTaken):
        desk.book(slot=make_slot(at(TUESDAY, 8, 45)))
    desk.clock.advance(seconds=90)
    desk.book(slot=make_slot(at(TUESDAY, 8, 45)))
    with pytest.raises(errors.TransitionRefused, match="too late"):
        desk.undo(visit)
    assert desk.faults() == []


def test_a_second_move_keeps_the_time_before_it(desk):
    visit = desk.book()
    desk.move(visit, at(TUESDAY, 9, 15))
    desk.move(visit, at(TUESDAY, 9, 30))
    assert desk.faults() == []
    assert desk.undo(visit).start == at(TUESDAY, 9, 15)
    assert desk.undo(visit).start == NINE
    assert desk.faults() == []


def test_a_taken_time_cannot_be_moved_to(desk):
    visit, other = desk.book(), desk.book(slot=make_slot(at(TUESDAY, 10)))
    with pytest.raises(errors.SlotTaken):
        desk.move(visit, at(TUESDAY, 10, 15))
    assert reload(desk, visit).start == NINE
    assert reload(desk, visit).version == 1
    assert reload(desk, other).start == at(TUESDAY, 10)
    assert desk.faults() == []


def test_the_desk_may_overbook_by_a_move_with_a_reason(desk):
    visit = desk.book()
    desk.book(slot=make_slot(at(TUESDAY, 10)))
    moved = desk.move(visit, at(TUESDAY, 10), overbook="asked by Dr. Alder")
    assert moved.lane == 1
    assert desk.faults() == []
    assert desk.undo(visit).lane == 0
    assert desk.faults() == []


@on_sqlite
@pytest.mark.parametrize(
    ("start", "practitioner", "reason"),
    [
        pytest.param(at(TUESDAY, 16, 15), None, "AFTER_CLOSE", id="ends after closing"),
        pytest.param(at(TUESDAY, 9, 5), None, "NOT_ALIGNED", id="not on the grid"),
        pytest.param(at(TODAY, 8), None, "IN_PAST", id="past"),
        pytest.param(at(TUESDAY, 12, 15), "birch", "NOT_WORKING", id="lunch"),
    ],
)
def test_a_move_obeys_the_rules_of_booking(desk, start, practitioner, reason):
    visit = desk.book()
    with pytest.raises(errors.NotBookable) as refused:
        desk.move(visit, start, practitioner)
    assert reason in refused.value.reasons


@on_sqlite
def test_a_move_to_where_it_is_says_so(desk):
    with pytest.raises(errors.TransitionRefused, match="already"):
        desk.move(desk.book(), NINE)


@on_sqlite
def test_a_patient_moves_within_what_is_booked_online(desk):
    visit = desk.book()
    with pytest.raises(errors.NotBookable):
        desk.move(visit, at(days_after(TUESDAY, 200), 9), actor=PATIENT)
    assert desk.move(visit, at(TUESDAY, 15), actor=PATIENT).version == 2


@on_sqlite
def test_a_patient_who_must_be_seen_soon_cannot_move_to_a_later_day(desk):
    urgent = make_handoff(urgency="URGENT_2BD", visit_type="URG", latest_day=days_after(TUESDAY, 1))
    visit = desk.book(handoff=urgent, slot=make_slot(visit_type="URG"))
    with pytest.raises(errors.NotBookable) as refused:
        desk.move(visit, at(days_after(TUESDAY, 1), 9), actor=PATIENT)
    assert refused.value.reasons == ("TOO_FAR",)
    assert desk.move(visit, at(TUESDAY, 15), actor=PATIENT).start == at(TUESDAY, 15)


def test_a_time_that_was_kept_for_the_visit_is_used_up(desk):
    visit, handoff = desk.book(), make_handoff()
    hold = desk.hold(make_slot(at(TUESDAY, 10)), handoff=handoff)
    moved = desk.move(visit, at(TUESDAY, 10), actor=SYSTEM, hold=hold.id)
    assert moved.start == at(TUESDAY, 10)
    assert [row.purpose for row in desk.rows(Hold)] == ["undo"]
    with pytest.raises(errors.HoldExpired):
        desk.move(visit, at(TUESDAY, 11), actor=SYSTEM, hold=hold.id)
    assert desk.faults() == []


# -- versions ----------------------------------------------------------------------------------


@on_sqlite
def test_a_change_of_an_old_version_is_refused_with_when_it_changed(desk):
    visit = desk.book()
    desk.move(visit, at(TUESDAY, 10), versions={1})
    desk.clock.advance(seconds=20)
    with pytest.raises(errors.StaleVersion, match="20 seconds ago") as stale:
        desk.cancel(visit, versions={1})
    assert stale.value.version == 2
    assert reload(desk, visit).status == "booked"


@on_sqlite
def test_a_version_that_never_was_is_refused(desk):
    with pytest.raises(errors.StaleVersion, match="not how the visit stands"):
        desk.cancel(desk.book(), versions={7})


@on_sqlite
def test_an_unknown_visit_is_refused(desk):
    visit = desk.book()
    visit.id = "nothing"
    with pytest.raises(errors.NoSuchAppointment):
        desk.cancel(visit)


# -- attendance and reminders ------------------------------------------------------------------


def confirm(desk, visit, **change):
    with desk.write() as session:
        wanted = desk.change(visit, actor=PATIENT, **change)
        return operations.confirm_attendance(session, desk.service, wanted)


def test_a_patient_says_once_that_they_will_be_there(desk):
    visit = desk.book()
    confirm(desk, visit)
    said = confirm(desk, visit)
    assert said.attendance_confirmed_at == desk.clock.now()
    assert said.version == 1
    assert len(events(desk, AttendanceConfirmed)) == 1
    assert desk.move(visit, at(TUESDAY, 15)).attendance_confirmed_at is None


def test_reminders_can_be_stopped_and_wanted_again(desk):
    visit = desk.book()
    for is_stopped in (True, True, False):
        with desk.write() as session:
            wanted = desk.change(visit, actor=PATIENT)
            row = operations.stop_reminders(session, desk.service, wanted, is_stopped=is_stopped)
    assert row.reminders_stopped_at is None
    assert [one.is_stopped for one in events(desk, RemindersStopped)] == [True, False]


@on_sqlite
def test_a_cancelled_visit_cannot_be_confirmed(desk):
    visit = desk.book()
    desk.cancel(visit)
    with pytest.raises(errors.TransitionRefused):
        confirm(desk, visit)


# -- limits ------------------------------------------------------------------------------------


@on_sqlite
def test_a_patient_has_at_most_three_visits_to_come(limited_desk):
    visits = [limited_desk.book(slot=make_slot(at(TUESDAY, 8 + n))) for n in range(3)]
    with pytest.raises(errors.TooManyVisits, match="3 visits") as refused:
        limited_desk.book(slot=make_slot(at(TUESDAY, 15)))
    seconds = (at(TUESDAY, 8, 30) - limited_desk.clock.now()).total_seconds()
    assert seconds <= refused.value.retry_after <= seconds + 1
    assert limited_desk.book_as_staff(slot=make_slot(at(TUESDAY, 15)))
    limited_desk.cancel(visits[0])
    limited_desk.cancel(visits[1])
    assert limited_desk.book(slot=make_slot(at(TUESDAY, 16)))


@on_sqlite
def test_a_family_has_at_most_eight_visits_to_come(limited_desk):
    def book(number):
        slot = make_slot(at(TUESDAY, 8 + number))
        names = {"given_name": f"Child {chr(65 + number)}", "family_name": "O'Brien"}
        return limited_desk.book(slot=slot, patient=names | {"date_of_birth": None})

    for number in range(8):
        book(number)
    with pytest.raises(errors.TooManyVisits, match="8 visits"):
        book(8)


@on_sqlite
def test_without_limits_anything_goes(desk):
    for number in range(5):
        desk.book(slot=make_slot(at(TUESDAY, 8 + number)))
    assert len(desk.rows(Appointment)) == 5


def test_of_six_bookings_of_one_person_at_once_three_succeed(limited_desk):
    def book(number):
        limited_desk.book(slot=make_slot(at(TUESDAY, 8 + number)))

    assert at_once(6, book) == {"done": 3, "TooManyVisits": 3}


def test_history_says_when(desk):
    visit = desk.book()
    desk.clock.advance(minutes=1)
    desk.move(visit, at(TUESDAY, 10))
    [_, moved] = sorted(desk.rows(AppointmentChange), key=lambda row: row.version)
    assert moved.at == desk.clock.now()
    assert datetime.fromisoformat(moved.before["start"]) == NINE
