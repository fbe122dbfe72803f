"""Proof of the claim ledger: every visit and hold to come owns exactly its cells."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.time import CELL_SECONDS, TimeRange
from ..models import OCCUPYING, Appointment, Claim, Hold

SINCE = timedelta(hours=24)  # covers the whole of today in every zone; older cells are pruned

Cell = tuple[str, int, int]  # resource, cell, lane
Owner = tuple[str, str]  # "visit" or "hold", id


def ledger_faults(session: Session, now: datetime) -> list[str]:
    """One sentence per fault; an empty list is the proof."""
    first = int((now - SINCE).timestamp()) // CELL_SECONDS
    expected = dict(_expected(session, now, first=first))
    owned = _owned(session, now, first=first)
    faults = list(_overlaps(expected))
    for owner in sorted(expected.keys() | owned.keys()):
        faults += _compared(owner, expected.get(owner), owned[owner])
    return faults


def _expected(session: Session, now: datetime, *, first: int) -> Iterator[tuple[Owner, set[Cell]]]:
    """Whose time has begun or is to come, and the cells of it that are not pruned yet."""
    visits = select(Appointment).where(Appointment.status.in_(OCCUPYING))
    holds = select(Hold).where(Hold.expires_at > now, Hold.end > now)
    for row in session.scalars(visits.where(Appointment.end > now - SINCE)):
        cells = TimeRange(row.start, row.end).cells
        yield ("visit", row.id), {(row.practitioner_id, n, row.lane) for n in cells if n >= first}
    for hold in session.scalars(holds):
        cells = TimeRange(hold.start, hold.end).cells
        yield ("hold", hold.id), {(hold.practitioner_id, n, 0) for n in cells}


def _owned(session: Session, now: datetime, *, first: int) -> dict[Owner, set[Cell]]:
    """What the ledger says; claims of expired holds wait to be taken over and prove nothing."""
    owned: dict[Owner, set[Cell]] = defaultdict(set)
    for row in session.scalars(select(Claim).where(Claim.cell >= first)):
        if row.expires_at is None or row.expires_at > now:
            kind = "visit" if row.appointment_id else "hold"
            owner = kind, str(row.appointment_id or row.hold_id)
            owned[owner].add((row.resource, row.cell, row.lane))
    return owned


def _overlaps(expected: dict[Owner, set[Cell]]) -> Iterator[str]:
    first_owner: dict[Cell, Owner] = {}
    for owner, cells in sorted(expected.items()):
        rivals = {first_owner.setdefault(cell, owner) for cell in cells} - {owner}
        for rival in sorted(rivals):
            yield f"{_name(owner)} and {_name(rival)} occupy the same time."


def _compared(owner: Owner, expected: set[Cell] | None, owned: set[Cell]) -> Iterator[str]:
    if expected is None:
        yield f"{_name(owner)} is not active but owns {_described(owned)}."
        return
    if missing := expected - owned:
        yield f"{_name(owner)} does not own {_described(missing)}."
    if foreign := owned - expected:
        yield f"{_name(owner)} also owns {_described(foreign)}."


def _name(owner: Owner) -> str:
    kind, row_id = owner
    return f"{kind.title()} {row_id if kind == 'visit' else row_id[:8] + '…'}"


def _described(cells: set[Cell]) -> str:
    resource, first, lane = min(cells)
    at = datetime.fromtimestamp(first * CELL_SECONDS, UTC)
    return f"{len(cells)} cells of {resource}, lane {lane}, from {at:%Y-%m-%d %H:%M} UTC on"
