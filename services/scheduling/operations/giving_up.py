"""Time that a visit gives up, and gets back by an undo.

Until an undo is out of the question the cells are kept as a hold of purpose "undo"; where a visit
moved to an overlapping time, the hold is on what the visit does not use itself.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.sealing import reveal_row

from .. import queries
from ..domain.codes import SlotName
from ..domain.errors import SlotTaken
from ..domain.handoff import Asker, Wanted
from ..domain.time import TimeRange
from ..models import Appointment, Claim, Hold
from .changing import kept_for_undo, undo_owner


def give_up(session: Session, row: Appointment, *, until: datetime, now: datetime) -> None:
    """All cells of the visit become its undo hold; an older one is let go."""
    let_go(session, row)
    hold = Hold(
        id=secrets.token_urlsafe(24),
        owner=undo_owner(row),
        purpose="undo",
        appointment_id=row.id,
        practitioner_id=row.practitioner_id,
        visit_type=reveal_row(session, row)["visit_type"],
        start=row.start,
        end=row.end,
        buffer_before=row.buffer_before,
        buffer_after=row.buffer_after,
        lane=row.lane,
        resources=list(row.resources),
        created_at=now,
        expires_at=until,
    )
    session.add(hold)
    session.flush()
    owned = sa.update(Claim).where(Claim.appointment_id == row.id)
    session.execute(owned.values(appointment_id=None, hold_id=hold.id, expires_at=until))


def let_go(session: Session, row: Appointment) -> None:
    """What was kept for an undo is free for others."""
    kept = kept_for_undo(session, row)
    if kept:
        session.delete(kept)  # its claims go with it
        session.flush()


def take_again(session: Session, row: Appointment, wanted: Wanted) -> None:
    """The row says where the visit is again: it owns exactly those cells, or SlotTaken."""
    let_go(session, row)
    session.execute(sa.delete(Claim).where(Claim.appointment_id == row.id))
    cells = list(_cells(row))
    for resource in {cell["resource"] for cell in cells}:
        numbers = TimeRange(row.start, row.end).cells
        within = Claim.cell.between(numbers.start, numbers.stop - 1)
        expired = Claim.expires_at <= wanted.now
        session.execute(sa.delete(Claim).where(Claim.resource == resource, within, expired))
    try:
        session.execute(sa.insert(Claim), cells)
    except IntegrityError:
        raise SlotTaken(wanted) from None


def wanted_again(session: Session, service: Any, row: Appointment, *, now: datetime) -> Wanted:
    """The visit's own time as something to be had: what a loser's alternatives are looked for."""
    visit_type = reveal_row(session, row)["visit_type"]
    slot = SlotName(visit_type, row.practitioner_id, row.start)
    return Wanted(slot, queries.visit_type(service.clinic, visit_type), Asker("staff"), now)


def _cells(row: Appointment) -> Iterator[dict[str, Any]]:
    lanes = {row.practitioner_id: row.lane} | dict.fromkeys(row.resources, 0)
    for resource, lane in lanes.items():
        for cell in TimeRange(row.start, row.end).cells:
            yield {"resource": resource, "cell": cell, "lane": lane, "appointment_id": row.id}
