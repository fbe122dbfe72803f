"""The availability engine: which starts can be booked, and for every other start why not.

One function, `judge`, answers the list, the booking and the question "why not?".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The clinic's own rules. `closed` must cover the asked days; weekdays count from Monday."""

    zone: ZoneInfo
    opening: Mapping[int, Span]
    closed: Mapping[date, str]
    online: frozenset[str]
    patient_notice: timedelta
    patient_horizon_days: int
    staff_horizon_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One practitioner: what they offer, when they work, what occupies them (cells)."""

    offered: frozenset[str]
    working: Mapping[int, tuple[Span, ...]]
    blocks: tuple[TimeRange, ...] = ()
    taken: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, by whom, and when they ask. Without a visit type: any of that length."""

    minutes: int
    channel: Channel
    now: datetime
    visit_type: str | None = None
    latest_day: date | None = None  # an urgent patient must be seen by the end of this day


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
    if calendar:
        own = _practitioner(calendar, visit, start.local, ends=ends)
        # While the clinic is closed nobody works: that goes without saying.
        found += [one for one in own if one is not Reason.NOT_WORKING or not CLOSED & {*found}]
    if _is_not_offered(rules, wish, calendar):
        found.append(Reason.NOT_OFFERED)
    return tuple(reason for reason in Reason if reason in found) if found else ()


def open_starts(rules: Rules, wish: Wish, calendar: Calendar, *, day: date) -> Iterator[Start]:
    """Every start of one local day that `judge` accepts, earliest first."""
    if _is_not_offered(rules, wish, calendar) or _day(rules, wish, day):
        return
    if day.weekday() not in calendar.working:
        return
    opens, closes = (instant_of(day, wall, rules.zone) for wall in rules.opening[day.weekday()])
    step = timedelta(minutes=GRID_MINUTES)
    earliest = _earliest(rules, wish)
    while opens < closes:
        if opens >= earliest:
            start = Start.at(opens, rules.zone)
            if not _judged(rules, wish, start, calendar=calendar, day=[]):
                yield start
        opens += step


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


def _earliest(rules: Rules, wish: Wish) -> datetime:
    """Patients need notice; staff may still use the running grid slot."""
    if wish.channel == "patient":
        return wish.now + rules.patient_notice
    local = wall_time(wish.now, rules.zone)
    full = local.replace(minute=local.minute - local.minute % GRID_MINUTES)
    return wish.now - (local - full.replace(second=0, microsecond=0))


def _lead_time(rules: Rules, wish: Wish, start: datetime) -> Iterator[Reason]:
    if start >= _earliest(rules, wish):
        return
    is_past = wish.channel == "staff" or start < wish.now
    yield Reason.IN_PAST if is_past else Reason.TOO_SOON


def _day(rules: Rules, wish: Wish, day: date) -> list[Reason]:
    found = [Reason.TOO_FAR] if day > last_day(rules, wish) else []
    if day.weekday() not in rules.opening:
        found.append(Reason.WEEKEND)
    elif day in rules.closed:
        found.append(Reason.HOLIDAY)
    return found


def _opening_hours(rules: Rules, starts: datetime, ends: datetime) -> Iterator[Reason]:
    opens, closes = rules.opening[starts.weekday()]
    if starts.time() < opens:
        yield Reason.BEFORE_OPEN
    if ends > datetime.combine(starts.date(), closes) or starts.time() >= closes:
        yield Reason.AFTER_CLOSE


def _practitioner(
    calendar: Calendar, visit: TimeRange, starts: datetime, *, ends: datetime
) -> Iterator[Reason]:
    if any(visit.overlaps(block) for block in calendar.blocks):
        yield Reason.BLOCKED
    day = starts.date()
    spans = calendar.working.get(day.weekday(), ())
    if not any(
        datetime.combine(day, begins) <= starts and ends <= datetime.combine(day, stops)
        for begins, stops in spans
    ):
        yield Reason.NOT_WORKING
    cells = visit.cells
    if not calendar.held.isdisjoint(cells):
        yield Reason.HELD
    if not calendar.taken.isdisjoint(cells):
        yield Reason.TAKEN


def _is_not_offered(rules: Rules, wish: Wish, calendar: Calendar | None) -> bool:
    if wish.visit_type is None:
        return False
    if wish.channel == "patient" and wish.visit_type not in rules.online:
        return True
    return calendar is not None and wish.visit_type not in calendar.offered
