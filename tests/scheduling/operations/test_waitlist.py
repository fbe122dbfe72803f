"""The waitlist: who is asked, in which order, when, and what an answer does."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.scheduling import jobs, operations, queries
from services.scheduling.domain import errors
from services.scheduling.models import (
    Appointment,
    Hold,
    Patient,
    Task,
    WaitlistEntry,
    WaitlistOffer,
)
from services.scheduling.operations import PATIENT, Actor, Change, Person, Target, Wishes
from shared.events import codec
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentRescheduled,
    WaitlistOffered,
    WaitlistResolved,
)
from shared.tables import outbox
from tests.scheduling.build import (
    TUESDAY,
    at,
    days_after,
    make_handoff,
    make_patient,
    make_slot,
    make_staff,
)

THURSDAY = days_after(TUESDAY, 2)
FRIDAY = days_after(TUESDAY, 3)
NO_EMAIL = {"email": None, "phone": "+15035550177", "may_leave_message": False}
EARLIER = {"privacy_notice": True, "email_ok": True, "earlier_time": True}


def contact(name):
    return {"email": f"{name}@example.com", "phone": "+15035550123", "may_leave_message": True}


class Waitlist:
    """Short ways into the waitlist of a desk."""

    def __init__(self, desk):
        self.desk = desk

    def book(self, name, start, *, waits=True, **changes):
        """A visit whose patient would take an earlier time."""
        consents = EARLIER | {"earlier_time": waits}
        return self.desk.book(
            **{
                "slot": make_slot(start),
                "patient": make_patient(name, f"{name}son"),
                "contact": contact(name.lower()),
                "consents": consents,
                "handoff": make_handoff(date_of_birth=date(1980, 3, 1 + len(name))),
            }
            | changes
        )

    def wait(self, name, *, wishes=None, told=None, **handoff):
        """Somebody without a visit."""
        person = Person(
            patient=make_patient(name, f"{name}son"),
            contact=told or contact(name.lower()),
            language="en",
            consents={},
        )
        with self.desk.write() as session:
            return operations.wait_without_visit(
                session,
                make_handoff(**handoff),
                wishes or Wishes(),
                person=person,
                actor="patient",
                now=self.desk.clock.now(),
            )

    def cancel(self, visit, actor=PATIENT):
        change = Change(visit=visit.id, actor=actor, now=self.desk.clock.now())
        with self.desk.write() as session:
            operations.cancel_appointment(session, self.desk.service, change, by="patient")

    def free(self, start, **slot):
        """A time that came free: booked, cancelled, and the undo is over."""
        visit = self.book("Zed", start, waits=False, slot=make_slot(start, **slot))
        self.cancel(visit)
        self.desk.clock.advance(minutes=16)

    def run(self):
        jobs.offer_freed_times(self.desk.service)

    def offers(self):
        """All that were made, oldest first."""
        with self.desk.read() as session:
            made = select(WaitlistOffer).order_by(WaitlistOffer.offered_at)
            return list(session.scalars(made))

    def asked(self):
        """Given names of those who were asked, in that order."""
        with self.desk.read() as session:
            entries = [session.get_one(WaitlistEntry, one.entry_id) for one in self.offers()]
            now = self.desk.clock.now()
            opened = [
                queries.entry_details(session, self.desk.service, one, now=now) for one in entries
            ]
        return [one.patient["given_name"] for one in opened]

    def accept(self, offer, member=None):
        now = self.desk.clock.now()
        with self.desk.write() as session:
            return operations.accept_offer(
                session, self.desk.service, offer.id, member=member, now=now
            )

    def decline(self, offer):
        now = self.desk.clock.now()
        with self.desk.write() as session:
            return operations.decline_offer(
                session, self.desk.service, offer.id, actor="patient", now=now
            )

    def events(self, *types):
        keyring = self.desk.service.secrets.keyring("events")
        with self.desk.read() as session:
            bodies = session.scalars(select(outbox.c.body).order_by(outbox.c.sequence))
            told = [codec.decode(body, keyring=keyring).event for body in bodies]
        return [event for event in told if isinstance(event, types)]


@pytest.fixture
def waitlist(desk):
    return Waitlist(desk)


# -- joining -----------------------------------------------------------------------------------


def test_who_ticks_earlier_time_waits_with_their_visit(desk, waitlist):
    visit = waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.book("Bob", at(FRIDAY, 10), waits=False)
    (entry,) = desk.rows(WaitlistEntry)
    assert (entry.appointment_id, entry.state) == (visit.id, "active")


def test_who_waits_and_then_books_goes_on_waiting_with_the_visit(desk, waitlist):
    handoff = make_handoff()
    entry = waitlist.wait("Ann", submission=handoff.submission)
    visit = desk.book(handoff=handoff, patient=make_patient("Ann", "Annson"))
    (row,) = desk.rows(WaitlistEntry)
    assert (row.id, row.appointment_id) == (entry.id, visit.id)


def test_nobody_waits_twice_with_one_safety_check(waitlist):
    handoff = make_handoff()
    waitlist.wait("Ann", submission=handoff.submission)
    with pytest.raises(errors.OnWaitlistAlready):
        waitlist.wait("Ann", submission=handoff.submission)


def test_who_must_not_book_online_does_not_wait_either(waitlist):
    with pytest.raises(errors.BookingStopped):
        waitlist.wait("Ann", urgency="SAME_DAY")


def test_names_and_contacts_of_who_waits_are_sealed(desk, waitlist):
    waitlist.wait("Quetzal")
    (entry,) = desk.rows(WaitlistEntry)
    assert b"quetzal" not in entry.sealed.lower()
    assert b"Quetzal" not in desk.rows(Patient)[0].sealed


# -- the chain ---------------------------------------------------------------------------------


def test_a_freed_time_goes_to_one_after_the_other(desk, waitlist):
    for hour, name in enumerate(("Ann", "Bob", "Cleo"), start=10):
        waitlist.book(name, at(FRIDAY, hour))
        desk.clock.advance(minutes=1)
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    waitlist.run()
    (first,) = waitlist.offers()
    assert first.expires_at - first.offered_at == timedelta(minutes=30)
    desk.clock.advance(minutes=29)
    waitlist.run()
    assert waitlist.asked() == ["Ann"]  # still hers
    desk.clock.advance(minutes=2)
    waitlist.run()
    assert waitlist.asked() == ["Ann", "Bob"]
    waitlist.decline(waitlist.offers()[1])
    waitlist.run()
    assert waitlist.asked() == ["Ann", "Bob", "Cleo"]
    assert [one.outcome for one in waitlist.offers()] == ["expired", "declined", None]
    assert desk.faults() == []


def test_an_undo_comes_before_the_waitlist(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    visit = waitlist.book("Zed", at(THURSDAY, 9), waits=False)
    waitlist.cancel(visit)
    desk.clock.advance(minutes=14)
    waitlist.run()
    assert waitlist.offers() == []
    desk.clock.advance(minutes=2)
    waitlist.run()
    assert waitlist.asked() == ["Ann"]


def test_accepting_moves_the_visit_and_the_old_time_goes_on_through_the_chain(desk, waitlist):
    visit = waitlist.book("Ann", at(FRIDAY, 9))
    desk.clock.advance(minutes=1)
    waitlist.book("Bob", at(FRIDAY, 14))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    waitlist.accept(waitlist.offers()[0])
    moved = next(one for one in desk.rows(Appointment) if one.id == visit.id)
    assert (moved.start, moved.version, moved.status) == (at(THURSDAY, 9), 2, "booked")
    told = waitlist.events(AppointmentRescheduled)
    assert [one.cause for one in told] == ["waitlist"]
    desk.clock.advance(minutes=2)  # the undo of the move is over
    waitlist.run()
    assert waitlist.asked() == ["Ann", "Bob"]
    assert waitlist.offers()[1].start == at(FRIDAY, 9)
    assert desk.faults() == []


def test_who_has_no_visit_is_booked_by_accepting(desk, waitlist):
    entry = waitlist.wait("Ann", urgency="ROUTINE")
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    (offer,) = waitlist.offers()
    waitlist.accept(offer)
    waitlist.accept(offer)  # pressed twice
    row = next(one for one in desk.rows(WaitlistEntry) if one.id == entry.id)
    booked = next(one for one in desk.rows(Appointment) if one.id == row.appointment_id)
    assert (booked.start, row.state) == (at(THURSDAY, 9), "accepted")
    assert booked.submission_id == entry.submission_id
    assert len(waitlist.events(AppointmentBooked)) == 2  # Zed's and this one
    assert desk.faults() == []


def test_urgent_people_are_asked_first_however_late_they_came(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    desk.clock.advance(minutes=5)
    urgent = {"urgency": "URGENT_2BD", "visit_type": "URG", "latest_day": days_after(TUESDAY, 1)}
    waitlist.wait("Uma", **urgent)
    waitlist.free(at(days_after(TUESDAY, 1), 9))
    waitlist.run()
    assert waitlist.asked() == ["Uma"]


def test_one_person_is_asked_about_one_time_at_a_time(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.free(at(THURSDAY, 11), practitioner="elm")
    waitlist.run()
    waitlist.run()
    assert len(waitlist.offers()) == 1


WISHES = {  # whether Thursday 9:00 with Dr. Alder is offered
    "any": (Wishes(), True),
    "this practitioner": (Wishes(practitioner="alder"), True),
    "another practitioner": (Wishes(practitioner="elm"), False),
    "that date": (Wishes(days=[str(THURSDAY)]), True),
    "another date": (Wishes(days=[str(TUESDAY)]), False),
    "that weekday": (Wishes(days=["monday", "thursday"]), True),
    "another weekday": (Wishes(days=["monday"]), False),
    "in the morning": (Wishes(part_of_day="morning"), True),
    "in the afternoon": (Wishes(part_of_day="afternoon"), False),
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_people_are_asked_about_what_they_would_take(waitlist, wish):
    wishes, is_asked = WISHES[wish]
    waitlist.wait("Ann", wishes=wishes)
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    assert bool(waitlist.offers()) is is_asked


def test_a_later_time_than_the_visit_is_not_offered(waitlist):
    waitlist.book("Ann", at(THURSDAY, 8))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    assert waitlist.offers() == []


def test_a_visit_too_long_for_the_gap_is_not_offered(desk, waitlist):
    waitlist.wait("Ann", visit_type="NPX")
    waitlist.book("Bob", at(THURSDAY, 9, 30), waits=False)
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    assert waitlist.offers() == []


HOURS = {  # when it comes free, for which day, whether it is offered at once
    "by day": (at(TUESDAY, 10), at(THURSDAY, 9), True),
    "in the evening": (at(TUESDAY, 19, 50), at(THURSDAY, 9), True),
    "at night": (at(TUESDAY, 20, 10), at(THURSDAY, 9), False),
    "before eight": (at(days_after(TUESDAY, 1), 7, 50), at(THURSDAY, 9), False),
    "for today": (at(THURSDAY, 10), at(THURSDAY, 15), True),
    "for today, in the afternoon": (at(THURSDAY, 15, 5), at(THURSDAY, 16), False),
    "within the lead time": (at(THURSDAY, 14), at(THURSDAY, 15), False),
}


@pytest.mark.parametrize("case", HOURS)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_offers_are_made_by_day_and_not_in_the_last_hours(desk, waitlist, case):
    now, start, is_asked = HOURS[case]
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(start)
    desk.clock.set(now)
    waitlist.run()
    assert bool(waitlist.offers()) is is_asked


# -- without e-mail ----------------------------------------------------------------------------


def test_who_has_no_email_is_asked_by_phone_in_the_clinics_hours(desk, waitlist):
    waitlist.wait("Ann", told=NO_EMAIL)
    waitlist.free(at(THURSDAY, 9))
    desk.clock.set(at(TUESDAY, 18))
    waitlist.run()
    assert waitlist.offers() == []  # nobody is there to phone
    desk.clock.set(at(days_after(TUESDAY, 1), 8, 5))
    waitlist.run()
    (offer,) = waitlist.offers()
    (task,) = desk.rows(Task)
    assert (task.kind, task.state, task.due_at) == ("no_email", "open", offer.expires_at)
    (event,) = waitlist.events(WaitlistOffered)
    assert (event.email, event.notify, offer.channel) == (None, False, "phone")
    waitlist.accept(offer, member=make_staff())
    assert [one.state for one in desk.rows(Task)] == ["resolved"]
    assert len(desk.rows(Appointment)) == 2


# -- the answer --------------------------------------------------------------------------------


def test_an_answer_that_comes_too_late_finds_the_offer_over(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    (offer,) = waitlist.offers()
    desk.clock.advance(minutes=31)
    with pytest.raises(errors.OfferExpired):
        waitlist.accept(offer)
    waitlist.run()
    with pytest.raises(errors.OfferExpired):
        waitlist.accept(offer)
    assert waitlist.decline(offer).outcome == "expired"


def test_leaving_the_waitlist_frees_what_was_offered(desk, waitlist):
    entry = waitlist.wait("Ann")
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    with desk.write() as session:
        now = desk.clock.now()
        operations.withdraw(session, desk.service, entry.id, actor="patient", now=now)
    assert [one.outcome for one in waitlist.offers()] == ["declined"]
    assert not [one for one in desk.rows(Hold) if one.purpose == "waitlist"]
    with pytest.raises(errors.OfferOver):
        waitlist.accept(waitlist.offers()[0])


def test_the_desk_is_asked_before_it_takes_a_time_that_is_being_offered(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    with pytest.raises(errors.OfferOpen):
        desk.book_as_staff(slot=make_slot(at(THURSDAY, 9)))
    desk.book_as_staff(slot=make_slot(at(THURSDAY, 9)), override=True)
    assert [one.outcome for one in waitlist.offers()] == ["gone"]
    (event,) = waitlist.events(WaitlistResolved)
    assert (event.outcome, event.notify, event.email) == ("gone", True, "ann@example.com")
    assert desk.faults() == []


def test_moving_a_visit_there_asks_as_well(desk, waitlist):
    waitlist.book("Ann", at(FRIDAY, 9))
    other = waitlist.book("Bob", at(FRIDAY, 11), waits=False)
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()

    def move(*, override):
        change = Change(visit=other.id, actor=Actor.of(make_staff()), now=desk.clock.now())
        target = Target(start=at(THURSDAY, 9), override=override)
        with desk.write() as session:
            operations.move_appointment(session, desk.service, change, target=target)

    with pytest.raises(errors.OfferOpen):
        move(override=False)
    move(override=True)
    assert [one.outcome for one in waitlist.offers()] == ["gone"]
    assert desk.faults() == []


def test_the_desk_offers_a_time_by_hand(desk, waitlist):
    entry = waitlist.wait("Ann")

    def offer(start):
        with desk.write() as session:
            return operations.offer_by_hand(
                session,
                desk.service,
                entry.id,
                practitioner="alder",
                start=start,
                actor="desk",
                now=desk.clock.now(),
            )

    offer(at(THURSDAY, 9))
    with pytest.raises(errors.OfferPending):
        offer(at(THURSDAY, 10))
    waitlist.accept(waitlist.offers()[0])
    with pytest.raises(errors.EntryOver):
        offer(at(THURSDAY, 10))
