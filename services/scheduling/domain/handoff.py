"""What the safety check hands over, and what its holder may ask the calendar for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from . import errors
from .availability import Channel, Wish
from .catalog import URGENT, VisitType
from .codes import SlotName
from .time import TimeRange

STOPS = ("EMERGENCY", "SAME_DAY")
URGENT_LEVEL = "URGENT_2BD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One submission's result; it serves any number of lists and holds, and one booking."""

    submission: str
    urgency: str
    visit_type: str
    specialty: str
    latest_day: date | None
    date_of_birth: date
    language: str
    for_whom: str = "me"  # or "my_child", "someone_i_help"

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Handoff":
        latest = claims["latest_day"]
        days = {
            "latest_day": date.fromisoformat(latest) if latest else None,
            "date_of_birth": date.fromisoformat(claims["date_of_birth"]),
        }
        known = {"for_whom": "me", **claims, **days}
        return cls(**{name: known[name] for name in cls.__slots__})

    @property
    def stops_booking(self) -> bool:
        return self.urgency in STOPS


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks at the calendar. Staff decide for themselves; a handoff binds a patient."""

    channel: Channel = "patient"
    handoff: Handoff | None = None

    def wish(self, kind: VisitType, now: datetime) -> Wish:
        bound = self.handoff if self.channel == "patient" else None
        return Wish(
            minutes=kind.minutes,
            channel=self.channel,
            now=now,
            visit_type=kind.id,
            latest_day=bound.latest_day if bound else None,
            # Without a safety check the kind of visit alone tells for whom it is.
            is_urgent=bound.urgency == URGENT_LEVEL if bound else kind.id == URGENT,
            buffer_before=kind.buffer_before,
            buffer_after=kind.buffer_after,
            needs=kind.needs,
        )

    def check(self, kind: VisitType) -> None:
        """A patient takes what is booked online, and of that what the safety check recommends."""
        if self.channel == "staff":
            return
        if self.handoff and self.handoff.stops_booking:
            raise errors.BookingStopped
        if self.handoff and self.handoff.visit_type != kind.id:
            raise errors.VisitTypeMismatch
        if not kind.online:
            raise errors.NotOnline


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot that is to be held or booked: the kind of visit, for whom, and when they ask."""

    slot: SlotName
    kind: VisitType
    asker: Asker
    now: datetime

    @property
    def span(self) -> TimeRange:
        return TimeRange.lasting(self.slot.start, self.kind.minutes)
