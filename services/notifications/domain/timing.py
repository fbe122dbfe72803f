"""When messages are due: reminders by wall clock, nudges by day, alerts when somebody is there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STAFF_DELAY = timedelta(seconds=90)
# Kind of reminder: days before the visit, and how long before it somebody must have booked.
REMINDERS = {
    "reminder_3d": (3, timedelta(hours=84)),
    "reminder_1d": (1, timedelta(hours=30)),
}
NUDGE_AFTER = timedelta(hours=24)
NO_NUDGE_WITHIN = timedelta(hours=24)
MORNING, EVENING = time(8), time(20)
NO_SHOW = time(17)

Hours = Mapping[int, tuple[time, time]]  # by weekday, Monday = 0


def due_at(now: datetime, changed_by: str) -> datetime:
    """What staff do waits 90 seconds, so that an undo un-sends; a patient's mail goes at once."""
    return now + STAFF_DELAY if changed_by == "staff" else now


def reminders(start: datetime, moved_at: datetime | None, zone: ZoneInfo) -> dict[str, datetime]:
    """At the visit's own wall time some days before, whatever the clocks do in between. Who booked
    shortly before needs none; `moved_at` None: when is no matter."""
    return {
        kind: _same_time(start, days, zone)
        for kind, (days, enough) in REMINDERS.items()
        if moved_at is None or start - moved_at >= enough
    }


def _same_time(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    local = start.astimezone(zone).replace(fold=0)
    return (local - timedelta(days=days)).astimezone(UTC)


def nudge(booked_at: datetime, start: datetime, zone: ZoneInfo) -> datetime | None:
    """A day after booking, by day; not in the last day, when a reminder says the same."""
    due = by_day(booked_at + NUDGE_AFTER, zone)
    return due if due + NO_NUDGE_WITHIN <= start else None


def by_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """This moment, or the next morning when it lies outside 8:00 to 20:00."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return moment
    day = local.date() + timedelta(days=local.time() >= EVENING)
    return _at(day, MORNING, zone)


def no_show(start: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """At 17:00 of the visit's day, so that staff can take it back until then."""
    return max(now + STAFF_DELAY, _at(start.astimezone(zone).date(), NO_SHOW, zone))


def in_hours(
    now: datetime, zone: ZoneInfo, *, opening: Hours, closed: Iterable[date] = ()
) -> datetime:
    """Now while the clinic is open, else its next opening."""
    local = now.astimezone(zone)
    shut = set(closed)
    for days in range(366):
        day = local.date() + timedelta(days=days)
        if day in shut or day.weekday() not in opening:
            continue
        opens, closes = opening[day.weekday()]
        if days == 0 and opens <= local.time() < closes:
            return now
        if days or local.time() < opens:
            return _at(day, opens, zone)
    return now  # a clinic that never opens: better at once than never


def _at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)
