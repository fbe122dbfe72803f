"""Changes of visits by real threads: one of two wins, and the ledger stays sound."""

from itertools import pairwise

from services.scheduling import operations
from services.scheduling.models import Appointment, AppointmentChange, Hold
from services.scheduling.operations import PATIENT
from tests.scheduling.build import TUESDAY, at, at_once, make_handoff, make_slot

PEOPLE = ("alder", "birch", "elm")


def test_of_many_who_move_to_one_time_one_gets_it(desk):
    visits = [desk.book(slot=make_slot(at(TUESDAY, 8 + n))) for n in range(6)]
    outcome = at_once(6, lambda n: desk.move(visits[n], at(TUESDAY, 15), versions={1}))
    assert outcome == {"done": 1, "SlotTaken": 5}
    assert desk.faults() == []


def test_visits_that_swap_places_at_once_never_wait_in_a_circle(desk):
    """Each wants the other's day and practitioner: whoever is second finds it kept for an undo."""
    for hour in (8, 9, 10, 11):
        first = desk.book(slot=make_slot(at(TUESDAY, hour), practitioner="alder"))
        second = desk.book(slot=make_slot(at(TUESDAY, hour), practitioner="birch"))
        pairs = [(first, "birch"), (second, "alder")]
        outcome = at_once(2, lambda n, p=pairs, h=hour: desk.move(p[n][0], at(TUESDAY, h), p[n][1]))
        assert outcome == {"SlotTaken": 2}
        targets = [(first, "birch", 14), (second, "alder", 14)]
        at_once(2, lambda n, t=targets: desk.move(t[n][0], at(TUESDAY, t[n][2]), t[n][1]))
    assert desk.faults() == []


def test_of_a_cancellation_and_a_move_of_one_version_one_wins(desk):
    for hour in (8, 9, 10, 11):
        visit = desk.book(slot=make_slot(at(TUESDAY, hour)))

        def act(number, visit=visit, hour=hour):
            if number:
                desk.cancel(visit, versions={1})
            else:
                desk.move(visit, at(TUESDAY, hour), "birch", versions={1})

        assert at_once(2, act) == {"done": 1, "StaleVersion": 1}
    assert desk.faults() == []


def test_of_an_undo_and_a_booking_of_the_freed_time_one_gets_it(desk):
    """While the time is kept the undo wins; once it is over only the booking can."""
    for minutes in (14, 15):
        visit = desk.book()
        desk.cancel(visit, actor=PATIENT)
        desk.clock.advance(minutes=minutes)

        def act(number, visit=visit):
            if number:
                desk.undo(visit, actor=PATIENT)
            else:
                desk.book(handoff=make_handoff())

        lost = "SlotTaken" if minutes == 14 else "TransitionRefused"
        assert at_once(2, act) == {"done": 1, lost: 1}
        assert desk.faults() == []
        if minutes == 14:
            desk.cancel(visit, actor=PATIENT)
            desk.clock.advance(minutes=15)


def test_an_undo_is_done_once_however_often_it_is_pressed(desk):
    visit = desk.book()
    desk.move(visit, at(TUESDAY, 9, 15))
    assert at_once(6, lambda _: desk.undo(visit, versions={2})) == {"done": 1, "StaleVersion": 5}
    assert len(desk.rows(AppointmentChange)) == 3
    assert desk.rows(Hold) == []
    assert desk.faults() == []


def test_of_six_who_press_arrived_one_is_first(desk):
    visit = desk.book_as_staff(slot=make_slot(at(TUESDAY, 11)))
    desk.clock.set(at(TUESDAY, 10))
    outcome = at_once(6, lambda _: desk.step(visit, "arrive", versions={1}))
    assert outcome == {"done": 1, "StaleVersion": 5}


def test_a_storm_of_all_kinds_of_changes_leaves_a_sound_ledger(desk):
    """Whichever version they find; every refusal is one of ours, no deadlock among them."""
    visits = [
        desk.book(slot=make_slot(at(TUESDAY, 8 + n // 3), practitioner=PEOPLE[n % 3]))
        for n in range(9)
    ]

    def act(number):
        visit = visits[number % 9]
        if number % 4 == 0:
            start = at(TUESDAY, 8 + number % 5, 15 * (number % 4))
            desk.move(visit, start, PEOPLE[(number + 1) % 3])
        elif number % 4 == 1:
            desk.cancel(visit)
        elif number % 4 == 2:
            desk.undo(visit)
        else:
            hold = desk.hold(make_slot(at(TUESDAY, 8 + number % 5, 15)))
            with desk.write() as session:
                operations.release_hold(session, desk.clinic, hold.id)

    outcome = at_once(36, act)
    ours = {"done", "SlotTaken", "TransitionRefused", "StaleVersion", "NotBookable"}
    assert set(outcome) <= ours, outcome
    assert outcome["done"] >= 9
    assert desk.faults() == []
    starts = sorted(
        (row.practitioner_id, row.start, row.end)
        for row in desk.rows(Appointment)
        if row.status == "booked"
    )
    assert all(one[0] != two[0] or one[2] <= two[1] for one, two in pairwise(starts))
