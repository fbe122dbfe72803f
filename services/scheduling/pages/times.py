"""What the page of free times shows: which days, how many times of each, the filters; the time
that is kept for the visitor, and the nearest to one that was lost."""

from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import operations, queries
from ..domain.codes import SlotName
from ..domain.errors import SchedulingError, SlotTaken
from ..domain.handoff import Asker, Handoff
from ..queries import Search, Slot
from .words import read_day

DAYS = 5
PER_DAY = 6
PARTS = ("morning", "afternoon")


def free_times(
    session: Session, clinic: Clinic, handoff: Handoff, *, now: datetime
) -> dict[str, Any]:
    """For the template: the next days with openings, and the filters as they stand in the
    address, where no word is about the patient."""
    people = {one.id: one.name for one in queries.practitioners(session, handoff.visit_type)}
    who, part = request.args.get("practitioner"), request.args.get("part")
    first, whole = (read_day(request.args.get(name, "")) for name in ("first", "all"))
    search = Search(
        visit_type=handoff.visit_type,
        first=first or date.min,
        last=date.max,
        practitioner=who if who in people else None,
        asker=Asker(handoff=handoff),
    )
    slots = queries.open_slots(session, clinic, search, now=now)
    if part in PARTS:
        slots = (slot for slot in slots if (slot.start.hour < 12) == (part == "morning"))
    by_day = groupby(slots, key=lambda slot: slot.start.date())
    found = [(day, list(group)) for day, group in islice(by_day, DAYS + 1)]
    days = [(day, slots if day == whole else _some(slots), len(slots)) for day, slots in found]
    return {
        "days": days[:DAYS],
        "later": found[DAYS][0] if len(found) > DAYS else None,
        "wanted": {
            "practitioner": search.practitioner,
            "part": part if part in PARTS else None,
            "first": first,
            "all": whole,
        },
        "people": people,
        "is_open": clinic_is_open(clinic, now),
    }


def held_time(
    session: Session, clinic: Clinic, handoff: Handoff, *, hold: str, now: datetime
) -> dict[str, Any] | None:
    """The time that is kept for this visitor, as the pages show it."""
    kept = queries.hold_of(session, handoff)
    if kept is None or kept.id != hold or kept.expires_at <= now:
        return None
    zone = clinic.time_zone
    return {
        "slot": kept.slot.token(),
        "practitioner": queries.practitioner(session, kept.practitioner_id),
        "start": kept.start.astimezone(zone),
        "expires_at": kept.expires_at.astimezone(zone),
        "seconds": int((kept.expires_at - now).total_seconds()),
        "can_be_extended": kept.extensions < operations.EXTENSIONS,
    }


def nearest_times(
    session: Session, clinic: Clinic, handoff: Handoff, *, lost: str, now: datetime
) -> list[Slot]:
    """Around a time that could not be kept; none when no time was lost."""
    if not lost:
        return []
    try:
        slot = SlotName.read(lost)
        wanted = queries.wanted(session, clinic, slot, asker=Asker(handoff=handoff), now=now)
    except SchedulingError:
        return []  # the list below shows what there is
    return queries.alternatives(session, clinic, SlotTaken(wanted), now=now)


def clinic_is_open(clinic: Clinic, now: datetime) -> bool:
    """Whether somebody answers the phone now."""
    local = now.astimezone(clinic.time_zone)
    hours = clinic.opening.get(local.weekday())
    if hours is None or clinic.closed_dates(local.date(), local.date()):
        return False
    return hours[0] <= local.time() < hours[1]


def _some(slots: list[Slot]) -> list[Slot]:
    """Some of early and late are a better choice than six in a row; the rest is one press away."""
    if len(slots) <= PER_DAY:
        return slots
    starts = [next(same) for _, same in groupby(slots, key=lambda slot: slot.start)]
    return [starts[len(starts) * count // PER_DAY] for count in range(min(PER_DAY, len(starts)))]
