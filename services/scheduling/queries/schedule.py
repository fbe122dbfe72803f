"""Who works when, what is closed, which rooms there are: what seldom changes, kept per process as
long as the schedule's version stands. No claims; those are in `calendars`."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.availability import Calendar, Rules, Span
from ..domain.catalog import URGENT, read_hours, read_spans, read_starts
from ..domain.errors import UnknownPractitioner
from ..domain.time import TimeRange, whole_days
from ..models import Block, CalendarDay, Practitioner, Resource, ScheduleVersion
from .clinic import rules_for

_kept: "WeakKeyDictionary[Any, Schedule]" = WeakKeyDictionary()  # by pool: one per database


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A practitioner who can be booked, with their calendar as it is without any claim."""

    id: str
    name: str
    specialty: str
    visit_types: tuple[str, ...]
    minutes: Mapping[str, int]
    lanes: int
    calendar: Calendar


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """`resources` are ids by kind; of the clinic: special openings and what closes it."""

    version: int
    people: Mapping[str, Person]  # by name, then id
    resources: Mapping[str, tuple[str, ...]]
    special: Mapping[date, Span]
    blocks: tuple[TimeRange, ...]

    def person(self, practitioner_id: str) -> Person:
        try:
            return self.people[practitioner_id]
        except KeyError:
            raise UnknownPractitioner from None

    def who_offers(self, visit_type: str | None) -> list[Person]:
        everybody = self.people.values()
        return [one for one in everybody if visit_type is None or visit_type in one.visit_types]


def schedule(session: Session) -> Schedule:
    """One look at the version; all the rest is read when it has changed."""
    version = session.scalar(select(ScheduleVersion.version)) or 0
    return schedule_at(session, version)


def schedule_at(session: Session, version: int) -> Schedule:
    """The schedule, when its version is known to be this one or a later one."""
    pool = session.get_bind().engine.pool
    kept = _kept.get(pool)
    if kept is None or kept.version != version or "schedule_changed" in session.info:
        kept = _read(session, version)
        if "schedule_changed" not in session.info:  # what may be rolled back is not kept
            _kept[pool] = kept
    return kept


def rules_with(clinic: Clinic, known: Schedule, first: date, last: date) -> Rules:
    """Rules that know every holiday, special opening and closure from first to last."""
    rules = rules_for(clinic, first, last)
    return replace(rules, special=known.special, blocks=known.blocks)


def schedule_between(
    session: Session, clinic: Clinic, first: date, last: date
) -> dict[str, list[Any]]:
    """Weekly hours, and what is different from first to last, both included; for staff."""
    active = select(Practitioner).where(Practitioner.is_active).order_by(Practitioner.id)
    weeks = [
        {"practitioner": row.id, "hours": row.hours, "urgent": row.urgent}
        for row in session.scalars(active)
    ]
    dated = select(CalendarDay).where(CalendarDay.day.between(first, last))
    span = whole_days(first, last, clinic.time_zone)
    blocks = select(Block).where(Block.start < span.end, Block.end > span.start)
    return {
        "weeks": weeks,
        "days": list(session.scalars(dated.order_by(CalendarDay.day, CalendarDay.id))),
        "blocks": list(session.scalars(blocks.order_by(Block.start, Block.id))),
    }


@dataclass(slots=True)
class _Changes:
    """Of one practitioner, or of the clinic."""

    blocks: list[TimeRange] = field(default_factory=list)
    dated: dict[date, tuple[Span, ...]] = field(default_factory=dict)


def _read(session: Session, version: int) -> Schedule:
    changes: dict[str | None, _Changes] = defaultdict(_Changes)
    for block in session.scalars(select(Block).order_by(Block.start)):
        changes[block.practitioner_id].blocks.append(TimeRange(block.start, block.end))
    for row in session.scalars(select(CalendarDay)):
        changes[row.practitioner_id].dated[row.day] = read_spans(row.spans)
    resources: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for room in session.scalars(select(Resource).where(Resource.is_active).order_by(Resource.id)):
        resources[room.kind] += (room.id,)
    active = select(Practitioner).where(Practitioner.is_active)
    people = session.scalars(active.order_by(Practitioner.name, Practitioner.id))
    special = {
        day: (spans[0][0], spans[-1][1]) for day, spans in changes[None].dated.items() if spans
    }
    return Schedule(
        version=version,
        people={row.id: _person(row, changes[row.id]) for row in people},
        resources=dict(resources),
        special=special,
        blocks=tuple(changes[None].blocks),
    )


def _person(row: Practitioner, changes: _Changes) -> Person:
    calendar = Calendar(
        offered=frozenset(row.visit_types),
        working=read_hours(row.hours),
        dated=changes.dated,
        urgent=read_starts(row.urgent),
        urgent_minutes=row.minutes.get(URGENT, 0),
        blocks=tuple(changes.blocks),
    )
    return Person(
        id=row.id,
        name=row.name,
        specialty=row.specialty,
        visit_types=tuple(row.visit_types),
        minutes=row.minutes,
        lanes=row.lanes,
        calendar=calendar,
    )
