"""The claim ledger: lock the day, then let the primary key decide who owns a cell."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..domain.codes import SlotName
from ..domain.errors import SlotTaken
from ..domain.handoff import Asker
from ..models import Claim, PractitionerDay


def lock_visitor(session: Session, submission: str) -> None:
    """One visitor's holds and bookings queue up, however often they tap."""
    if _is_postgres(session):  # SQLite has one writer at a time: the queue exists already
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(submission, 0))))


def lock_days(session: Session, places: Iterable[tuple[str, date]]) -> None:
    """Bump the version of these (practitioner, day) rows; they stay locked until the commit.

    Always in the same order, so that two bookings queue instead of waiting for each other.
    """
    table: Any = PractitionerDay.__table__
    for practitioner_id, day in sorted(set(places)):
        row = {"practitioner_id": practitioner_id, "day": day, "version": 1}
        new = (postgres_insert if _is_postgres(session) else sqlite_insert)(table).values(row)
        bump = {"version": table.c.version + 1}
        session.execute(new.on_conflict_do_update(index_elements=table.primary_key, set_=bump))


def free_lane(
    session: Session, slot: SlotName, cells: range, *, asker: Asker, now: datetime, lanes: int
) -> int:
    """The lowest of so many lanes in which none of the cells is claimed, or SlotTaken."""
    is_live = or_(Claim.expires_at.is_(None), Claim.expires_at > now)
    live = select(Claim.lane).where(*_within(slot.practitioner, cells), is_live)
    used = set(session.scalars(live))
    for lane in range(lanes):
        if lane not in used:
            return lane
    raise SlotTaken(slot, asker)


def claim(
    session: Session,
    slot: SlotName,
    cells: range,
    *,
    asker: Asker,
    now: datetime,
    lane: int = 0,
    **owner: Any,
) -> None:
    """Take the cells for a visit or a hold; SlotTaken when one of them has an owner already.

    Expired claims are taken over here, so nobody depends on a sweeper.
    """
    within = _within(slot.practitioner, cells)
    session.execute(delete(Claim).where(*within, Claim.expires_at <= now))
    rows = [{"resource": slot.practitioner, "cell": n, "lane": lane, **owner} for n in cells]
    try:
        session.execute(insert(Claim), rows)
    except IntegrityError:
        raise SlotTaken(slot, asker) from None


def _within(resource: str, cells: range) -> tuple[Any, Any]:
    return Claim.resource == resource, Claim.cell.between(cells.start, cells.stop - 1)


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
