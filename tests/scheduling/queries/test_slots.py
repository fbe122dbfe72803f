"""Lists of free times, and the nearest others."""

from datetime import date, timedelta

import pytest

from services.scheduling import queries
from services.scheduling.domain.errors import (
    BookingStopped,
    NotOnline,
    SlotTaken,
    UnknownPractitioner,
    UnknownVisitType,
    VisitTypeMismatch,
)
from services.scheduling.domain.handoff import Asker, Wanted
from services.scheduling.models import Block
from services.scheduling.queries import Search
from tests.scheduling.build import TUESDAY, at, days_after, make_handoff, make_slot

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
MONDAY = date(2027, 3, 1)


def nearest(desk, slot, **changes):
    kind = queries.visit_type(desk.clinic, slot.visit_type)
    lost = SlotTaken(Wanted(slot, kind, Asker(handoff=make_handoff(**changes)), desk.clock.now()))
    with desk.read() as session:
        found = queries.alternatives(session, desk.clinic, lost, now=desk.clock.now())
    return [(slot.practitioner.id, slot.start) for slot in found]


def test_the_list_is_in_order_and_names_everybody_who_is_free(desk):
    slots = desk.slots(TUESDAY)
    assert [slot.order for slot in slots] == sorted(slot.order for slot in slots)
    assert {slot.practitioner.id for slot in slots} == {
        "alder",
        "birch",
        "cedar",
        "dogwood",
        "elm",
    }
    assert slots[0].start.isoformat() == "2027-03-02T08:00:00-08:00"
    assert max(slot.end for slot in slots).isoformat() == "2027-03-02T16:30:00-08:00"


def test_patients_see_nothing_within_two_hours_and_nothing_after_120_days(desk):
    slots = desk.slots(date.min, date.max, practitioner="alder")
    assert slots[0].start == at(MONDAY, 12)
    assert slots[-1].start == at(date(2027, 6, 29), 16)


def test_a_booked_and_a_held_time_leave_the_list_but_not_for_the_holder(desk):
    handoff = make_handoff()
    desk.book(slot=make_slot(at(TUESDAY, 10)))
    desk.hold(make_slot(at(TUESDAY, 13)), handoff=handoff)

    def starts(asker):
        found = desk.slots(TUESDAY, practitioner="alder", asker=asker)
        return {slot.start for slot in found}

    everybody, holder = starts(Asker()), starts(Asker("patient", handoff))
    assert at(TUESDAY, 10) not in everybody | holder
    assert at(TUESDAY, 13) not in everybody
    assert at(TUESDAY, 13) in holder
    desk.clock.advance(minutes=10)
    assert at(TUESDAY, 13) in starts(Asker())


def test_a_block_of_one_and_a_block_of_all_leave_the_list(desk):
    with desk.write() as session:
        lunch = {"start": at(TUESDAY, 11, 45), "end": at(TUESDAY, 13), "reason": "Lunch"}
        session.add(Block(id="a", practitioner_id="alder", **lunch))
        fair = {"start": at(TUESDAY, 14), "end": at(TUESDAY, 18), "reason": "Fair"}
        session.add(Block(id="b", **fair))
    by_person = {"alder": [], "elm": []}
    for slot in desk.slots(TUESDAY):
        by_person.setdefault(slot.practitioner.id, []).append(slot.start)
    assert not [start for start in by_person["alder"] if 11 < start.hour < 13]
    assert [start for start in by_person["elm"] if 11 < start.hour < 13]
    assert max(by_person["elm"]) == at(TUESDAY, 13, 30)


def test_the_safety_check_narrows_to_its_specialty(desk):
    asker = Asker("patient", make_handoff(specialty="sports"))
    assert {slot.practitioner.id for slot in desk.slots(TUESDAY, asker=asker)} == {"birch"}


def test_an_urgent_patient_sees_everybody_until_the_latest_day(desk):
    urgent = make_handoff(
        visit_type="URG", urgency="URGENT_2BD", latest_day=TUESDAY, specialty="sports"
    )
    asker = Asker("patient", urgent)
    slots = desk.slots(MONDAY, date.max, visit_type="URG", asker=asker)
    assert len({slot.practitioner.id for slot in slots}) == 5
    assert max(slot.start.date() for slot in slots) == TUESDAY


def test_a_specialty_that_nobody_has_falls_back_to_everybody(desk):
    asker = Asker("patient", make_handoff(specialty="hands"))
    assert len({slot.practitioner.id for slot in desk.slots(TUESDAY, asker=asker)}) == 5


def test_somebody_asked_for_by_name_is_shown_whatever_the_specialty(desk):
    asker = Asker("patient", make_handoff(specialty="spine"))
    assert desk.slots(TUESDAY, asker=asker, practitioner="elm")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"visit_type": "WC"}, NotOnline, id="a type booked by staff"),
        pytest.param({"visit_type": "XX"}, UnknownVisitType, id="no such type"),
        pytest.param({"practitioner": "nobody"}, UnknownPractitioner, id="nobody"),
        pytest.param(
            {"asker": Asker("patient", make_handoff(visit_type="FU"))},
            VisitTypeMismatch,
            id="another type than recommended",
        ),
        pytest.param(
            {"asker": Asker("patient", make_handoff(urgency="EMERGENCY"))},
            BookingStopped,
            id="emergency",
        ),
    ],
)
def test_a_list_is_refused(desk, changes, refusal):
    with pytest.raises(refusal):
        desk.slots(TUESDAY, **changes)


def test_a_list_continues_behind_a_slot(desk):
    whole = desk.slots(TUESDAY, days_after(TUESDAY, 1))
    rest = desk.slots(TUESDAY, days_after(TUESDAY, 1), after=whole[99].order)
    assert [slot.order for slot in rest] == [slot.order for slot in whole[100:]]


def test_the_first_available_time_may_lie_behind_the_asked_days(desk):
    saturday = date(2027, 3, 6)
    search = Search(visit_type="NP", first=saturday, last=saturday)
    with desk.read() as session:
        found = queries.first_available(session, desk.clinic, search, now=desk.clock.now())
    assert found.start == at(date(2027, 3, 8), 8)


def test_every_offered_time_can_be_held_and_its_neighbour_then_says_why_not(desk):
    for slot in desk.slots(TUESDAY, practitioner="cedar")[::9]:
        name = make_slot(slot.start, practitioner="cedar")
        desk.hold(name)
        with pytest.raises(SlotTaken):
            desk.hold(name)


def test_the_nearest_times_lie_on_both_sides(desk):
    desk.book(slot=make_slot(at(TUESDAY, 10)))
    assert nearest(desk, make_slot(at(TUESDAY, 10))) == [
        ("alder", at(TUESDAY, 9, 30)),
        ("alder", at(TUESDAY, 10, 30)),
        ("alder", at(TUESDAY, 9, 15)),
    ]


def test_the_nearest_times_keep_to_the_specialty_or_the_latest_day(desk):
    with desk.write() as session:
        whole_day = {"start": at(TUESDAY, 0), "end": at(TUESDAY, 23), "reason": "Away"}
        session.add(Block(id="a", practitioner_id="alder", **whole_day))
    wednesday = days_after(TUESDAY, 1)
    found = nearest(desk, make_slot(at(TUESDAY, 8)))
    assert found == [
        ("alder", at(MONDAY, 16)),
        ("alder", at(MONDAY, 15, 45)),
        ("alder", at(MONDAY, 15, 30)),
    ]
    assert wednesday not in {start.date() for _, start in found}
    urgent = nearest(desk, make_slot(at(TUESDAY, 16)), latest_day=TUESDAY)
    assert {start.date() for _, start in urgent} == {TUESDAY}
    assert "alder" not in {name for name, _ in urgent}


def test_times_far_away_are_found_when_nothing_near_is_free(desk):
    with desk.write() as session:
        closed = {"start": at(MONDAY, 0), "end": at(date(2027, 5, 3), 0), "reason": "Works"}
        session.add(Block(id="a", **closed))
    found = nearest(desk, make_slot(at(TUESDAY, 10)))
    assert [start for _, start in found] == [
        at(date(2027, 5, 3), 8) + timedelta(minutes=15 * step) for step in range(3)
    ]


def test_fewer_than_three_are_told_only_where_there_are_fewer(desk):
    with desk.write() as session:
        rest = {"start": at(MONDAY, 12, 30), "end": at(date(2028, 1, 1), 0), "reason": "Works"}
        session.add(Block(id="a", **rest))
    assert nearest(desk, make_slot(at(TUESDAY, 10))) == [("alder", at(MONDAY, 12))]
