"""Closing time: whom it hits, what is kept for them, and how everybody is helped in the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.scheduling import jobs, operations, queries
from services.scheduling.domain import errors
from services.scheduling.models import Appointment, ClosureCase, Hold, Task
from services.scheduling.operations import Actor, Closing
from shared.events import codec
from shared.events.scheduling import AppointmentCancelled, AppointmentRescheduled
from shared.tables import outbox
from tests.scheduling.build import (
    TUESDAY,
    at,
    days_after,
    make_booking,
    make_handoff,
    make_patient,
    make_slot,
    make_staff,
)

THURSDAY = days_after(TUESDAY, 2)
NO_EMAIL = {"email": None, "phone": "+15035550177", "may_leave_message": False}


class Closer:
    """Short ways to close time of a desk."""

    def __init__(self, desk):
        self.desk = desk

    def book(self, number, start, **changes):
        contact = {"email": f"p{number}@example.com", "phone": "+15035550123"}
        return self.desk.book_as_staff(
            **{
                "slot": make_slot(start),
                "patient": make_patient(f"P{number}", f"Person{number}", THURSDAY.replace(1980)),
                "contact": contact | {"may_leave_message": True},
            }
            | changes
        )

    def close(self, start, end, practitioner="alder"):
        closing = Closing(practitioner=practitioner, start=start, end=end, reason="Ill")
        with self.desk.write() as session:
            return operations.close_time(
                session,
                self.desk.service,
                closing,
                member=make_staff(),
                now=self.desk.clock.now(),
            )

    def follow(self):
        jobs.follow_closures(self.desk.service)

    def choose(self, visit, hold):
        with self.desk.write() as session:
            return operations.choose_alternative(
                session,
                self.desk.service,
                visit.id,
                hold.id,
                actor=Actor.of(make_staff()),
                now=self.desk.clock.now(),
            )

    def kept(self, visit):
        with self.desk.read() as session:
            now = self.desk.clock.now()
            return queries.kept_alternatives(session, visit.id, now=now)

    def states(self):
        return sorted(one.state for one in self.desk.rows(ClosureCase))

    def events(self, type_):
        keyring = self.desk.service.secrets.keyring("events")
        with self.desk.read() as session:
            bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.sequence))
            told = [codec.decode(body, keyring=keyring).event for body in bodies]
        return [event for event in told if isinstance(event, type_)]


@pytest.fixture
def closer(desk):
    return Closer(desk)


def test_a_whole_day_with_twenty_visits_is_closed_and_everybody_is_helped(desk, closer):
    people = ("alder", "elm")
    visits = []
    for number in range(20):
        start = at(THURSDAY, 8 + number // 4, 30 * (number // 2 % 2))
        changes = {"contact": NO_EMAIL} if number % 5 == 0 else {}
        slot = make_slot(start, practitioner=people[number % 2])
        visits.append(closer.book(number, start, slot=slot, **changes))
    closure = closer.close(at(THURSDAY, 8), at(THURSDAY, 16, 30), practitioner=None)
    with pytest.raises(errors.NotBookable):
        desk.book(slot=make_slot(at(THURSDAY, 14)))  # from that second on
    cancelled = closer.events(AppointmentCancelled)
    assert len(cancelled) == 20
    assert {(one.by, one.cause) for one in cancelled} == {("clinic", "closure")}
    closer.follow()
    assert closer.states() == ["offered"] * 16 + ["to_phone"] * 4
    kept = [hold for visit in visits for hold in closer.kept(visit)]
    assert len(kept) == 60  # three for each, and no time is kept for two
    assert len({(hold.practitioner_id, hold.start) for hold in kept}) == 60
    assert desk.faults() == []
    calls = [task for task in desk.rows(Task) if task.kind == "closure"]
    assert len(calls) == 4
    assert all(task.closure_id == closure.id for task in calls)
    for visit in visits:
        closer.choose(visit, closer.kept(visit)[-1])
    assert closer.states() == ["moved"] * 20
    assert {task.state for task in desk.rows(Task) if task.kind == "closure"} == {"resolved"}
    assert [hold for hold in desk.rows(Hold) if hold.purpose == "closure"] == []
    assert len(closer.events(AppointmentRescheduled)) == 20
    assert desk.faults() == []


def test_only_what_overlaps_is_hit(desk, closer):
    before = closer.book(1, at(THURSDAY, 8, 30))
    hit = closer.book(2, at(THURSDAY, 9, 45))
    after = closer.book(3, at(THURSDAY, 12))
    other = closer.book(4, at(THURSDAY, 10), slot=make_slot(at(THURSDAY, 10), practitioner="elm"))
    closer.close(at(THURSDAY, 9), at(THURSDAY, 12))
    statuses = {row.id: row.status for row in desk.rows(Appointment)}
    assert statuses == {
        before.id: "booked",
        hit.id: "cancelled",
        after.id: "booked",
        other.id: "booked",
    }


def test_a_chosen_time_keeps_the_visit_its_reference_and_its_links(desk, closer):
    visit = closer.book(1, at(THURSDAY, 9))
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    hold = closer.kept(visit)[0]
    closer.choose(visit, hold)
    (row,) = desk.rows(Appointment)
    assert (row.id, row.reference, row.status, row.version) == (
        visit.id,
        visit.reference,
        "booked",
        3,
    )
    assert row.start == hold.start
    (event,) = closer.events(AppointmentRescheduled)
    assert (event.cause, event.previous_start) == ("closure", at(THURSDAY, 9))
    with pytest.raises(errors.HoldExpired):
        closer.choose(visit, hold)


def test_a_kept_time_is_nobody_elses(desk, closer):
    visit, other = closer.book(1, at(THURSDAY, 9)), closer.book(2, at(THURSDAY, 10))
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    hold = closer.kept(visit)[0]
    with pytest.raises(errors.HoldExpired):
        closer.choose(other, hold)
    slot = make_slot(hold.start, practitioner=hold.practitioner_id)
    with pytest.raises(errors.SlotTaken):
        desk.book(slot=slot, handoff=make_handoff())


def test_who_does_not_choose_within_a_day_is_phoned(desk, closer):
    visit = closer.book(1, at(THURSDAY, 9))
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    assert closer.states() == ["offered"]
    desk.clock.advance(hours=24, minutes=1)
    closer.follow()
    closer.follow()
    assert closer.states() == ["to_phone"]
    (task,) = [one for one in desk.rows(Task) if one.kind == "closure"]
    assert task.appointment_id == visit.id
    with desk.write() as session:
        operations.resolve_task(
            session,
            task.id,
            member=make_staff(),
            outcome="cancelled",
            words=None,
            now=desk.clock.now(),
        )
    assert closer.states() == ["cancelled"]


def test_reopening_frees_the_time_and_keeps_what_was_moved(desk, closer):
    moved, waiting = closer.book(1, at(THURSDAY, 9)), closer.book(2, at(THURSDAY, 10))
    closure = closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    closer.choose(moved, closer.kept(moved)[0])
    with desk.write() as session:
        operations.reopen_time(session, closure.id, member=make_staff(), now=desk.clock.now())
    assert closer.kept(waiting) == []
    statuses = {row.id: row.status for row in desk.rows(Appointment)}
    assert statuses == {moved.id: "booked", waiting.id: "cancelled"}
    desk.book(slot=make_slot(at(THURSDAY, 9)), handoff=make_handoff())
    assert desk.faults() == []


def test_a_second_closure_takes_kept_times_back_and_is_followed_up_again(desk, closer):
    visit = closer.book(1, at(THURSDAY, 9))
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    kept = closer.kept(visit)
    first, last = kept[0].start - timedelta(hours=1), kept[-1].end + timedelta(days=8)
    closer.close(min(first, at(THURSDAY, 12)), last, practitioner=None)
    assert closer.kept(visit) == []
    closer.follow()
    assert closer.states() == ["to_phone"]


WRONG = {
    "backwards": (at(THURSDAY, 12), at(THURSDAY, 8)),
    "nothing": (at(THURSDAY, 12), at(THURSDAY, 12)),
    "over": (at(TUESDAY, 8) - timedelta(days=9), at(TUESDAY, 8) - timedelta(days=8)),
    "for years": (at(THURSDAY, 8), at(THURSDAY, 8) + timedelta(days=400)),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_no_closure_is_refused(closer, case):
    with pytest.raises(errors.ClosureInvalid):
        closer.close(*WRONG[case])


def test_an_offer_to_the_waitlist_in_closed_time_is_gone(desk, closer):
    booking = make_booking(slot=make_slot(at(days_after(TUESDAY, 6), 9)))
    consents = booking.consents | {"earlier_time": True}
    visit = desk.book(slot=booking.slot, consents=consents)
    with desk.read() as session:
        entries = queries.waiting_people(session, desk.service, now=desk.clock.now())
    with desk.write() as session:
        offer = operations.offer_by_hand(
            session,
            desk.service,
            entries[0].id,
            practitioner="alder",
            start=at(THURSDAY, 9),
            actor="desk",
            now=desk.clock.now(),
        )
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    with desk.read() as session:
        assert queries.offer(session, offer.id).outcome == "gone"
    assert [row.status for row in desk.rows(Appointment) if row.id == visit.id] == ["booked"]
    assert desk.faults() == []
