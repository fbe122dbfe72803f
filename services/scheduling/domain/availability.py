"""The availability engine: which starts can be booked, and for every other start why not.

One function, `judge`, answers the list, the booking and the question "why not?".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from .reasons import Reason
from .time import Start, TimeRange, instant_of, wall_time

CLOSED = {Reason.WEEKEND, Reason.HOLIDAY, Reason.BEFORE_OPEN, Reason.AFTER_CLOSE}
Channel = Literal["patient", "staff"]
Span = tuple[time, time]
GRID_MINUTES = 15
DURATIONS = (15, 30, 45, 60)
LOOKBACK = timedelta(days=60)  # in which a business day before another one is looked for
RELEASE = time(12)  # of the business day before: urgent-held times are for everybody from then on
_NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The clinic's own rules. Weekdays count from Monday. `closed` must cover the asked days and
    LOOKBACK before them; `special` are openings of single days, weekends and holidays too; in
    `blocks` nobody at all is booked."""

    zone: ZoneInfo
    opening: Mapping[int, Span]
    closed: Mapping[date, str]
    online: frozenset[str]
    patient_notice: timedelta
    patient_horizon_days: int
    staff_horizon_days: int
    urgent_minutes: int = 30
    special: Mapping[date, Span] = field(default_factory=dict)
    blocks: tuple[TimeRange, ...] = ()

    def opening_on(self, day: date) -> Span | None:
        if day in self.special:
            return self.special[day]
        return None if day in self.closed else self.opening.get(day.weekday())

    def release_of(self, day: date) -> datetime:
        """When the urgent-held times of a day become ordinary ones."""
        before = day - timedelta(days=1)
        while (before.weekday() not in self.opening or before in self.closed) and (
            day - before < LOOKBACK
        ):
            before -= timedelta(days=1)
        return instant_of(before, RELEASE, self.zone)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What occupies somebody or something: cells of visits and holds, and the cells around them
    that their buffers keep free."""

    own: frozenset[int] = _NOBODY
    around: frozenset[int] = _NOBODY

    def refuses(self, visit: range, padded: range) -> bool:
        """Of two neighbours' buffers the larger counts: each stays out of the other's."""
        return not self.own.isdisjoint(padded) or not self.around.isdisjoint(visit)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One practitioner: what they offer, when they work, what occupies them. `dated` spans stand
    instead of the weekly ones; `urgent` are starts by weekday, each kept for `urgent_minutes`
    (0: as long as anybody's); `resources`: rooms and equipment by kind and id, with their cells."""

    offered: frozenset[str]
    working: Mapping[int, tuple[Span, ...]]
    dated: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    urgent: Mapping[int, tuple[time, ...]] = field(default_factory=dict)
    urgent_minutes: int = 0
    blocks: tuple[TimeRange, ...] = ()
    taken: Cells = Cells()
    held: Cells = Cells()
    resources: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        weekly = self.working.get(day.weekday(), ())
        return self.dated.get(day, weekly)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, by whom, and when they ask. Without a visit type: any of that length."""

    minutes: int
    channel: Channel
    now: datetime
    visit_type: str | None = None
    latest_day: date | None = None  # an urgent patient must be seen by the end of this day
    is_urgent: bool = False
    buffer_before: int = 0
    buffer_after: int = 0
    needs: tuple[str, ...] = ()

    def padded(self, visit: TimeRange) -> TimeRange:
        before, after = timedelta(minutes=self.buffer_before), timedelta(minutes=self.buffer_after)
        return TimeRange(visit.start - before, visit.end + after)


def judge(
    rules: Rules, wish: Wish, start: Start, *, calendar: Calendar | None = None
) -> tuple[Reason, ...]:
    """Every reason that speaks against this start, in the order of `Reason`; none: bookable.

    Without a calendar only what holds for the whole clinic is judged.
    """
    if start.instant is None or start.local is None:
        return start.faults
    day = _day(rules, wish, start.local.date())
    return _judged(rules, wish, start, calendar=calendar, day=day)


def _judged(
    rules: Rules, wish: Wish, start: Start, *, calendar: Calendar | None, day: list[Reason]
) -> tuple[Reason, ...]:
    """`judge`, when the reasons that hold for the whole day are known."""
    assert start.instant is not None and start.local is not None
    # Absurd lengths are refused as INVALID_DURATION; they must not overflow the sums.
    visit = TimeRange.lasting(start.instant, max(0, min(wish.minutes, 24 * 60)))
    ends = wall_time(visit.end, rules.zone)
    found = [*start.faults, *day, *_shape(wish, start.local)]
    found += _lead_time(rules, wish, start.instant)
    if Reason.WEEKEND not in day and Reason.HOLIDAY not in day:
        found += _opening_hours(rules, start.local, ends)
    if any(visit.overlaps(block) for block in rules.blocks):
        found.append(Reason.BLOCKED)
    if calendar:
        found += _working_hours(rules, wish, calendar, visit=visit, local=(start.local, ends))
        found += _occupied(wish, calendar, visit)
    if _is_not_offered(rules, wish, calendar):
        found.append(Reason.NOT_OFFERED)
    if CLOSED & {*found}:  # while the clinic is closed nobody works: that goes without saying
        found = [one for one in found if one not in (Reason.NOT_WORKING, Reason.URGENT_ONLY)]
    return tuple(reason for reason in Reason if reason in found) if found else ()


def open_starts(rules: Rules, wish: Wish, calendar: Calendar, *, day: date) -> Iterator[Start]:
    """Every start of one local day that `judge` accepts, earliest first."""
    opening = rules.opening_on(day)
    if opening is None or not calendar.spans_on(day):
        return
    if _is_not_offered(rules, wish, calendar) or _day(rules, wish, day):
        return
    earliest = earliest_start(rules, wish)
    for instant in _grid(day, opening, rules.zone):
        if instant >= earliest:
            start = Start.at(instant, rules.zone)
            if not _judged(rules, wish, start, calendar=calendar, day=[]):
                yield start


def free_resources(wish: Wish, calendar: Calendar, visit: TimeRange) -> list[str] | None:
    """A resource of each needed kind, free all the time; None when one kind has none."""
    chosen: list[str] = []
    for kind in wish.needs:
        of_kind = calendar.resources.get(kind, {})
        free = [one for one in sorted(of_kind) if of_kind[one].isdisjoint(visit.cells)]
        if not free:
            return None
        chosen.append(free[0])
    return chosen


def _grid(day: date, opening: Span, zone: ZoneInfo) -> Iterator[datetime]:
    """The instants of a day at which a visit may start, were it only for opening hours."""
    opens, closes = opening
    instant = instant_of(day, opens, zone) + timedelta(minutes=-opens.minute % GRID_MINUTES)
    while instant < instant_of(day, closes, zone):
        yield instant
        instant += timedelta(minutes=GRID_MINUTES)


def last_day(rules: Rules, wish: Wish) -> date:
    """The last local day that this wish can reach."""
    ahead = rules.patient_horizon_days if wish.channel == "patient" else rules.staff_horizon_days
    horizon = wall_time(wish.now, rules.zone).date() + timedelta(days=ahead)
    return min(horizon, wish.latest_day or horizon)


def _shape(wish: Wish, local: datetime) -> Iterator[Reason]:
    if wish.minutes not in DURATIONS:
        yield Reason.INVALID_DURATION
    if local.minute % GRID_MINUTES or local.second or local.microsecond:
        yield Reason.NOT_ALIGNED


def earliest_start(rules: Rules, wish: Wish) -> datetime:
    """Patients need notice; staff may still use the running grid slot."""
    if wish.channel == "patient":
        return wish.now + rules.patient_notice
    local = wall_time(wish.now, rules.zone)
    full = local.replace(minute=local.minute - local.minute % GRID_MINUTES)
    return wish.now - (local - full.replace(second=0, microsecond=0))


def _lead_time(rules: Rules, wish: Wish, start: datetime) -> Iterator[Reason]:
    if start >= earliest_start(rules, wish):
        return
    is_past = wish.channel == "staff" or start < wish.now
    yield Reason.IN_PAST if is_past else Reason.TOO_SOON


def _day(rules: Rules, wish: Wish, day: date) -> list[Reason]:
    found = [Reason.TOO_FAR] if day > last_day(rules, wish) else []
    if rules.opening_on(day) is None:
        found.append(Reason.HOLIDAY if day.weekday() in rules.opening else Reason.WEEKEND)
    return found


def _opening_hours(rules: Rules, starts: datetime, ends: datetime) -> Iterator[Reason]:
    opens, closes = rules.opening_on(starts.date()) or (time(), time())
    if starts.time() < opens:
        yield Reason.BEFORE_OPEN
    if ends > datetime.combine(starts.date(), closes) or starts.time() >= closes:
        yield Reason.AFTER_CLOSE


def _working_hours(
    rules: Rules,
    wish: Wish,
    calendar: Calendar,
    *,
    visit: TimeRange,
    local: tuple[datetime, datetime],
) -> Iterator[Reason]:
    if any(visit.overlaps(block) for block in calendar.blocks):
        yield Reason.BLOCKED
    if not _works(calendar, *local):
        yield Reason.NOT_WORKING
    if wish.channel == "staff" or wish.is_urgent or not calendar.urgent:
        return
    day = local[0].date()
    kept = urgent_times(rules, calendar, day)
    if any(visit.overlaps(one) for one in kept) and wish.now < rules.release_of(day):
        yield Reason.URGENT_ONLY


def urgent_times(rules: Rules, calendar: Calendar, day: date) -> list[TimeRange]:
    """What is kept for urgent patients on a day; on a day off there is nothing to keep."""
    found = []
    minutes = calendar.urgent_minutes or rules.urgent_minutes
    for start in calendar.urgent.get(day.weekday(), ()):
        kept = TimeRange.lasting(instant_of(day, start, rules.zone), minutes)
        if _works(calendar, datetime.combine(day, start), wall_time(kept.end, rules.zone)):
            found.append(kept)
    return found


def _works(calendar: Calendar, starts: datetime, ends: datetime) -> bool:
    day = starts.date()
    return any(
        datetime.combine(day, begins) <= starts and ends <= datetime.combine(day, stops)
        for begins, stops in calendar.spans_on(day)
    )


def _occupied(wish: Wish, calendar: Calendar, visit: TimeRange) -> Iterator[Reason]:
    cells = visit.cells
    padded = wish.padded(visit).cells
    if calendar.held.refuses(cells, padded):
        yield Reason.HELD
    if calendar.taken.refuses(cells, padded) or free_resources(wish, calendar, visit) is None:
        yield Reason.TAKEN


def _is_not_offered(rules: Rules, wish: Wish, calendar: Calendar | None) -> bool:
    if wish.visit_type is None:
        return False
    if wish.channel == "patient" and wish.visit_type not in rules.online:
        return True
    return calendar is not None and wish.visit_type not in calendar.offered
