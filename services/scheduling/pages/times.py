"""What the page of free times shows: which days, how many times of each, and the filters."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby, islice
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.handoff import Asker, Handoff
from ..models import Practitioner
from ..queries import Search, Slot

DAYS = 5
PER_DAY = 6
PARTS = {"any": "Any time", "morning": "Morning", "afternoon": "Afternoon"}
ANYBODY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The filters, as they stand in the address: no word about the patient."""

    first: str
    practitioner: str
    part: str
    all: str  # the day of which every time is shown

    @classmethod
    def from_request(cls) -> "Wanted":
        part = request.args.get("part", "")
        return cls(
            first=_day_or_nothing(request.args.get("first", "")),
            practitioner=request.args.get("practitioner", ANYBODY),
            part=part if part in PARTS else "any",
            all=_day_or_nothing(request.args.get("all", "")),
        )

    def url(self, **changes: str) -> str:
        values = asdict(self) | changes
        told = {name: value for name, value in values.items() if value not in {"", ANYBODY}}
        return url_for("book.times") + (f"?{urlencode(told)}" if told else "")

    def fits(self, slot: Slot) -> bool:
        return self.part == "any" or (slot.start.hour < 12) == (self.part == "morning")


@dataclass(frozen=True, slots=True)
class Day:
    """One day with free times. `open_url` leads to all of them, where only some are shown."""

    date: date
    shown: list[Slot]
    total: int
    open_url: str | None


def free_days(
    session: Session, clinic: Clinic, wanted: Wanted, *, handoff: Handoff, now: datetime
) -> tuple[list[Day], str | None]:
    """The next days with openings, and the address of the days after them."""
    known = {person.id for person in people(session, handoff)}
    search = Search(
        visit_type=handoff.visit_type,
        first=date.fromisoformat(wanted.first) if wanted.first else date.min,
        last=date.max,
        practitioner=wanted.practitioner if wanted.practitioner in known else None,
        asker=Asker(handoff=handoff),
    )
    slots = filter(wanted.fits, queries.open_slots(session, clinic, search, now=now))
    by_day = groupby(slots, key=lambda slot: slot.start.date())
    found = [(day, list(group)) for day, group in islice(by_day, DAYS + 1)]
    later = wanted.url(first=found[DAYS][0].isoformat(), all="") if len(found) > DAYS else None
    return [_day(day, slots, wanted) for day, slots in found[:DAYS]], later


def people(session: Session, handoff: Handoff) -> list[Practitioner]:
    """Whom this patient may ask for."""
    offered = queries.offered_types(session)
    return [
        person
        for person in queries.practitioners(session)
        if handoff.visit_type in offered.get(person.id, frozenset())
    ]


def _day(day: date, slots: list[Slot], wanted: Wanted) -> Day:
    if len(slots) <= PER_DAY or wanted.all == day.isoformat():
        return Day(day, slots, len(slots), None)
    # Some of early and late are a better choice than six in a row; the rest is one press away.
    starts = [next(same) for _, same in groupby(slots, key=lambda slot: slot.start)]
    some = [starts[len(starts) * count // PER_DAY] for count in range(min(PER_DAY, len(starts)))]
    return Day(day, some, len(slots), wanted.url(all=day.isoformat()))


def _day_or_nothing(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else ""
    except ValueError:
        return ""
