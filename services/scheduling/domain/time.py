"""Instants, half-open ranges, the 5-minute cells by which time is claimed; reading a start.

Instants are aware and in UTC; wall time is naive and belongs to the clinic's zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .reasons import Reason

CELL_SECONDS = 300
_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From start (included) to end (not included)."""

    start: datetime
    end: datetime

    @classmethod
    def lasting(cls, start: datetime, minutes: int) -> "TimeRange":
        return cls(start, start + timedelta(minutes=minutes))

    def overlaps(self, other: "TimeRange") -> bool:
        return self.start < other.end and other.start < self.end

    @property
    def cells(self) -> range:
        """Numbers of the cells that this range touches, counted from 1970."""
        first = int(self.start.timestamp()) // CELL_SECONDS
        return range(first, -(-int(self.end.timestamp()) // CELL_SECONDS))


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def wall_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clinic's clock on the wall shows, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def whole_days(first: date, last: date, zone: ZoneInfo) -> TimeRange:
    """The local days from first to last, both included."""
    midnight = time()
    after = last + timedelta(days=1)
    return TimeRange(instant_of(first, midnight, zone), instant_of(after, midnight, zone))


def days_between(first: date, last: date) -> Iterator[date]:
    """First to last, both included."""
    for count in range((last - first).days + 1):
        yield first + timedelta(days=count)


@dataclass(frozen=True, slots=True)
class Start:
    """A start as asked for. What cannot be told is None; `faults` say why."""

    instant: datetime | None
    local: datetime | None
    faults: tuple[Reason, ...] = ()

    @classmethod
    def at(cls, instant: datetime, zone: ZoneInfo) -> "Start":
        return cls(instant, wall_time(instant, zone))


def read_either(text: str, zone: ZoneInfo) -> Start:
    """An instant if it carries an offset, else wall time."""
    try:
        if not _FORM.fullmatch(text):
            raise ValueError("This is neither.")
        told = datetime.fromisoformat(text.upper().replace(" ", "T"))
        start = Start.at(told.astimezone(UTC), zone) if told.tzinfo else _at_wall(told, zone)
        for days in (-2, 2):  # room for every later sum, and for other zones
            told + timedelta(days=days)
        return start
    except (ValueError, OverflowError):
        return Start(None, None, (Reason.BAD_FORMAT,))


def read_instant(text: str, zone: ZoneInfo) -> Start:
    """RFC 3339 with an offset or Z; a naive one is refused, not guessed."""
    start = read_either(text, zone)
    form = _FORM.fullmatch(text)
    if start.instant and form and not form["offset"]:
        return Start(None, None, (Reason.NAIVE_DATETIME,))
    return start


def _at_wall(wall: datetime, zone: ZoneInfo) -> Start:
    """Wall time may not exist, or happen twice, when clocks change."""
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    faults: tuple[Reason, ...] = ()
    if wall_time(early, zone) != wall:
        faults = (Reason.NONEXISTENT_LOCAL_TIME,)
    elif early != late:
        faults = (Reason.AMBIGUOUS_LOCAL_TIME,)
    return Start(early, wall, faults)
