"""Real threads on real databases: one of many wins, and nobody is double booked."""

from services.scheduling import operations
from services.scheduling.domain.errors import HandoffUsed
from services.scheduling.models import Appointment, Claim, Hold, Patient
from shared.idempotency import once
from tests.scheduling.build import (
    TUESDAY,
    at,
    at_once,
    make_booking,
    make_handoff,
    make_patient,
    make_slot,
)


def test_of_fifty_who_want_one_time_one_gets_it(desk):
    outcome = at_once(50, lambda _: desk.book())
    assert outcome == {"done": 1, "SlotTaken": 49}
    assert len(desk.rows(Appointment)) == 1
    assert len(desk.rows(Claim)) == 6
    assert desk.faults() == []


def test_overlapping_times_of_all_practitioners_never_overlap(desk):
    people = ("alder", "birch", "elm")

    def book(number):
        start = at(TUESDAY, 8 + number % 3, 15 * (number % 4))
        desk.book(slot=make_slot(start, practitioner=people[number % 3]))

    outcome = at_once(30, book)
    assert outcome["done"] + outcome["SlotTaken"] == 30
    assert outcome["done"] >= 3
    assert desk.faults() == []


def test_eight_requests_with_one_key_book_once(desk):
    booking = make_booking()
    answers = []

    def book(_):
        with desk.write() as session:
            now = desk.clock.now()

            def work():
                visit = operations.book_appointment(session, desk.service, booking, now=now)
                return {"id": visit.id}

            answer = once(session, scope="test", key="k" * 22, body={}, now=now, work=work)
        answers.append(answer["id"])

    outcome = at_once(8, book)
    assert outcome["done"] + outcome["KeyInUse"] == 8
    assert outcome["done"] >= 1
    assert {visit.id for visit in desk.rows(Appointment)} == set(answers)


def test_one_safety_check_books_once_however_many_times_are_tried(desk):
    handoff = make_handoff()

    def book(number):
        desk.book(handoff=handoff, slot=make_slot(at(TUESDAY, 8 + number)))

    outcome = at_once(6, book)
    assert outcome == {"done": 1, HandoffUsed.__name__: 5}


def test_one_visitor_who_taps_many_times_keeps_one_hold(desk):
    handoff = make_handoff()
    people = ("alder", "birch", "elm")

    def hold(number):
        desk.hold(make_slot(at(TUESDAY, 9), practitioner=people[number % 3]), handoff=handoff)

    assert at_once(9, hold) == {"done": 9}
    assert len(desk.rows(Hold)) == 1
    assert len(desk.rows(Claim)) == 6
    assert desk.faults() == []


def test_holding_booking_and_releasing_at_once_leaves_a_sound_ledger(desk):
    def work(number):
        handoff = make_handoff()
        slot = make_slot(at(TUESDAY, 9, 15 * (number % 3)))
        hold = desk.hold(slot, handoff=handoff)
        if number % 2:
            desk.book(slot=None, hold=hold.id, handoff=handoff)
        else:
            with desk.write() as session:
                operations.release_hold(session, desk.clinic, hold.id)

    at_once(16, work)
    assert desk.faults() == []


def test_a_person_who_books_twice_at_once_is_one_patient(desk):
    name = make_patient("Twin", "Tab")

    def book(number):
        desk.book(patient=name, slot=make_slot(at(TUESDAY, 8 + number)))

    assert at_once(6, book) == {"done": 6}
    assert len(desk.rows(Patient)) == 1
