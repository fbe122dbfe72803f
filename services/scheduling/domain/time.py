"""Instants, half-open ranges and the 5-minute cells by which time is claimed.

Instants are aware and in UTC; wall time is naive and belongs to the clinic's zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CELL_SECONDS = 300


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
