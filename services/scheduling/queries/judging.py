"""Questions about one start: may it be booked, and why not."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.clinic import Clinic

from ..domain.availability import Wish, judge
from ..domain.codes import SlotName
from ..domain.errors import NotBookable, SlotTaken
from ..domain.handoff import Asker, Handoff, Wanted
from ..domain.reasons import Reason
from ..domain.start import Start
from ..domain.time import wall_time, whole_days
from ..models import Hold
from .calendars import calendars, practitioner
from .rules import rules_for, visit_type

LOST_RACE = {Reason.HELD, Reason.TAKEN}


def wanted(
    session: Session, clinic: Clinic, slot: SlotName, *, asker: Asker, now: datetime
) -> Wanted:
    """The slot, when there is such a kind of visit and such a practitioner, and the asker may
    have that kind at all."""
    kind = visit_type(clinic, slot.visit_type)
    asker.check(kind)
    practitioner(session, slot.practitioner)
    return Wanted(slot, kind, asker, now)


def explain(
    session: Session,
    clinic: Clinic,
    start: Start,
    *,
    wish: Wish,
    practitioner_id: str | None,
    own_hold: Hold | None = None,
) -> tuple[Reason, ...]:
    """Why a start is not offered; empty when it is. Without a practitioner: clinic-wide only."""
    # Today stands in for a start that cannot be read; the practitioner must still exist.
    day = (start.local or wall_time(wish.now, clinic.time_zone)).date()
    rules = rules_for(clinic, day, day)
    if practitioner_id is None:
        return judge(rules, wish, start)
    person = practitioner(session, practitioner_id)
    span = whole_days(day, day, rules.zone)
    loaded = calendars(session, [person], span, now=wish.now, own_hold=own_hold)
    return judge(rules, wish, start, calendar=loaded[person.id])


def check_slot(
    session: Session,
    clinic: Clinic,
    wanted: Wanted,
    *,
    own_hold: Hold | None,
    ignore_claims: bool = False,
) -> None:
    """Raise SlotTaken or NotBookable unless the asker may have the slot.

    Somebody else's claim alone is a lost race; anything more is a time that never was free.
    """
    start = Start.at(wanted.slot.start, clinic.time_zone)
    wish, person = wanted.asker.wish(wanted.kind, wanted.now), wanted.slot.practitioner
    reasons = explain(session, clinic, start, wish=wish, practitioner_id=person, own_hold=own_hold)
    if ignore_claims:
        reasons = tuple(reason for reason in reasons if reason not in LOST_RACE)
    if reasons and LOST_RACE.issuperset(reasons):
        raise SlotTaken(wanted)
    if reasons:
        raise NotBookable(reasons)


def hold_of(session: Session, handoff: Handoff | None) -> Hold | None:
    """The visitor's hold, expired or not."""
    if handoff is None:
        return None
    return session.scalar(select(Hold).where(Hold.submission_id == handoff.submission))
