"""The ledger check finds every planted fault, and nothing in a sound ledger."""

import pytest
from sqlalchemy import delete, text, update

from services.scheduling.domain.time import TimeRange
from services.scheduling.models import Appointment, Claim
from tests.scheduling.build import TUESDAY, at, make_slot

CELLS = TimeRange.lasting(at(TUESDAY, 9), 30).cells
SPARE = TimeRange.lasting(at(TUESDAY, 15), 15).cells


@pytest.fixture
def visit(desk):
    desk.hold(make_slot(at(TUESDAY, 13)))
    return desk.book()


def lose_a_cell(session, visit):
    session.execute(delete(Claim).where(Claim.cell == CELLS[2]))


def own_a_foreign_cell(session, visit):
    owner = {"appointment_id": visit.id}
    session.add(Claim(resource="alder", cell=SPARE[0], lane=0, **owner))


def move_a_cell_to_another_lane(session, visit):
    session.execute(update(Claim).where(Claim.cell == CELLS[0]).values(lane=1))


def move_the_visit_without_its_cells(session, visit):
    times = {"start": at(TUESDAY, 10), "end": at(TUESDAY, 10, 30)}
    row = session.get(Appointment, visit.id)
    row.start, row.end = times["start"], times["end"]


def cancel_without_freeing(session, visit):
    session.get(Appointment, visit.id).status = "cancelled"


def lose_a_holds_cells(session, visit):
    session.execute(delete(Claim).where(Claim.hold_id.is_not(None)))


def put_two_visits_into_one_time(session, visit):
    names = "reference, status, version, patient_id, practitioner_id, starts_at, ends_at, lane"
    names += ", buffer_before, buffer_after, resources"
    more = "booked_by, safety_check, link_generation, phone_key, sealed, created_at"
    session.execute(
        text(
            f"INSERT INTO appointments (id, submission_id, {names}, {more})"
            f" SELECT 'twin', 'twin', 'TWIN22', {names.removeprefix('reference, ')}, {more}"
            " FROM appointments"
        )
    )


@pytest.mark.parametrize(
    ("plant", "named"),
    [
        pytest.param(lose_a_cell, "does not own 1 cells", id="a lost cell"),
        pytest.param(own_a_foreign_cell, "also owns 1 cells", id="a foreign cell"),
        pytest.param(move_a_cell_to_another_lane, "also owns 1 cells", id="another lane"),
        pytest.param(move_the_visit_without_its_cells, "does not own 6", id="a half move"),
        pytest.param(cancel_without_freeing, "is not active but owns 6", id="a half cancel"),
        pytest.param(lose_a_holds_cells, "Hold", id="a hold without cells"),
        pytest.param(put_two_visits_into_one_time, "occupy the same time", id="two in one"),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_planted_fault_is_found(desk, visit, plant, named):
    assert desk.faults() == []
    with desk.write() as session:
        plant(session, visit)
    faults = desk.faults()
    assert any(named in fault for fault in faults), faults


def test_the_check_looks_at_today_and_later_only(desk, visit):
    desk.clock.advance(days=3)
    with desk.write() as session:
        session.execute(delete(Claim))
    assert desk.faults() == []
