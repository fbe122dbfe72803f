"""Proof of the claim ledger: every visit and hold to come owns exactly its cells, and every visit
has its whole history. Read as columns, for a busy clinic has many."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.life import PATIENT_UNDO, WORDS
from ..domain.time import CELL_SECONDS, TimeRange, wall_time
from ..models import OCCUPYING, Appointment, AppointmentChange, Claim, Hold

SINCE = timedelta(hours=24)  # covers the whole of today in every zone; older cells are pruned
AT_A_TIME = 5000

Cell = tuple[str, int, int]  # resource, cell, lane
Owner = tuple[str, str]  # "visit" or "hold", id
PLACE = ("id", "practitioner_id", "start", "end", "lane", "resources")


@dataclass(slots=True)
class _Books:
    """What rows say that visits and holds occupy, and what else is wrong with these rows."""

    expected: dict[Owner, set[Cell]]
    faults: list[str]


def ledger_faults(session: Session, now: datetime) -> list[str]:
    """One sentence per fault; an empty list is the proof."""
    first = _cell(now - SINCE)
    books = _Books({}, [])
    _read_visits(session, now, books)
    _read_holds(session, now, books)
    expected = {
        owner: {cell for cell in cells if cell[1] >= first}
        for owner, cells in books.expected.items()
    }
    owned = _owned(session, now, first=first)
    faults = [*books.faults, *_overlaps(expected), *_without_history(session, now)]
    for owner in sorted(expected.keys() | owned.keys()):
        faults += _compared(owner, expected.get(owner), owned[owner])
    return faults


def buffer_breaches(session: Session, now: datetime, zone: ZoneInfo) -> list[str]:
    """Visits that follow each other too closely. No fault: staff may have wanted it so."""
    names = ("practitioner_id", "start", "end", "buffer_before", "buffer_after", "reference")
    columns = [getattr(Appointment, name) for name in names]
    found = select(*columns).where(Appointment.status.in_(OCCUPYING), Appointment.end > now)
    notes, last = [], None
    for row in session.execute(found.order_by(Appointment.practitioner_id, Appointment.start)):
        if last and last.practitioner_id == row.practitioner_id:
            needed = timedelta(minutes=max(last.buffer_after, row.buffer_before))
            if timedelta() <= row.start - last.end < needed:
                at = f"{wall_time(row.start, zone):%Y-%m-%d %H:%M}"
                notes.append(
                    f"Visits {last.reference} and {row.reference} ({at}): the pause is too short."
                )
        last = row
    return notes


def _read_visits(session: Session, now: datetime, books: _Books) -> None:
    """Visits whose time is not long over; those that keep their time, with their cells."""
    columns = [getattr(Appointment, name) for name in (*PLACE, "status")]
    coming = select(*columns).where(Appointment.end > now - SINCE).order_by(Appointment.id)
    for row in session.execute(coming.execution_options(yield_per=AT_A_TIME)):
        owner = ("visit", row.id)
        if row.status not in WORDS:
            books.faults.append(f"{_name(owner)} has the unknown status {row.status!r}.")
        if row.start >= row.end:
            books.faults.append(f"{_name(owner)} ends before it starts.")
        if row.status in OCCUPYING:
            books.expected[owner] = _cells(row)


def _read_holds(session: Session, now: datetime, books: _Books) -> None:
    """Holds that count. What is kept for an undo is less what the visit itself has by now."""
    columns = [getattr(Hold, name) for name in (*PLACE, "purpose", "appointment_id", "expires_at")]
    live = select(*columns).where(Hold.expires_at > now, Hold.end > now - SINCE).order_by(Hold.id)
    for row in session.execute(live):
        owner, cells = ("hold", row.id), _cells(row)
        if row.purpose == "undo":
            own = {cell[:2] for cell in books.expected.get(("visit", str(row.appointment_id)), ())}
            cells = {cell for cell in cells if cell[:2] not in own}
            books.faults += _undo_faults(row, now, is_useless=not cells)
        books.expected[owner] = cells


def _undo_faults(row: Any, now: datetime, *, is_useless: bool) -> Iterator[str]:
    name = _name(("hold", row.id))
    if row.appointment_id is None:
        yield f"{name} is for an undo, but of no visit."
    elif is_useless:
        yield f"{name} keeps for an undo what visit {row.appointment_id} has."
    if row.expires_at > now + PATIENT_UNDO:
        yield f"{name} is kept for an undo longer than one can be undone."


def _owned(session: Session, now: datetime, *, first: int) -> dict[Owner, set[Cell]]:
    """What the ledger says; claims of expired holds wait to be taken over and prove nothing."""
    names = ("resource", "cell", "lane", "appointment_id", "hold_id", "expires_at")
    columns = [getattr(Claim, name) for name in names]
    owned: dict[Owner, set[Cell]] = defaultdict(set)
    found = select(*columns).where(Claim.cell >= first)
    for row in session.execute(found.execution_options(yield_per=AT_A_TIME)):
        if row.expires_at is None or row.expires_at > now:
            owner = ("visit", row.appointment_id) if row.appointment_id else ("hold", row.hold_id)
            owned[owner].add((row.resource, row.cell, row.lane))
    return owned


def _without_history(session: Session, now: datetime) -> Iterator[str]:
    """Each version of a visit, from 1 to what it is now, has one row that says how it came."""
    coming = select(Appointment.id, Appointment.version).where(Appointment.end > now - SINCE)
    versions = {row.id: row.version for row in session.execute(coming)}
    told: dict[str, set[int]] = defaultdict(set)
    changes = select(AppointmentChange.appointment_id, AppointmentChange.version)
    changes = changes.join(Appointment, Appointment.id == AppointmentChange.appointment_id)
    for row in session.execute(changes.where(Appointment.end > now - SINCE)):
        told[row.appointment_id].add(row.version)
    for visit, version in sorted(versions.items()):
        if missing := set(range(1, version + 1)) - told[visit]:
            yield f"Visit {visit} has no history of version {min(missing)}."
        if beyond := told[visit] - set(range(1, version + 1)):
            yield f"Visit {visit} is of version {version}, but its history of {max(beyond)}."


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


def _cells(row: Any) -> set[Cell]:
    """Of the practitioner in the row's lane, and of each room and piece of equipment."""
    numbers = TimeRange(row.start, row.end).cells
    places = [(row.practitioner_id, row.lane), *((one, 0) for one in row.resources)]
    return {(resource, number, lane) for resource, lane in places for number in numbers}


def _cell(instant: datetime) -> int:
    return int(instant.timestamp()) // CELL_SECONDS


def _name(owner: Owner) -> str:
    kind, row_id = owner
    return f"{kind.title()} {row_id if kind == 'visit' else row_id[:8] + '…'}"


def _described(cells: set[Cell]) -> str:
    resource, first, lane = min(cells)
    at = datetime.fromtimestamp(first * CELL_SECONDS, UTC)
    return f"{len(cells)} cells of {resource}, lane {lane}, from {at:%Y-%m-%d %H:%M} UTC on"
