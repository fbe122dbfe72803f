"""Free times: the list, the first one, the nearest; and of one start: is it free, and why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain import errors
from ..domain.availability import (
    Calendar,
    Rules,
    Wish,
    free_resources,
    judge,
    last_day,
    open_starts,
)
from ..domain.codes import SlotName
from ..domain.handoff import Asker, Handoff, Wanted
from ..domain.reasons import Reason
from ..domain.time import Start, TimeRange, days_between, wall_time, whole_days
from ..models import Hold
from .calendars import calendars
from .clinic import rules_for, visit_type
from .schedule import Person, Schedule, rules_with, schedule

LOST_RACE = {Reason.HELD, Reason.TAKEN}
CHUNK_DAYS = 7  # how much of the calendar is loaded at a time
NEAREST = 3
RINGS = (1, 4, 14, 400)  # days around a lost time in which others are looked for, in turn


@dataclass(frozen=True, slots=True)
class Search:
    """Which times to list. Days are local, both included; `after` continues behind a slot."""

    visit_type: str
    first: date
    last: date
    practitioner: str | None = None
    asker: Asker = field(default_factory=Asker)
    after: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time; start and end in clinic time."""

    visit_type: str
    practitioner: Person
    start: datetime
    end: datetime

    @property
    def slot(self) -> str:
        return SlotName(self.visit_type, self.practitioner.id, self.start).token()

    @property
    def order(self) -> tuple[int, str]:
        return int(self.start.timestamp()), self.practitioner.id


def open_slots(
    session: Session, clinic: Clinic, search: Search, *, now: datetime
) -> Iterator[Slot]:
    """Free times, earliest first, loaded a week at a time: take only as many as are needed."""
    kind = visit_type(clinic, search.visit_type)
    search.asker.check(kind)
    known = schedule(session)
    people = candidates(known, search)
    hold = hold_of(session, search.asker.handoff)
    own = (hold.id,) if hold else ()
    wishes = {one.id: search.asker.wish(kind.lasting(one.minutes), now) for one in people}
    for first, last in _weeks(clinic, search, search.asker.wish(kind, now)):
        rules = rules_with(clinic, known, first, last)
        span = whole_days(first, last, rules.zone)
        loaded = calendars(session, known, people, span, now=now, needs=kind.needs, own=own)
        for day in days_between(first, last):
            slots = [
                slot
                for person in people
                for slot in _slots(rules, wishes[person.id], person, loaded[person.id], day=day)
            ]
            for slot in sorted(slots, key=lambda slot: slot.order):
                if search.after is None or slot.order > search.after:
                    yield slot


def first_available(
    session: Session, clinic: Clinic, search: Search, *, now: datetime
) -> Slot | None:
    """The earliest free time from the search's first day on, be it after its last day."""
    endless = replace(search, last=date.max, after=None)
    return next(open_slots(session, clinic, endless, now=now), None)


def alternatives(
    session: Session, clinic: Clinic, lost: errors.SlotTaken, *, now: datetime
) -> list[Slot]:
    """The free times nearest to a lost one, earlier or later, with anybody who may be asked."""
    slot, asker = lost.wanted.slot, lost.wanted.asker
    day = wall_time(slot.start, clinic.time_zone).date()
    near: list[Slot] = []
    for ring in RINGS:
        around = timedelta(days=ring)
        search = Search(slot.visit_type, day - around, day + around, asker=asker)
        found = open_slots(session, clinic, search, now=now)
        # The days of a ring reach further on one side: only what no other day can beat counts.
        near = [slot for slot in found if _distance(slot, lost) <= around]
        if len(near) >= NEAREST:
            break
    return sorted(near, key=lambda slot: (_distance(slot, lost), slot.order))[:NEAREST]


def _slots(
    rules: Rules, wish: Wish, person: Person, calendar: Calendar, *, day: date
) -> Iterator[Slot]:
    assert wish.visit_type is not None
    for start in open_starts(rules, wish, calendar, day=day):
        assert start.instant is not None
        span = TimeRange.lasting(start.instant, wish.minutes)
        starts, ends = (instant.astimezone(rules.zone) for instant in (span.start, span.end))
        yield Slot(wish.visit_type, person, starts, ends)


def wanted(
    session: Session, clinic: Clinic, slot: SlotName, *, asker: Asker, now: datetime
) -> Wanted:
    """The slot, when there is such a kind of visit and such a practitioner, and the asker may
    have that kind at all."""
    kind = visit_type(clinic, slot.visit_type)
    asker.check(kind)
    person = schedule(session).person(slot.practitioner)
    return Wanted(slot, kind.lasting(person.minutes), asker, now)


def explain(
    session: Session, clinic: Clinic, start: Start, *, wish: Wish, practitioner_id: str | None
) -> tuple[Reason, ...]:
    """Why a start is not offered; empty when it is. Without a practitioner: clinic-wide only."""
    # Today stands in for a start that cannot be read; the practitioner must still exist.
    day = (start.local or wall_time(wish.now, clinic.time_zone)).date()
    known = schedule(session)
    rules = rules_with(clinic, known, day, day)
    if practitioner_id is None:
        return judge(rules, wish, start)
    person = known.person(practitioner_id)
    calendar = _calendar_on(session, known, person, rules=rules, day=day, wish=wish)
    return judge(rules, wish, start, calendar=calendar)


def check_slot(
    session: Session,
    clinic: Clinic,
    wanted: Wanted,
    *,
    own: Sequence[str] = (),
    promised_at: datetime | None = None,
    ignores_claims: bool = False,
) -> list[str]:
    """The rooms and equipment that the slot may have; raises SlotTaken or NotBookable.

    `own` (ids of a hold, a visit) does not stand in the way; a promise is judged as of the moment
    when it was given. Somebody else's claim alone is a lost race; anything more is a time that
    never was free.
    """
    wish = wanted.asker.wish(wanted.kind, promised_at or wanted.now)
    start = Start.at(wanted.slot.start, clinic.time_zone)
    assert start.local is not None
    day, known = start.local.date(), schedule(session)
    person = known.person(wanted.slot.practitioner)
    rules = rules_with(clinic, known, day, day)
    calendar = _calendar_on(
        session, known, person, rules=rules, day=day, wish=replace(wish, now=wanted.now), own=own
    )
    reasons = judge(rules, wish, start, calendar=calendar)
    if ignores_claims:
        reasons = tuple(reason for reason in reasons if reason not in LOST_RACE)
    rooms = free_resources(wish, calendar, wanted.span)
    if not LOST_RACE.issuperset(reasons):
        raise errors.NotBookable(reasons)
    if reasons or rooms is None:
        raise errors.SlotTaken(wanted)
    return rooms


def _calendar_on(
    session: Session,
    known: Schedule,
    person: Person,
    *,
    rules: Rules,
    day: date,
    wish: Wish,
    own: Sequence[str] = (),
) -> Calendar:
    span = whole_days(day, day, rules.zone)
    found = calendars(session, known, [person], span, now=wish.now, needs=wish.needs, own=own)
    return found[person.id]


def hold_of(session: Session, handoff: Handoff | None) -> Hold | None:
    """The visitor's hold, expired or not."""
    if handoff is None:
        return None
    return session.scalar(select(Hold).where(Hold.owner == handoff.submission))


def _distance(slot: Slot, lost: errors.SlotTaken) -> timedelta:
    return abs(slot.start - lost.wanted.slot.start)


def candidates(known: Schedule, search: Search) -> Sequence[Person]:
    """Whom to look at. The safety check's specialty narrows, unless somebody is asked for, or
    being seen soon matters more than by whom."""
    if search.practitioner:
        return [known.person(search.practitioner)]
    everybody, handoff = known.who_offers(search.visit_type), search.asker.handoff
    if handoff is None or handoff.latest_day:
        return everybody
    experts = [person for person in everybody if person.specialty == handoff.specialty]
    return experts or everybody


def _weeks(clinic: Clinic, search: Search, wish: Wish) -> Iterator[tuple[date, date]]:
    """The searched days that can hold a bookable start, a week at a time."""
    today = wall_time(wish.now, clinic.time_zone).date()
    first = max(search.first, today)
    if search.after:
        first = max(first, datetime.fromtimestamp(search.after[0], clinic.time_zone).date())
    last = min(search.last, last_day(rules_for(clinic, today, today), wish))
    while first <= last:
        end = min(last, first + timedelta(days=CHUNK_DAYS - 1))
        yield first, end
        first = end + timedelta(days=1)
