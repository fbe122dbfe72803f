"""Practitioners, and what occupies their days, as the engine wants it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.availability import Calendar
from ..domain.catalog import read_hours
from ..domain.errors import UnknownPractitioner
from ..domain.time import TimeRange
from ..models import Block, Claim, Hold, Practitioner


def practitioners(session: Session, visit_type: str | None = None) -> list[Practitioner]:
    """Those who can be booked (for this kind of visit), by name."""
    active = select(Practitioner).where(Practitioner.is_active)
    found = session.scalars(active.order_by(Practitioner.name, Practitioner.id))
    return [one for one in found if visit_type is None or visit_type in one.visit_types]


def practitioner(session: Session, practitioner_id: str) -> Practitioner:
    found = session.get(Practitioner, practitioner_id)
    if found is None or not found.is_active:
        raise UnknownPractitioner
    return found


def calendars(
    session: Session,
    people: Sequence[Practitioner],
    span: TimeRange,
    *,
    now: datetime,
    own_hold: Hold | None,
) -> dict[str, Calendar]:
    """Calendars of these people for a span. A hold does not stand in its holder's way."""
    ids = [person.id for person in people]
    blocks: dict[str | None, list[TimeRange]] = defaultdict(list)
    for block in session.scalars(
        select(Block).where(Block.start < span.end, Block.end > span.start)
    ):
        blocks[block.practitioner_id].append(TimeRange(block.start, block.end))
    taken, held = _claimed(session, ids, span, now=now, own_hold=own_hold)
    return {
        person.id: Calendar(
            offered=frozenset(person.visit_types),
            working=read_hours(person.hours),
            blocks=(*blocks[None], *blocks[person.id]),
            taken=frozenset(taken[person.id]),
            held=frozenset(held[person.id]),
        )
        for person in people
    }


def _claimed(
    session: Session, ids: Sequence[str], span: TimeRange, *, now: datetime, own_hold: Hold | None
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Cells by practitioner: taken by visits, held by others. Expired claims do not count."""
    claimed = select(Claim.resource, Claim.cell, Claim.hold_id).where(
        Claim.resource.in_(ids),
        Claim.cell.between(span.cells.start, span.cells.stop - 1),
        or_(Claim.expires_at.is_(None), Claim.expires_at > now),
    )
    taken: dict[str, set[int]] = defaultdict(set)
    held: dict[str, set[int]] = defaultdict(set)
    for resource, cell, hold_id in session.execute(claimed):
        if hold_id is None:
            taken[resource].add(cell)
        elif own_hold is None or hold_id != own_hold.id:
            held[resource].add(cell)
    return taken, held
