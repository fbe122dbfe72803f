"""What is occupied, as bitmaps: one per resource and day, kept per process as long as the day's
version stands and no hold in it runs out. Whoever reads checks the versions in the database;
booking never looks here."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.bitmap import Occupied, Patterns, Window, window_of
from ..domain.time import CELL_SECONDS, days_between, whole_days
from ..models import ResourceDay, ScheduleVersion
from .calendars import occupied

ALWAYS = datetime.max.replace(tzinfo=UTC)
MOST_DAYS = 40_000  # of all resources; a clinic of eight for ten years, or of 800 for two months
NOTHING = Occupied()

Key = tuple[str, date]


@dataclass(frozen=True, slots=True, eq=False)
class DayOf:
    """One resource's day, as of a version; `until` the first of its holds runs out."""

    version: int
    since: datetime
    until: datetime
    occupied: Occupied

    def stands(self, version: int, now: datetime) -> bool:
        return self.version == version and self.since <= now < self.until


@dataclass(slots=True, eq=False)
class Memory:
    """What one process remembers of one database. Entries are never changed, only replaced."""

    days: dict[Key, DayOf] = field(default_factory=dict)
    patterns: Patterns = field(default_factory=Patterns)
    free: dict[Any, Any] = field(default_factory=dict)


_memories: "WeakKeyDictionary[Any, Memory]" = WeakKeyDictionary()  # by pool: one per database


def memory_of(engine: sa.Engine) -> Memory:
    found = _memories.get(engine.pool)
    if found is None:
        found = _memories.setdefault(engine.pool, Memory())
    return found


_VERSION = sa.select(ScheduleVersion.version).scalar_subquery()
_BUMPS = sa.func.coalesce(sa.func.sum(ResourceDay.version), 0)
_WITHIN = ResourceDay.day.between(sa.bindparam("first"), sa.bindparam("last"))
_ANYBODY = sa.select(_VERSION, sa.select(_BUMPS).where(_WITHIN).scalar_subquery())
_SOMEBODY = sa.select(
    _VERSION,
    sa.select(_BUMPS)
    .where(_WITHIN, ResourceDay.resource.in_(sa.bindparam("resources", expanding=True)))
    .scalar_subquery(),
)


def stamp(
    connection: sa.Connection | Session, first: date, last: date, resources: Sequence[str] | None
) -> tuple[int, int]:
    """Schedule version, and how often these days were changed: versions only ever grow, so the
    same sum means the same days. None: all resources."""
    values: dict[str, Any] = {"first": first, "last": last}
    if resources is not None:
        values["resources"] = resources
    row = connection.execute(_ANYBODY if resources is None else _SOMEBODY, values).one()
    return row[0] or 0, int(row[1])


def load(
    session: Session,
    clinic: Clinic,
    resources: Sequence[str],
    days: tuple[date, date],
    *,
    now: datetime,
) -> Mapping[Key, DayOf]:
    """All days from first to last of these resources: remembered ones whose version stands, the
    others read in one query. In one snapshot."""
    first, last = days
    known, versions = memory_of(session.get_bind().engine).days, _versions(session, resources, days)
    found: dict[Key, DayOf] = {}
    missing: list[Key] = []
    for day in days_between(first, last):
        for resource in resources:
            key = resource, day
            one = known.get(key)
            if one and one.stands(versions.get(key, 0), now):
                found[key] = one
            else:
                missing.append(key)
    if missing:
        read = dict(read_days(session, clinic, missing, versions, now=now))
        if len(known) + len(read) > MOST_DAYS:
            known.clear()
        known.update(read)
        found |= read
    return found


def _versions(
    session: Session, resources: Sequence[str], days: tuple[date, date]
) -> dict[Key, int]:
    columns = ResourceDay.resource, ResourceDay.day, ResourceDay.version
    found = sa.select(*columns).where(ResourceDay.day.between(*days))
    if len(resources) < 50:
        found = found.where(ResourceDay.resource.in_(resources))
    return {(resource, day): version for resource, day, version in session.execute(found)}


def read_days(
    session: Session,
    clinic: Clinic,
    missing: Sequence[Key],
    versions: Mapping[Key, int],
    *,
    now: datetime,
    own: str = "",
) -> Iterator[tuple[Key, DayOf]]:
    """Afresh from the claims, without those of one's `own` hold."""
    zone = clinic.time_zone
    wanted: dict[str, list[date]] = defaultdict(list)
    for resource, day in missing:
        wanted[resource].append(day)
    first, last = min(day for _, day in missing), max(day for _, day in missing)
    taken: dict[Key, int] = defaultdict(int)
    around: dict[Key, int] = defaultdict(int)
    until: dict[Key, datetime] = {}
    for one in occupied(session, list(wanted), whole_days(first, last, zone), now=now):
        if one.owner == own:
            continue
        for day, window in _windows_of(one.around, wanted[one.resource], zone):
            key = one.resource, day
            taken[key] |= window.bits(one.cells)
            around[key] |= window.bits(one.around)
            if one.expires_at:
                until[key] = min(until.get(key, ALWAYS), one.expires_at)
    for key in missing:
        bits = Occupied(taken[key], around[key]) if key in around else NOTHING
        yield key, DayOf(versions.get(key, 0), now, until.get(key, ALWAYS), bits)


def _windows_of(cells: range, days: Iterable[date], zone: Any) -> Iterator[tuple[date, Window]]:
    """The wanted days whose window these cells touch: one, or two about midnight."""
    at = datetime.fromtimestamp(cells.start * CELL_SECONDS, zone).date()
    for day in (at - timedelta(days=1), at, at + timedelta(days=1)):
        window = window_of(day, zone)
        if day in days and window.bits(cells):
            yield day, window
