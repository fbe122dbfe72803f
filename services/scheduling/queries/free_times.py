"""Free times out of bitmaps: the same answers as `slots` gives, for lists that are asked often."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.availability import Rules, Wish, earliest_start, last_day
from ..domain.bitmap import free_starts, window_of
from ..domain.time import days_between, instant_of, wall_time
from .clinic import rules_for, visit_type
from .occupancy import MOST_DAYS, DayOf, Key, Memory, load, memory_of, read_days
from .schedule import Person, Schedule, rules_with, schedule
from .slots import Search, candidates, hold_of

AT_ONCE = 400  # days of single resources that are looked up together
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """One start of one practitioner; `seconds` since 1970."""

    seconds: int
    person: Person
    minutes: int

    @property
    def order(self) -> tuple[int, str]:
        return self.seconds, self.person.id


@dataclass(frozen=True, slots=True)
class Free:
    """Free starts of one practitioner, day and kind of visit, and what they were made of."""

    basis: tuple[Any, ...]
    ordinary: tuple[int, ...]
    everything: tuple[int, ...]
    release: datetime | None  # of those that are not ordinary


@dataclass(slots=True)
class Looked:
    """How far a search looked, and how long what it found can stand if nothing is changed."""

    last: date
    until: datetime


class FreeTimes:
    """One search over one snapshot. Lazy: looks no further than it is asked for."""

    def __init__(self, session: Session, clinic: Clinic, search: Search, *, now: datetime) -> None:
        self._session, self._clinic, self._search, self._now = session, clinic, search, now
        self._kind = visit_type(clinic, search.visit_type)
        search.asker.check(self._kind)
        self._known: Schedule = schedule(session)
        self.people: Sequence[Person] = candidates(self._known, search)
        self._memory: Memory = memory_of(session.get_bind().engine)
        self._wishes = {
            one.id: search.asker.wish(self._kind.lasting(one.minutes), now) for one in self.people
        }
        self._wish: Wish = search.asker.wish(self._kind, now)
        self._rooms = [self._known.resources.get(kind, ()) for kind in self._kind.needs]
        self._all_rooms = sorted({one for group in self._rooms for one in group})
        self._hold = hold_of(session, search.asker.handoff)
        rules = rules_for(clinic, search.first, search.first)
        today = wall_time(now, rules.zone).date()
        self._earliest = earliest_start(rules, self._wish)
        self._first, self._horizon = max(search.first, today), last_day(rules, self._wish)
        tomorrow = instant_of(today + timedelta(days=1), time(), rules.zone)
        self.looked = Looked(self._first, tomorrow)

    @property
    def resources(self) -> list[str] | None:
        """Whose days matter; None when that is nearly everybody."""
        if self._search.practitioner is None:
            return None
        return [self._search.practitioner, *self._all_rooms]

    def found(self) -> Iterator[FreeTime]:
        """In order of start, then practitioner; from `after` on, to the search's last day."""
        after = self._search.after or (0, "")
        first = self._first
        if after[0]:
            first = max(first, datetime.fromtimestamp(after[0], self._clinic.time_zone).date())
        for free in self._walk(first, min(self._search.last, self._horizon)):
            if free.order > after:
                yield free

    def first_available(self) -> FreeTime | None:
        """From the search's first day on, be it after its last day."""
        return next(self._walk(self._first, self._horizon), None)

    def _walk(self, first: date, last: date) -> Iterator[FreeTime]:
        earliest = int(-(-self._earliest.timestamp() // 1))
        resources = [*(person.id for person in self.people), *self._all_rooms]
        step = max(1, AT_ONCE // max(1, len(resources)))
        is_first = True
        while first <= last:
            end = min(last, first + timedelta(days=step - 1))
            loaded = load(self._session, self._clinic, resources, (first, end), now=self._now)
            for day in days_between(first, end):
                self.looked.last = max(self.looked.last, day)
                for seconds, _, index in self._of_day(day, loaded):
                    if seconds < earliest:
                        continue
                    if is_first:
                        is_first = False
                        self._stands_until_too_soon(seconds)
                    person = self.people[index]
                    yield FreeTime(seconds, person, self._wishes[person.id].minutes)
            first = end + timedelta(days=1)

    def _of_day(self, day: date, loaded: Mapping[Key, DayOf]) -> list[tuple[int, str, int]]:
        """Every free start of a day, whether or not it is too soon by now."""
        rules = rules_with(self._clinic, self._known, day, day)
        if rules.opening_on(day) is None:
            return []
        days = self._as_the_holder_sees(day, loaded)
        rooms = [[days[one, day] for one in group] for group in self._rooms]
        found: list[tuple[int, str, int]] = []
        for index, person in enumerate(self.people):
            own = days[person.id, day]
            self._stands_until(own.until)
            for seconds in self._starts(rules, person, day, own, rooms):
                found.append((seconds, person.id, index))
        for group in rooms:
            for room in group:
                self._stands_until(room.until)
        return sorted(found)

    def _starts(
        self, rules: Rules, person: Person, day: date, own: DayOf, rooms: list[list[DayOf]]
    ) -> tuple[int, ...]:
        """Remembered as long as nothing that they are made of was replaced."""
        wish, free = self._wishes[person.id], self._memory.free
        key = person.id, day, self._kind.id
        basis = self._known, own, *(room for group in rooms for room in group)
        known = free.get(key)
        if known is None or known.basis != basis:
            if len(free) >= MOST_DAYS:
                free.clear()
            pattern = self._memory.patterns.of(rules, person.calendar, wish.minutes, day=day)
            occupied = [[room.occupied for room in group] for group in rooms]
            bits = free_starts(wish, pattern.starts, own.occupied, occupied)
            window = window_of(day, rules.zone)
            known = free[key] = Free(
                basis=basis,
                ordinary=tuple(window.starts(bits & ~pattern.urgent)),
                everything=tuple(window.starts(bits)),
                release=rules.release_of(day) if bits & pattern.urgent else None,
            )
        if known.release is None or wish.is_urgent or wish.channel == "staff":
            return known.everything
        if self._now >= known.release:
            return known.everything
        self._stands_until(known.release)
        return known.ordinary

    def _as_the_holder_sees(self, day: date, loaded: Mapping[Key, DayOf]) -> Mapping[Key, DayOf]:
        """Their own hold does not stand in a visitor's way: that day is read without it."""
        hold = self._hold
        if hold is None or hold.expires_at <= self._now:
            return loaded
        if wall_time(hold.start, self._clinic.time_zone).date() != day:
            return loaded
        self._stands_until(self._now)
        kept = [
            (one, day) for one in (hold.practitioner_id, *hold.resources) if (one, day) in loaded
        ]
        mine = read_days(self._session, self._clinic, kept, {}, now=self._now, own=hold.id)
        return {**loaded, **dict(mine)}

    def _stands_until_too_soon(self, seconds: int) -> None:
        """A start that was found is too soon one day: then this answer is over."""
        ahead = self._earliest - self._now
        self._stands_until(datetime.fromtimestamp(seconds, UTC) - ahead + MOMENT)

    def _stands_until(self, instant: datetime) -> None:
        if instant < self.looked.until:
            self.looked.until = instant
