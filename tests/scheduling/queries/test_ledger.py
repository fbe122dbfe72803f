"""The ledger check finds every planted fault, and nothing in a sound ledger."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update

from services.scheduling import jobs, queries
from services.scheduling.domain.time import TimeRange
from services.scheduling.models import Appointment, AppointmentChange, Claim, Hold
from services.scheduling.operations import PATIENT
from tests.scheduling.build import TUESDAY, at, make_slot

CELLS = TimeRange.lasting(at(TUESDAY, 9), 30).cells
SPARE = TimeRange.lasting(at(TUESDAY, 15), 15).cells

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def visit(desk):
    """Beside it: a visitor's hold, a visit that was moved and one that was cancelled just now."""
    desk.hold(make_slot(at(TUESDAY, 13)))
    desk.move(desk.book_as_staff(slot=make_slot(at(TUESDAY, 10))), at(TUESDAY, 10, 15))
    desk.cancel(desk.book_as_staff(slot=make_slot(at(TUESDAY, 11))))
    return desk.book()


def lose_a_cell(session, visit):
    session.execute(delete(Claim).where(Claim.cell == CELLS[2]))


def lose_all_cells(session, visit):
    session.execute(delete(Claim).where(Claim.appointment_id == visit.id))


def own_a_foreign_cell(session, visit):
    session.add(Claim(resource="alder", cell=SPARE[0], lane=0, appointment_id=visit.id))


def own_a_cell_beyond_the_end(session, visit):
    session.add(Claim(resource="alder", cell=CELLS[-1] + 1, lane=0, appointment_id=visit.id))


def own_a_cell_of_somebody_else(session, visit):
    session.add(Claim(resource="birch", cell=CELLS[0], lane=0, appointment_id=visit.id))


def move_a_cell_to_another_lane(session, visit):
    session.execute(update(Claim).where(Claim.cell == CELLS[0]).values(lane=1))


def move_the_visit_without_its_cells(session, visit):
    row = session.get(Appointment, visit.id)
    row.start, row.end = at(TUESDAY, 14), at(TUESDAY, 14, 30)


def cancel_without_freeing(session, visit):
    session.get(Appointment, visit.id).status = "cancelled"


def miss_without_freeing(session, visit):
    session.get(Appointment, visit.id).status = "noshow"


def end_before_the_start(session, visit):
    session.get(Appointment, visit.id).end = at(TUESDAY, 8)


def stand_in_an_unknown_way(session, visit):
    session.get(Appointment, visit.id).status = "tentative"


def lose_a_holds_cells(session, visit):
    of = select(Hold.id).where(Hold.purpose == "visitor")
    session.execute(delete(Claim).where(Claim.hold_id.in_(of)))


def keep_for_an_undo_what_the_visit_has(session, visit):
    session.add(_undo_hold(session, visit, owner=f"undo:{visit.id}"))


def keep_for_an_undo_of_nothing(session, visit):
    session.execute(update(Hold).where(Hold.purpose == "undo").values(appointment_id=None))


def keep_for_an_undo_for_ever(session, visit):
    late = at(TUESDAY, 23)
    session.execute(update(Hold).where(Hold.purpose == "undo").values(expires_at=late))


def lose_what_is_kept_for_an_undo(session, visit):
    of = select(Hold.id).where(Hold.purpose == "undo")
    session.execute(delete(Claim).where(Claim.hold_id.in_(of)))


def put_two_visits_into_one_room(session, visit):
    row = session.get(Appointment, visit.id)
    row.resources = ["room-1"]
    other = session.scalars(select(Appointment).where(Appointment.start == at(TUESDAY, 10, 15)))
    other = other.one()
    other.resources, other.start = ["room-1"], row.start


def forget_a_room(session, visit):
    session.get(Appointment, visit.id).resources = ["room-1"]


def lose_the_history(session, visit):
    mine = AppointmentChange.appointment_id == visit.id
    session.execute(delete(AppointmentChange).where(mine))


def skip_a_version(session, visit):
    session.get(Appointment, visit.id).version = 3
    change = {"at": at(TUESDAY, 1), "actor": "x", "action": "moved", "before": {}}
    session.add(AppointmentChange(appointment_id=visit.id, version=3, **change))


def change_without_a_new_version(session, visit):
    change = {"at": at(TUESDAY, 1), "actor": "x", "action": "moved", "before": {}}
    session.add(AppointmentChange(appointment_id=visit.id, version=2, **change))


def put_two_visits_into_one_time(session, visit):
    names = "reference, status, version, patient_id, practitioner_id, starts_at, ends_at, lane"
    names += ", buffer_before, buffer_after, resources"
    more = "booked_by, safety_check, link_generation, phone_key, sealed, created_at"
    session.execute(
        text(
            f"INSERT INTO appointments (id, submission_id, {names}, {more})"
            f" SELECT 'twin', 'twin', 'TWIN22', {names.removeprefix('reference, ')}, {more}"
            f" FROM appointments WHERE id = '{visit.id}'"
        )
    )


def _undo_hold(session, visit, **changes):
    row = session.get(Appointment, visit.id)
    now = row.created_at
    same = {"practitioner_id": "alder", "start": row.start, "end": row.end, "visit_type": "NP"}
    times = {"created_at": now, "expires_at": now + timedelta(minutes=1)}
    return Hold(id="kept", purpose="undo", appointment_id=visit.id, **same, **times, **changes)


@pytest.mark.parametrize(
    ("plant", "named"),
    [
        pytest.param(lose_a_cell, "does not own 1 cells", id="a lost cell"),
        pytest.param(lose_all_cells, "does not own 6 cells", id="all cells lost"),
        pytest.param(own_a_foreign_cell, "also owns 1 cells", id="a foreign cell"),
        pytest.param(own_a_cell_beyond_the_end, "also owns 1 cells", id="beyond the end"),
        pytest.param(own_a_cell_of_somebody_else, "1 cells of birch", id="another practitioner's"),
        pytest.param(move_a_cell_to_another_lane, "also owns 1 cells", id="another lane"),
        pytest.param(move_the_visit_without_its_cells, "does not own 6", id="a half move"),
        pytest.param(cancel_without_freeing, "is not active but owns 6", id="a half cancel"),
        pytest.param(miss_without_freeing, "is not active but owns 6", id="a half no-show"),
        pytest.param(end_before_the_start, "ends before it starts", id="a backward visit"),
        pytest.param(stand_in_an_unknown_way, "unknown status", id="an unknown status"),
        pytest.param(lose_a_holds_cells, "Hold", id="a hold without cells"),
        pytest.param(
            keep_for_an_undo_what_the_visit_has, "keeps for an undo what", id="a useless undo hold"
        ),
        pytest.param(keep_for_an_undo_of_nothing, "of no visit", id="an undo hold of no visit"),
        pytest.param(keep_for_an_undo_for_ever, "longer than", id="an undo hold for ever"),
        pytest.param(lose_what_is_kept_for_an_undo, "Hold", id="an undo hold without cells"),
        pytest.param(put_two_visits_into_one_time, "occupy the same time", id="two in one"),
        pytest.param(put_two_visits_into_one_room, "occupy the same time", id="two in a room"),
        pytest.param(forget_a_room, "cells of room-1", id="a room that is not claimed"),
        pytest.param(lose_the_history, "no history of version 1", id="no history"),
        pytest.param(skip_a_version, "no history of version 2", id="a version gap"),
        pytest.param(change_without_a_new_version, "but its history of 2", id="an old version"),
    ],
)
@on_sqlite
def test_a_planted_fault_is_found(desk, visit, plant, named):
    assert desk.faults() == []
    with desk.write() as session:
        plant(session, visit)
    faults = desk.faults()
    assert any(named in fault for fault in faults), faults


def test_a_ledger_after_all_kinds_of_changes_is_sound(desk, visit):
    desk.cancel(desk.book(slot=make_slot(at(TUESDAY, 15))), actor=PATIENT)
    desk.move(visit, at(TUESDAY, 9, 15), "birch")
    assert desk.faults() == []
    desk.clock.advance(minutes=16)
    assert desk.faults() == []


def test_the_check_looks_at_today_and_later_only(desk, visit):
    desk.clock.advance(days=3)
    with desk.write() as session:
        session.execute(delete(Claim))
    assert desk.faults() == []


@on_sqlite
def test_a_fault_is_logged_and_counted_within_a_minute(desk, visit, client, caplog):
    def measured():
        return client.get("/scheduling/metrics").text

    jobs.prove_ledger(desk.service)
    assert not caplog.records
    with desk.write() as session:
        lose_a_cell(session, visit)
    with caplog.at_level(logging.ERROR):
        jobs.prove_ledger(desk.service)
    assert [record.message for record in caplog.records] == ["ledger fault"]
    assert "clinic_ledger_faults 1.0" in measured()


@on_sqlite
def test_a_pause_that_is_too_short_is_a_note_and_no_fault(desk):
    first = desk.book_as_staff()
    second = desk.book_as_staff(slot=make_slot(at(TUESDAY, 9, 30)))
    with desk.write() as session:
        session.get(Appointment, first.id).buffer_after = 5
        session.get(Appointment, second.id).buffer_before = 10
    with desk.read() as session:
        notes = queries.buffer_breaches(session, desk.clock.now(), desk.clinic.time_zone)
    assert notes == [
        f"Visits {first.reference} and {second.reference} (2027-03-02 09:30):"
        " the pause is too short."
    ]
    assert desk.faults() == []
