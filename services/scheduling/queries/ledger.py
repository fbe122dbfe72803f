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
    since = now - SINCE
    expected = dict(_visits(session, since)) | dict(_holds(session, now))
    owned = _owned(session, since, now=now)
    faults = list(_overlaps(expected))
    for owner in sorted(expected.keys() | owned.keys()):
        faults += _compared(owner, expected.get(owner), owned[owner])
    return faults


def _visits(session: Session, since: datetime) -> Iterator[tuple[Owner, set[Cell]]]:
    active = select(Appointment).where(Appointment.status.in_(OCCUPYING), Appointment.end > since)
    for row in session.scalars(active):
        span = TimeRange(row.start, row.end)
        yield ("visit", row.id), _cells(row.practitioner_id, span, row.lane, since=since)


def _holds(session: Session, now: datetime) -> Iterator[tuple[Owner, set[Cell]]]:
    for row in session.scalars(select(Hold).where(Hold.expires_at > now, Hold.end > now)):
        span = TimeRange(row.start, row.end)
        yield ("hold", row.id), _cells(row.practitioner_id, span, 0, since=now - SINCE)


def _cells(resource: str, span: TimeRange, lane: int, *, since: datetime) -> set[Cell]:
    first = _first_cell(since)
    return {(resource, cell, lane) for cell in span.cells if cell >= first}


def _first_cell(since: datetime) -> int:
    return int(since.timestamp()) // CELL_SECONDS


def _owned(session: Session, since: datetime, *, now: datetime) -> dict[Owner, set[Cell]]:
    """What the ledger says; claims of expired holds wait to be taken over and prove nothing."""
    owned: dict[Owner, set[Cell]] = defaultdict(set)
    for row in session.scalars(select(Claim).where(Claim.cell >= _first_cell(since))):
        if row.expires_at is not None and row.expires_at <= now:
            continue
        owner = ("visit", row.appointment_id) if row.appointment_id else ("hold", str(row.hold_id))
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
