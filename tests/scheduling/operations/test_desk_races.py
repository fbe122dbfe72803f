"""Two desks, two workers, a patient and a desk at once: one is first, and nothing is doubled."""

from services.scheduling import jobs, operations
from services.scheduling.domain.errors import TaskClaimed
from services.scheduling.models import Appointment, Patient, Task, WaitlistOffer
from shared.staff import StaffMember
from tests.scheduling.build import make_slot
from tests.scheduling.operations.test_people import People
from tests.scheduling.operations.test_races import at_once
from tests.scheduling.operations.test_waitlist import FRIDAY, THURSDAY, Waitlist, at


def member(number):
    return StaffMember(f"desk-{number}", f"Desk {number}", "front_desk", "session")


def open_task(desk):
    with desk.write() as session:
        operations.open_task(session, "callback", "one", now=desk.clock.now())
    return desk.rows(Task)[0].id


def test_of_eight_who_claim_a_task_one_has_it_and_the_others_learn_who(desk):
    task_id, names = open_task(desk), []

    def claim(number):
        with desk.write() as session:
            try:
                operations.claim_task(session, task_id, member=member(number), now=desk.clock.now())
            except TaskClaimed as error:
                names.append(error.by)
                raise

    assert at_once(8, claim) == {"done": 1, "TaskClaimed": 7}
    winner = desk.rows(Task)[0].claimed_by
    assert set(names) == {winner.replace("desk-", "Desk ")}


def test_many_workers_offer_a_freed_time_to_one_person(desk):
    waitlist = Waitlist(desk)
    for hour, name in enumerate(("Ann", "Bob", "Cleo"), start=10):
        waitlist.book(name, at(FRIDAY, hour))
    waitlist.free(at(THURSDAY, 9))
    assert at_once(6, lambda _: jobs.offer_freed_times(desk.service)) == {"done": 6}
    assert len(desk.rows(WaitlistOffer)) == 1
    assert desk.faults() == []


def test_many_workers_keep_offering_each_person_one_time(desk):
    waitlist = Waitlist(desk)
    for hour, name in enumerate(("Ann", "Bob"), start=10):
        waitlist.book(name, at(FRIDAY, hour))
    for hour in (8, 10, 14):
        waitlist.free(at(THURSDAY, hour))
    at_once(6, lambda _: jobs.offer_freed_times(desk.service))
    entries = [one.entry_id for one in desk.rows(WaitlistOffer)]
    assert len(entries) == len(set(entries)) == 2
    assert desk.faults() == []


def test_an_answer_against_the_desk_has_one_winner(desk):
    waitlist = Waitlist(desk)
    visit = waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    (offer,) = waitlist.offers()

    def press(number):
        if number % 2:
            waitlist.accept(offer)
        else:
            desk.book_as_staff(slot=make_slot(at(THURSDAY, 9)), override=True)

    outcome = at_once(6, press)
    there = [
        row
        for row in desk.rows(Appointment)
        if row.start == at(THURSDAY, 9) and row.status == "booked"
    ]
    assert len(there) == 1
    assert outcome["done"] == (3 if there[0].id == visit.id else 1)  # accepting again is no fault
    assert desk.faults() == []


def test_accepting_and_declining_at_once_is_one_answer(desk):
    waitlist = Waitlist(desk)
    waitlist.wait("Ann")
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    (offer,) = waitlist.offers()
    at_once(6, lambda number: (waitlist.accept if number % 2 else waitlist.decline)(offer))
    (answered,) = waitlist.offers()
    booked = [row for row in desk.rows(Appointment) if row.status == "booked"]
    assert answered.outcome in ("accepted", "declined")
    assert len(booked) == (answered.outcome == "accepted")
    assert desk.faults() == []


def test_a_booking_during_a_merge_is_never_left_on_the_merged_record(desk):
    people = People(desk)
    ann, annie = people.book_as_staff("Ann", "Smith"), people.book_as_staff("Annie", "Smith")

    def work(number):
        if number == 0:
            people.merge(ann.patient_id, annie.patient_id)
        else:
            people.book_as_staff("Annie", "Smith")

    people.count = 8
    outcome = at_once(4, work)
    assert outcome["done"] >= 1
    merged = [row for row in desk.rows(Patient) if row.merged_into]
    assert [row.id for row in merged] == [annie.patient_id]
    assert people.visits(annie.patient_id) == set()
