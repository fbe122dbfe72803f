"""How what is booked goes with the schedule: visits that fit no longer, and who takes a new one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.availability import Wish, judge
from ..domain.codes import SlotName
from ..domain.handoff import Asker
from ..domain.life import COMING
from ..domain.reasons import Reason
from ..domain.time import Start, TimeRange, wall_time, whole_days
from ..models import OCCUPYING, Appointment
from .calendars import calendars
from .clinic import visit_type
from .schedule import Person, rules_with, schedule
from .slots import LOST_RACE

UNFIT = {
    *(Reason.WEEKEND, Reason.HOLIDAY, Reason.BEFORE_OPEN, Reason.AFTER_CLOSE),
    *(Reason.BLOCKED, Reason.NOT_WORKING),
}


def misfits(session: Session, clinic: Clinic, *, now: datetime) -> set[str]:
    """Ids of coming visits at times when, by the schedule, nobody would be booked."""
    known = schedule(session)
    columns = (Appointment.id, Appointment.practitioner_id, Appointment.start, Appointment.end)
    coming = select(*columns).where(Appointment.status.in_(COMING), Appointment.start > now)
    found = set()
    for visit, practitioner_id, start, end in session.execute(coming):
        person = known.people.get(practitioner_id)
        local = Start.at(start, clinic.time_zone)
        assert local.local is not None
        day = local.local.date()
        wish = Wish(int((end - start).total_seconds()) // 60, "staff", now)
        rules = rules_with(clinic, known, day, day)
        calendar = person.calendar if person else None
        if person is None or UNFIT & {*judge(rules, wish, local, calendar=calendar)}:
            found.add(visit)
    return found


def choose_practitioner(
    session: Session,
    clinic: Clinic,
    slot: SlotName,
    *,
    asker: Asker,
    specialty: str | None = None,
    now: datetime,
) -> Person:
    """Who takes a visit that may be with anybody, whoever the slot names: of those who can, the
    specialty of before first, then who has fewest minutes booked that day, then by id. When nobody
    can, the one for whom least speaks against it: booking then says what."""
    kind, known = visit_type(clinic, slot.visit_type), schedule(session)
    people = known.who_offers(kind.id) or list(known.people.values())
    at = Start.at(slot.start, clinic.time_zone)
    day = wall_time(slot.start, clinic.time_zone).date()
    rules = rules_with(clinic, known, day, day)
    span = whole_days(day, day, rules.zone)
    loaded = calendars(session, known, people, span, now=now, needs=kind.needs)
    minutes = _booked_minutes(session, people, span)

    def rank(person: Person) -> tuple[object, ...]:
        wish = asker.wish(kind.lasting(person.minutes), now)
        reasons = {*judge(rules, wish, at, calendar=loaded[person.id])}
        is_other = specialty is not None and person.specialty != specialty
        return len(reasons - LOST_RACE), bool(reasons), is_other, minutes[person.id], person.id

    return min(people, key=rank)


def _booked_minutes(
    session: Session, people: Sequence[Person], span: TimeRange
) -> dict[str, float]:
    columns = (Appointment.practitioner_id, Appointment.start, Appointment.end)
    within = (Appointment.start >= span.start, Appointment.start < span.end)
    theirs = Appointment.practitioner_id.in_([person.id for person in people])
    found: dict[str, float] = defaultdict(float)
    booked = select(*columns).where(theirs, *within, Appointment.status.in_(OCCUPYING))
    for practitioner_id, start, end in session.execute(booked):
        found[practitioner_id] += (end - start).total_seconds() / 60
    return found
