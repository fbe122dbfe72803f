"""Days and times as a mail says them: in clinic time, in its language, seen from its date."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared import words

NEAR = {"en": ("today", "tomorrow"), "es": ("hoy", "mañana")}


@dataclass(frozen=True, slots=True)
class Times:
    """Templates call these by their names."""

    language: str
    zone: ZoneInfo
    today: date

    def date(self, instant: datetime) -> str:
        return words.full_date(self.local(instant), self.language)

    def short(self, instant: datetime) -> str:
        return words.short_date(self.local(instant), self.language)

    def clock(self, instant: datetime) -> str:
        return words.clock(self.local(instant))

    def at(self, instant: datetime) -> str:
        """at 9:00am; a las 9:00am, a la 1:15pm."""
        if self.language == "en":
            return f"at {self.clock(instant)}"
        is_one = self.local(instant).hour % 12 == 1
        return f"{'a la' if is_one else 'a las'} {self.clock(instant)}"

    def moment(self, instant: datetime) -> str:
        """Tuesday, March 16, 2027 at 9:00am."""
        return f"{self.date(instant)} {self.at(instant)}"

    def day(self, instant: datetime) -> str:
        """today; tomorrow; on Tuesday, March 16, 2027."""
        return self._near(instant) or self._on(instant)

    def near_day(self, instant: datetime) -> str:
        """tomorrow, Tuesday, March 16, 2027; on Tuesday, March 16, 2027."""
        near = self._near(instant)
        return f"{near}, {self.date(instant)}" if near else self._on(instant)

    def is_today(self, instant: datetime) -> bool:
        return self._days_ahead(instant) == 0

    def is_tomorrow(self, instant: datetime) -> bool:
        return self._days_ahead(instant) == 1

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def _on(self, instant: datetime) -> str:
        return f"{'on' if self.language == 'en' else 'el'} {self.date(instant)}"

    def _near(self, instant: datetime) -> str | None:
        ahead, near = self._days_ahead(instant), NEAR[self.language]
        return near[ahead] if 0 <= ahead < len(near) else None

    def _days_ahead(self, instant: datetime) -> int:
        return (self.local(instant).date() - self.today).days


SAID = ("date", "short", "clock", "at", "moment", "day", "near_day", "is_today", "is_tomorrow")
