"""The bitmaps against their oracle, the engine: whatever is booked, held, closed or rearranged,
both lists are the same; what is remembered is never older than what is asked for."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from services.scheduling import operations, queries
from services.scheduling.domain.errors import NotBookable, SlotTaken
from services.scheduling.domain.handoff import Asker
from services.scheduling.domain.time import Start
from services.scheduling.models import Block, CalendarDay, Practitioner
from services.scheduling.operations import By
from services.scheduling.queries import FreeTimes, Search
from services.scheduling.queries.fitting import choose_practitioner
from tests.scheduling.build import TUESDAY, at, days_after, make_handoff, make_slot, make_staff

MONDAY = date(2027, 3, 1)
KINDS = ("NP", "NPX", "FU", "URG")
RICH = {
    "resources": [
        {"id": "room-1", "name": "Room 1", "kind": "room"},
        {"id": "room-2", "name": "Room 2", "kind": "room"},
        {"id": "xray", "name": "X-ray", "kind": "xray"},
    ],
    "more": {
        "NP": {"buffer_before": 5, "buffer_after": 10, "needs": ["room"]},
        "NPX": {"buffer_after": 20, "needs": ["room", "xray"]},
        "FU": {},
        "URG": {"buffer_before": 15},
    },
}


@pytest.fixture
def rich(desk):
    """The seeded clinic with rooms, buffers, own lengths, exceptions, blocks, special openings."""
    raw = desk.clinic.raw
    kinds = [{**kind, **RICH["more"].get(kind["id"], {})} for kind in raw["visit_types"]]
    people = [dict(one) for one in raw["practitioners"]]
    people[0]["minutes"] = {"NP": 45, "FU": 30}
    people[2]["minutes"] = {"URG": 15}
    changed = {"visit_types": kinds, "practitioners": people, "resources": RICH["resources"]}
    desk.clinic = replace(desk.clinic, raw={**raw, **changed})
    desk.service = replace(desk.service, clinic=desk.clinic)
    with desk.write() as session:
        operations.seed_practitioners(session, desk.clinic)
        saturday, memorial = date(2027, 3, 6), date(2027, 5, 31)
        for person, day, spans in (
            (None, saturday, [["09:10", "12:00"]]),
            ("elm", saturday, [["08:00", "11:00"]]),
            ("birch", days_after(TUESDAY, 1), []),
            ("cedar", TUESDAY, [["09:00", "10:30"], ["14:00", "16:30"]]),
            (None, memorial, [["10:00", "14:00"]]),
        ):
            own = {"practitioner_id": person, "day": day, "spans": spans, "reason": "So"}
            session.add(CalendarDay(id=str(uuid.uuid4()), **own))
        lunch = {"start": at(TUESDAY, 11, 50), "end": at(TUESDAY, 13), "reason": "Lunch"}
        session.add(Block(id="a", practitioner_id="dogwood", **lunch))
        fair = {"start": at(days_after(TUESDAY, 2), 14), "end": at(days_after(TUESDAY, 2), 15)}
        session.add(Block(id="b", **fair, reason="Fair"))
    return desk


def both(desk, **changes):
    """(seconds, practitioner, minutes) by the bitmaps and by the engine."""
    wanted = {"visit_type": "NP", "first": MONDAY, "last": days_after(MONDAY, 8)}
    search = Search(**wanted | changes)
    now = desk.clock.now()
    with desk.read() as session:
        times = FreeTimes(session, desk.clinic, search, now=now)
        by_bits = [(one.seconds, one.person.id, one.minutes) for one in times.found()]
    with desk.read() as session:
        slots = queries.open_slots(session, desk.clinic, search, now=now)
        by_engine = [
            (*slot.order, (slot.end - slot.start) // timedelta(minutes=1)) for slot in slots
        ]
    return by_bits, by_engine


def agree(desk, **changes):
    by_bits, by_engine = both(desk, **changes)
    assert by_bits == by_engine
    return by_bits


@pytest.mark.parametrize("seed", range(4))
def test_after_any_history_the_bitmaps_say_what_the_engine_says(rich, seed):
    random = Random(seed)
    urgent = make_handoff(urgency="URGENT_2BD", visit_type="URG", latest_day=days_after(MONDAY, 2))
    for _ in range(12):
        kind = random.choice(KINDS)
        free = agree(rich, visit_type=kind)
        what = random.choice(("book", "hold", "overbook", "wait", "block"))
        if not free or what == "wait":
            rich.clock.advance(minutes=random.choice((1, 7, 11, 130)))
            continue
        seconds, person, _ = random.choice(free)
        slot = make_slot(at(MONDAY, 0), visit_type=kind, practitioner=person)
        slot = replace(slot, start=slot.start.fromtimestamp(seconds, slot.start.tzinfo))
        if what == "book":
            rich.book(slot=slot, handoff=make_handoff(visit_type=kind))
        elif what == "hold":
            rich.hold(slot, handoff=make_handoff(visit_type=kind))
        elif what == "overbook":
            rich.book_as_staff(slot=slot, overbook_reason="So")
        else:
            with rich.write() as session:
                span = {"start": slot.start, "end": slot.start + timedelta(minutes=40)}
                by = By(make_staff(), rich.clock.now())
                operations.add_block(session, rich.clinic, person, **span, reason="So", by=by)
        agree(rich, visit_type="URG", asker=Asker("patient", urgent))
    assert rich.faults() == []


def test_who_holds_a_time_sees_it_in_both_lists(rich):
    handoff = make_handoff()
    rich.hold(make_slot(at(TUESDAY, 9)), handoff=handoff)
    mine = agree(rich, asker=Asker("patient", handoff))
    everybodys = agree(rich)
    kept = (int(at(TUESDAY, 9).timestamp()), "alder", 45)
    assert kept in mine
    assert kept not in everybodys
    rich.clock.advance(minutes=10)
    assert kept in agree(rich)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_offered_can_be_booked_and_nothing_else(rich):
    """List, explanation and booking are of one mind about every quarter hour of three days."""
    for kind in KINDS:
        handoff = make_handoff(
            visit_type=kind, urgency="URGENT_2BD" if kind == "URG" else "ROUTINE"
        )
        asker, now = Asker("patient", handoff), rich.clock.now()
        offered = {found[:2] for found in agree(rich, visit_type=kind, last=days_after(MONDAY, 2))}
        with rich.read() as session:
            for quarter in range(2 * 96):
                start = at(MONDAY, 0) + timedelta(minutes=15 * quarter)
                for person in queries.practitioners(session):
                    slot = make_slot(start, visit_type=kind, practitioner=person.id)
                    wanted = queries.wanted(session, rich.clinic, slot, asker=asker, now=now)
                    wish = asker.wish(wanted.kind, now)
                    begins = Start.at(start, rich.clinic.time_zone)
                    explained = queries.explain(
                        session, rich.clinic, begins, wish=wish, practitioner_id=person.id
                    )
                    is_offered = (int(start.timestamp()), person.id) in offered
                    assert is_offered == (not explained)
                    if not is_offered:
                        with pytest.raises((NotBookable, SlotTaken)):
                            queries.check_slot(session, rich.clinic, wanted)
                    else:
                        queries.check_slot(session, rich.clinic, wanted)


def test_a_change_is_seen_at_once_by_whoever_asks(rich):
    before = agree(rich, practitioner="elm", visit_type="FU")
    with rich.write() as session:
        by = By(make_staff("admin"), rich.clock.now())
        operations.set_hours(
            session, "elm", hours={"tuesday": [["08:00", "09:00"]]}, urgent={}, by=by
        )
    after = agree(rich, practitioner="elm", visit_type="FU")
    assert len(after) < len(before)
    days = {TUESDAY, date(2027, 3, 6), date(2027, 3, 9)}
    assert {rich_day(rich, seconds) for seconds, _, _ in after} == days


def rich_day(desk, seconds):
    return at(MONDAY, 0).fromtimestamp(seconds, desk.clinic.time_zone).date()


def test_what_is_rolled_back_is_forgotten(rich):
    before = agree(rich, practitioner="elm")

    class Stop(Exception):
        pass

    def change_and_fail():
        with rich.write() as session:
            session.get(Practitioner, "elm").hours = {}
            session.flush()
            search = Search("NP", TUESDAY, TUESDAY, practitioner="elm")
            times = FreeTimes(session, rich.clinic, search, now=rich.clock.now())
            assert list(times.found()) == []
            raise Stop

    with pytest.raises(Stop):
        change_and_fail()
    assert agree(rich, practitioner="elm") == before
    with rich.write() as session:  # takes the version number that was rolled back
        session.get(Practitioner, "alder").hours = {}
    assert agree(rich, practitioner="elm") == before


def test_the_first_available_time_is_the_first_of_a_longer_list(rich):
    with rich.write() as session:
        works = {"start": at(MONDAY, 0), "end": at(date(2027, 4, 12), 10), "reason": "Works"}
        session.add(Block(id="c", **works))
    search = Search("NP", MONDAY, TUESDAY)
    with rich.read() as session:
        times = FreeTimes(session, rich.clinic, search, now=rich.clock.now())
        assert list(times.found()) == []
        assert times.first_available().seconds == int(at(date(2027, 4, 12), 10).timestamp())


# -- who takes a visit that may be with anybody ------------------------------------------------


def chosen(desk, slot, **changes):
    with desk.read() as session:
        person = choose_practitioner(
            session, desk.clinic, slot, asker=Asker("staff"), now=desk.clock.now(), **changes
        )
    return person.id


def test_anybody_means_the_specialty_of_before_then_who_has_least_to_do_then_by_id(desk):
    slot = make_slot(at(TUESDAY, 10), practitioner="any")
    assert chosen(desk, slot) == "alder"
    assert chosen(desk, slot, specialty="sports") == "birch"
    desk.book_as_staff(slot=make_slot(at(TUESDAY, 14)))
    assert chosen(desk, slot) == "birch"
    assert chosen(desk, slot, specialty="spine") == "alder"
    desk.book_as_staff(slot=make_slot(at(TUESDAY, 10)))
    assert chosen(desk, slot, specialty="spine") == "birch"
