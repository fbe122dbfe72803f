"""The claim ledger: lock the day, then let the primary key decide who owns a cell."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.errors import SlotTaken
from ..domain.handoff import Wanted
from ..domain.time import wall_time
from ..models import Claim, ResourceDay

Place = tuple[str, datetime]  # a resource, and an instant of the day that is meant
AT_ONCE = 200


def lock_visitor(session: Session, submission: str) -> None:
    """One visitor's holds and bookings queue up, however often they tap."""
    if _is_postgres(session):  # SQLite has one writer at a time: the queue exists already
        key = sa.func.hashtextextended(submission, 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def lock_days(session: Session, clinic: Clinic, places: Iterable[Place]) -> None:
    """Bump the version of the days of these (resource, start); locked until the commit.

    Always in the same order, so that two bookings queue instead of waiting for each other.
    """
    zone = clinic.time_zone
    bump_days(session, {(resource, wall_time(start, zone).date()) for resource, start in places})


def bump_days(session: Session, days: Iterable[tuple[str, date]]) -> None:
    insert = (postgresql if _is_postgres(session) else sqlite).insert
    table: Any = ResourceDay.__table__
    rows = [{"resource": resource, "day": day, "version": 1} for resource, day in sorted({*days})]
    bump = {"version": table.c.version + 1}
    for first in range(0, len(rows), AT_ONCE):  # one statement locks its rows in their order
        new = insert(table).values(rows[first : first + AT_ONCE])
        session.execute(new.on_conflict_do_update(index_elements=table.primary_key, set_=bump))


def free_lane(session: Session, wanted: Wanted, *, lanes: int) -> int:
    """The lowest of so many lanes in which none of the cells is claimed, or SlotTaken."""
    is_live = sa.or_(Claim.expires_at.is_(None), Claim.expires_at > wanted.now)
    used = set(session.scalars(sa.select(Claim.lane).where(*_within(wanted), is_live)))
    for lane in range(lanes):
        if lane not in used:
            return lane
    raise SlotTaken(wanted)


def claim(session: Session, wanted: Wanted, lanes: Mapping[str, int], **owner: Any) -> None:
    """Take the cells of these resources for a visit or a hold; SlotTaken when one of them has an
    owner already. Expired claims are taken over here, so nobody depends on a sweeper."""
    cells = wanted.span.cells
    within = Claim.cell.between(cells.start, cells.stop - 1)
    expired = sa.delete(Claim).where(Claim.resource.in_([*lanes]), within)
    session.execute(expired.where(Claim.expires_at <= wanted.now))
    places = [{"resource": resource, "lane": lane, **owner} for resource, lane in lanes.items()]
    try:
        session.execute(
            sa.insert(Claim), [{"cell": cell, **one} for one in places for cell in cells]
        )
    except IntegrityError:
        raise SlotTaken(wanted) from None


def give_back(session: Session, appointment_id: str) -> None:
    session.execute(sa.delete(Claim).where(Claim.appointment_id == appointment_id))


def _within(wanted: Wanted) -> tuple[Any, Any]:
    cells = wanted.span.cells
    is_theirs = Claim.resource == wanted.slot.practitioner
    return is_theirs, Claim.cell.between(cells.start, cells.stop - 1)


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
