"""Taking time: the one way in which bookings, holds, moves and offers come by their cells.

First lock the days of `places_of`; then `place` asks the engine; once the owner's row exists,
`take` claims, and there the primary key decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.clinic import Clinic

from .. import queries
from ..domain.handoff import Wanted
from . import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a visit or a hold comes to lie: these fields go into its row."""

    lane: int
    resources: list[str]
    buffer_before: int
    buffer_after: int

    def onto(self, row: Any) -> None:
        for name in self.__slots__:
            setattr(row, name, getattr(self, name))


def places_of(session: Session, wanted: Wanted) -> set[ledger.Place]:
    """The practitioner, and every room and piece of equipment that might be chosen."""
    known = queries.schedule(session).resources
    rooms = [one for kind in wanted.kind.needs for one in known.get(kind, ())]
    return {(one, wanted.slot.start) for one in (wanted.slot.practitioner, *rooms)}


def place(
    session: Session,
    clinic: Clinic,
    wanted: Wanted,
    *,
    own: Sequence[str] = (),
    promised_at: datetime | None = None,
    overbooks: bool = False,
) -> Placement:
    """Judge the slot and choose what it needs; the days must be locked.

    `own`: ids of the asker's hold or visit, which do not stand in the way. `promised_at`: when
    the hold was given that kept this very slot until now. An overbooking takes the practitioner's
    next lane; rooms must be free all the same. Raises SlotTaken or NotBookable.
    """
    ignores = overbooks or promised_at is not None
    resources = queries.check_slot(
        session, clinic, wanted, own=own, promised_at=promised_at, ignores_claims=ignores
    )
    lane = 0
    if overbooks:
        person = queries.schedule(session).person(wanted.slot.practitioner)
        lane = ledger.free_lane(session, wanted, lanes=person.lanes)
    before, after = wanted.kind.buffer_before, wanted.kind.buffer_after
    return Placement(lane=lane, resources=resources, buffer_before=before, buffer_after=after)


def take(session: Session, wanted: Wanted, placement: Placement, **owner: Any) -> None:
    """Claim every cell for `appointment_id=`, or for `hold_id=` until `expires_at=`; SlotTaken
    when one of them has an owner already. The owner's row must be in the database."""
    lanes = {wanted.slot.practitioner: placement.lane} | dict.fromkeys(placement.resources, 0)
    ledger.claim(session, wanted, lanes, **owner)


def free(session: Session, appointment_id: str) -> None:
    """A visit gives all its cells back; those of a hold go with the hold's row."""
    ledger.give_back(session, appointment_id)
