"""Practitioners, and their calendars with what occupies them, as the engine wants it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..domain.availability import Calendar, Cells
from ..domain.catalog import BUFFERS
from ..domain.errors import UnknownPractitioner
from ..domain.time import CELL_SECONDS, TimeRange
from ..models import Appointment, Claim, Hold, Practitioner
from .schedule import Person, Schedule, schedule

REACH = timedelta(minutes=BUFFERS[-1])  # how far the buffer of a neighbour may come over


def practitioners(session: Session, visit_type: str | None = None) -> list[Person]:
    """Those who can be booked (for this kind of visit), by name."""
    return schedule(session).who_offers(visit_type)


def practitioner(session: Session, practitioner_id: str) -> Practitioner:
    found = session.get(Practitioner, practitioner_id)
    if found is None or not found.is_active:
        raise UnknownPractitioner
    return found


@dataclass(frozen=True, slots=True)
class Occupied:
    """The time that one visit or hold claims of one resource, with the buffers around it."""

    resource: str
    cells: range
    around: range
    owner: str
    expires_at: datetime | None  # of a hold


def occupied(
    session: Session, resources: Iterable[str], span: TimeRange, *, now: datetime
) -> Iterator[Occupied]:
    """Everything claimed in a span; expired claims do not count."""
    near = TimeRange(span.start - REACH, span.end + REACH).cells
    is_live = or_(Claim.expires_at.is_(None), Claim.expires_at > now)
    before = func.coalesce(Appointment.buffer_before, Hold.buffer_before)
    after = func.coalesce(Appointment.buffer_after, Hold.buffer_after)
    owner = func.coalesce(Claim.appointment_id, Claim.hold_id)
    claimed = (
        select(Claim.resource, func.min(Claim.cell), func.max(Claim.cell), owner, Claim.expires_at)
        .add_columns(func.max(before), func.max(after))
        .outerjoin(Appointment, Appointment.id == Claim.appointment_id)
        .outerjoin(Hold, Hold.id == Claim.hold_id)
        .where(Claim.resource.in_([*resources]))
        .where(Claim.cell.between(near.start, near.stop - 1), is_live)
        .group_by(Claim.resource, owner, Claim.expires_at)
    )
    for resource, first, last, who, expires_at, early, late in session.execute(claimed):
        cells = range(first, last + 1)
        minutes = CELL_SECONDS // 60
        around = range(first - early // minutes, last + 1 + late // minutes)
        yield Occupied(resource, cells, around, who, expires_at)


def calendars(
    session: Session,
    known: Schedule,
    people: Sequence[Person],
    span: TimeRange,
    *,
    now: datetime,
    needs: Sequence[str] = (),
    own: Sequence[str] = (),
) -> dict[str, Calendar]:
    """Calendars of these people for a span, with the resources of these kinds. What is one's
    `own` (ids of a hold, a visit) does not stand in one's way."""
    rooms = {kind: known.resources.get(kind, ()) for kind in needs}
    ids = {*(person.id for person in people), *(one for group in rooms.values() for one in group)}
    found: dict[str, list[Occupied]] = defaultdict(list)
    for one in occupied(session, sorted(ids), span, now=now):
        if one.owner not in own:
            found[one.resource].append(one)
    resources = {
        kind: {one: _cells(found[one]).own for one in group} for kind, group in rooms.items()
    }
    return {
        person.id: replace(
            person.calendar,
            blocks=tuple(block for block in person.calendar.blocks if block.overlaps(span)),
            taken=_cells(one for one in found[person.id] if one.expires_at is None),
            held=_cells(one for one in found[person.id] if one.expires_at is not None),
            resources=resources,
        )
        for person in people
    }


def _cells(claims: Iterable[Occupied]) -> Cells:
    own: set[int] = set()
    around: set[int] = set()
    for one in claims:
        own.update(one.cells)
        around.update(one.around)
    return Cells(frozenset(own), frozenset(around))
