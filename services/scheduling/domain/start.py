"""Reading a wanted start: an instant with an offset, or wall time at the clinic."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .reasons import Reason
from .time import wall_time

_WALL = r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)"
_LOCAL = re.compile(_WALL)
_INSTANT = re.compile(_WALL + r"([Zz]|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Start:
    """A start as asked for. What cannot be told is None; `faults` say why."""

    instant: datetime | None
    local: datetime | None
    faults: tuple[Reason, ...] = ()

    @classmethod
    def at(cls, instant: datetime, zone: ZoneInfo) -> "Start":
        return cls(instant, wall_time(instant, zone))


def read_instant(text: str, zone: ZoneInfo) -> Start:
    """RFC 3339 with an offset or Z; a naive one is refused, not guessed."""
    if _INSTANT.fullmatch(text):
        return _guarded(lambda: Start.at(_parsed(text).astimezone(UTC), zone))
    if _LOCAL.fullmatch(text):
        return _guarded(lambda: _naive(text))
    return Start(None, None, (Reason.BAD_FORMAT,))


def read_local(text: str, zone: ZoneInfo) -> Start:
    """Wall time as typed at the clinic: it may not exist, or happen twice, when clocks change."""
    if _LOCAL.fullmatch(text):
        return _guarded(lambda: _at_wall(_parsed(text), zone))
    return Start(None, None, (Reason.BAD_FORMAT,))


def read_either(text: str, zone: ZoneInfo) -> Start:
    """An instant if it carries an offset, else wall time."""
    return (read_instant if _INSTANT.fullmatch(text) else read_local)(text, zone)


def _naive(text: str) -> Start:
    _parsed(text)
    return Start(None, None, (Reason.NAIVE_DATETIME,))


def _guarded(read: Callable[[], Start]) -> Start:
    """Impossible dates, and years that leave the calendar when moved to another zone."""
    try:
        start = read()
        if start.instant:
            for days in (-2, 2):  # room for every later sum
                start.instant + timedelta(days=days)
        return start
    except (ValueError, OverflowError):
        return Start(None, None, (Reason.BAD_FORMAT,))


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.upper().replace(" ", "T"))


def _at_wall(wall: datetime, zone: ZoneInfo) -> Start:
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    faults: tuple[Reason, ...] = ()
    if wall_time(early, zone) != wall:
        faults = (Reason.NONEXISTENT_LOCAL_TIME,)
    elif early != late:
        faults = (Reason.AMBIGUOUS_LOCAL_TIME,)
    return Start(early, wall, faults)
