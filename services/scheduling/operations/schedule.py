"""Who works when: weekly hours, dated exceptions, special openings, blocks.

Every change can be tried first: `visits_hit_by` tells how many booked visits would not fit. What a
change hits stays booked; a closure with follow-up is another verb. Caches notice by themselves.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic
from shared.staff import StaffMember

from .. import queries
from ..domain import errors
from ..domain.catalog import read_hours, read_spans, read_starts
from ..domain.time import days_between, wall_time
from ..models import Block, CalendarDay, Practitioner
from . import ledger
from .audit import HOURS_SET, note

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class By:
    """Who changes the schedule, and when."""

    member: StaffMember
    now: datetime


def set_hours(
    session: Session,
    practitioner_id: str,
    *,
    hours: dict[str, Any],
    urgent: dict[str, Any] | None,
    by: By,
) -> Practitioner:
    """Weekly hours, and the starts kept for urgent patients (None: as they are). From now on they
    are what staff say, whatever the clinic file lists. Raises ScheduleInvalid."""
    row = queries.practitioner(session, practitioner_id)
    try:
        read_hours(hours), read_starts(urgent or {})
    except (ValueError, TypeError):
        raise errors.ScheduleInvalid from None
    row.hours = hours
    row.urgent = row.urgent if urgent is None else urgent
    note(session, HOURS_SET, row.id, actor=by.member.id, now=by.now)
    session.flush()
    return row


def set_day(
    session: Session,
    practitioner_id: str | None,
    day: date,
    *,
    spans: list[list[str]],
    reason: str,
    by: By,
) -> CalendarDay:
    """One day's own hours instead of the weekly ones (none: a day off); without a practitioner a
    special opening of the clinic, in one span. Raises ScheduleInvalid, UnknownPractitioner."""
    _check_day(session, practitioner_id, spans)
    if practitioner_id:
        ledger.bump_days(session, [(practitioner_id, day)])
    is_same = (CalendarDay.practitioner_id == practitioner_id, CalendarDay.day == day)
    row = session.scalar(select(CalendarDay).where(*is_same))
    if row is None:
        row = CalendarDay(id=str(uuid.uuid4()), practitioner_id=practitioner_id, day=day)
        session.add(row)
    row.spans, row.reason = spans, reason
    note(session, "day_set", row.id, actor=by.member.id, now=by.now, reason=reason)
    session.flush()
    return row


def clear_day(session: Session, row_id: str, *, by: By) -> None:
    """The day is as the weekly hours say. Raises NoSuchEntry."""
    row = session.get(CalendarDay, row_id)
    if row is None:
        raise errors.NoSuchEntry
    session.delete(row)
    note(session, "day_cleared", row_id, actor=by.member.id, now=by.now)
    session.flush()


def add_block(
    session: Session,
    clinic: Clinic,
    practitioner_id: str | None,
    *,
    start: datetime,
    end: datetime,
    reason: str,
    by: By,
    kind: str = "block",
) -> Block:
    """Time in which nobody is booked from now on: one practitioner's, or everybody's. Whoever is
    just booking there is waited for. Raises ScheduleInvalid, UnknownPractitioner."""
    if not timedelta() < end - start <= LONGEST:
        raise errors.ScheduleInvalid
    people = [one.id for one in queries.practitioners(session)]
    if practitioner_id:
        people = [queries.practitioner(session, practitioner_id).id]
    first, last = (wall_time(instant, clinic.time_zone).date() for instant in (start, end))
    days = list(days_between(first, last))
    ledger.bump_days(session, [(person, day) for person in people for day in days])
    row = Block(
        id=str(uuid.uuid4()),
        practitioner_id=practitioner_id,
        kind=kind,
        start=start,
        end=end,
        reason=reason,
        created_at=by.now,
        created_by=by.member.id,
    )
    session.add(row)
    note(session, "block_added", row.id, actor=by.member.id, now=by.now, reason=reason)
    session.flush()
    return row


def remove_block(session: Session, block_id: str, *, by: By) -> None:
    """Raises NoSuchEntry; a closure is reopened by its own verb."""
    row = session.get(Block, block_id)
    if row is None or row.kind != "block":
        raise errors.NoSuchEntry
    session.delete(row)
    note(session, "block_removed", block_id, actor=by.member.id, now=by.now)
    session.flush()


def visits_hit_by(
    session: Session, clinic: Clinic, change: Callable[[], Any], *, now: datetime
) -> int:
    """How many coming visits would not fit any more after a change; nothing of it is kept."""
    before = queries.misfits(session, clinic, now=now)
    with session.begin_nested() as attempt:
        change()
        after = queries.misfits(session, clinic, now=now)
        attempt.rollback()
    session.expire_all()
    return len(after - before)


def _check_day(session: Session, practitioner_id: str | None, spans: list[list[str]]) -> None:
    try:
        count = len(read_spans(spans))
    except (ValueError, TypeError):
        raise errors.ScheduleInvalid from None
    if practitioner_id:
        queries.practitioner(session, practitioner_id)
    elif count != 1:
        raise errors.ScheduleInvalid
