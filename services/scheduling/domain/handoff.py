"""What the safety check hands over: how urgent, which visit, with whom, by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

STOPS = frozenset({"EMERGENCY", "SAME_DAY"})


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

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Handoff":
        latest = claims["latest_day"]
        return cls(
            submission=claims["submission"],
            urgency=claims["urgency"],
            visit_type=claims["visit_type"],
            specialty=claims["specialty"],
            latest_day=date.fromisoformat(latest) if latest else None,
            date_of_birth=date.fromisoformat(claims["date_of_birth"]),
            language=claims["language"],
        )

    @property
    def stops_booking(self) -> bool:
        return self.urgency in STOPS
