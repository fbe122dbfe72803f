"""Reading a wanted start: an instant with an offset, or wall time at the clinic."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .reasons import Reason
from .time import wall_time

_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


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
