"""Practitioners, and what occupies their days, as the engine wants it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.availability import Calendar
from ..domain.catalog import read_spans
from ..domain.errors import UnknownPractitioner
from ..domain.time import TimeRange
from ..models import Block, Claim, OfferedVisitType, Practitioner


def practitioners(session: Session) -> list[Practitioner]:
    """Those who can be booked, by name."""
    active = select(Practitioner).where(Practitioner.is_active)
    return list(session.scalars(active.order_by(Practitioner.name, Practitioner.id)))


def practitioner(session: Session, practitioner_id: str) -> Practitioner:
    found = session.get(Practitioner, practitioner_id)
    if found is None or not found.is_active:
        raise UnknownPractitioner
    return found


def offered_types(session: Session) -> dict[str, frozenset[str]]:
    """Practitioner id to the visit types they give."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in session.scalars(select(OfferedVisitType)):
        found[row.practitioner_id].add(row.visit_type)
    return {practitioner_id: frozenset(types) for practitioner_id, types in found.items()}


def calendars(
    session: Session,
    people: Sequence[Practitioner],
    span: TimeRange,
    *,
    now: datetime,
    own_hold: str | None = None,
) -> dict[str, Calendar]:
    """Calendars of these people for a span. A hold does not stand in its holder's way."""
    ids = [person.id for person in people]
    offered = offered_types(session)
    blocks = _blocks(session, ids, span)
    taken, held = _claimed(session, ids, span, now=now, own_hold=own_hold)
    return {
        person.id: Calendar(
            practitioner=person.id,
            offered=offered.get(person.id, frozenset()),
            working={int(day): read_spans(spans) for day, spans in person.working.items()},
            blocks=(*blocks[None], *blocks[person.id]),
            taken=frozenset(taken[person.id]),
            held=frozenset(held[person.id]),
        )
        for person in people
    }


def _blocks(
    session: Session, ids: Sequence[str], span: TimeRange
) -> dict[str | None, list[TimeRange]]:
    concerns = or_(Block.practitioner_id.is_(None), Block.practitioner_id.in_(ids))
    found: dict[str | None, list[TimeRange]] = defaultdict(list)
    for row in session.scalars(
        select(Block).where(concerns, Block.start < span.end, Block.end > span.start)
    ):
        found[row.practitioner_id].append(TimeRange(row.start, row.end))
    return found


def _claimed(
    session: Session,
    ids: Sequence[str],
    span: TimeRange,
    *,
    now: datetime,
    own_hold: str | None,
) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """Cells by practitioner: taken by visits, held by others. Expired claims do not count."""
    cells = span.cells
    claimed = select(Claim.resource, Claim.cell, Claim.hold_id).where(
        Claim.resource.in_(ids),
        Claim.cell.between(cells.start, cells.stop - 1),
        or_(Claim.expires_at.is_(None), Claim.expires_at > now),
    )
    taken: dict[str, set[int]] = defaultdict(set)
    held: dict[str, set[int]] = defaultdict(set)
    for resource, cell, hold_id in session.execute(claimed):
        if hold_id is None:
            taken[resource].add(cell)
        elif hold_id != own_hold:
            held[resource].add(cell)
    return taken, held
