"""Builders for scheduling's tests: plain functions with sensible defaults."""

import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.scheduling import operations, queries
from services.scheduling.domain.availability import Calendar, Rules, Wish
from services.scheduling.domain.codes import SlotName
from services.scheduling.domain.errors import SchedulingError
from services.scheduling.domain.handoff import Handoff
from services.scheduling.operations import Actor, Booking, Change, Target
from services.scheduling.queries import Search
from services.scheduling.queries.clinic import rules_for
from shared.clinic import Clinic
from shared.idempotency import KeyInUse
from shared.service import Service
from shared.settings import ROOT
from shared.staff import StaffMember

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2027, 3, 1, 15, 30, tzinfo=UTC)  # Monday 7:30am at the clinic
TUESDAY = date(2027, 3, 2)
ALL_DAY = {weekday: ((time(8), time(16, 30)),) for weekday in range(5)}
EVERY_TYPE = frozenset({"NP", "NPX", "FU", "URG", "WC", "PO", "INJ", "CST"})


@cache
def make_clinic() -> Clinic:
    """The shipped clinic file."""
    return Clinic.load(ROOT / "shared" / "clinic.toml")


def make_rules(first: date = date(2026, 1, 1), last: date = date(2029, 12, 31)) -> Rules:
    return rules_for(make_clinic(), first, last)


def make_calendar(**changes) -> Calendar:
    return Calendar(**{"offered": EVERY_TYPE, "working": ALL_DAY} | changes)


def make_wish(**changes) -> Wish:
    return Wish(**{"minutes": 30, "channel": "patient", "now": NOW, "visit_type": "NP"} | changes)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant, given as wall time at the clinic."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def days_after(day: date, count: int) -> date:
    return day + timedelta(days=count)


def make_handoff(**changes) -> Handoff:
    defaults = {
        "submission": str(uuid.uuid4()),
        "urgency": "ROUTINE",
        "visit_type": "NP",
        "specialty": "spine",
        "latest_day": None,
        "date_of_birth": date(1980, 3, 27),
        "language": "en",
    }
    return Handoff(**defaults | changes)


def make_slot(start: datetime | None = None, **changes) -> SlotName:
    defaults = {"visit_type": "NP", "practitioner": "alder", "start": start or at(TUESDAY, 9)}
    return SlotName(**defaults | changes)


def make_patient(given: str = "Ann", family: str = "O'Brien-Núñez", born: date | None = None):
    return {"given_name": given, "family_name": family, "date_of_birth": born}


def make_booking(**changes) -> Booking:
    """A patient's booking of Tuesday 9:00 with Dr. Alder; `slot=None` with a `hold`."""
    defaults = {
        "slot": make_slot(),
        "handoff": make_handoff(),
        "patient": make_patient(),
        "contact": {
            "email": "ann@example.com",
            "phone": "+15035550123",
            "may_leave_message": True,
        },
        "consents": {"privacy_notice": True, "email_ok": True},
    }
    return Booking(**defaults | changes)


def make_staff(role: str = "front_desk") -> StaffMember:
    return StaffMember("00000000-0000-4000-8000-000000000001", "Demo Desk", role, "session-1")


def make_desk_booking(**changes) -> Booking:
    """By staff, without a safety check."""
    patient = make_patient(born=date(1980, 3, 27))
    defaults = {"handoff": None, "staff": make_staff(), "patient": patient, "consents": {}}
    return make_booking(**defaults | changes)


def claims_of(handoff: Handoff) -> dict:
    """What intake seals."""
    days = {
        "date_of_birth": handoff.date_of_birth.isoformat(),
        "latest_day": handoff.latest_day.isoformat() if handoff.latest_day else None,
    }
    return {name: getattr(handoff, name) for name in Handoff.__slots__} | days


def at_once(count, work):
    """Run `work(n)` in as many threads, all let go together; results and refusals by kind."""
    barrier = threading.Barrier(count)

    def run(number):
        barrier.wait()
        try:
            work(number)
        except (SchedulingError, KeyInUse) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(run, range(count)))


class Desk:
    """A seeded scheduling service: every verb in a transaction of its own."""

    def __init__(self, service: Service, clock) -> None:
        self.service = service
        self.clock = clock
        self.clinic = service.clinic
        self.links = queries.links_of(service)

    def write(self):
        return self.service.database.write()

    def read(self):
        return self.service.database.read()

    def book(self, **changes):
        return self._book(make_booking(**changes))

    def book_as_staff(self, **changes):
        return self._book(make_desk_booking(**changes))

    def _book(self, booking: Booking):
        with self.write() as session:
            now = self.clock.now()
            return operations.book_appointment(session, self.service, booking, now=now)

    def hold(self, slot: SlotName | None = None, *, handoff: Handoff | None = None):
        with self.write() as session:
            return operations.create_hold(
                session,
                self.clinic,
                slot or make_slot(),
                handoff=handoff or make_handoff(),
                now=self.clock.now(),
            )

    def change(self, visit, *, actor=None, versions=None, **more) -> Change:
        """By the desk, whichever version it is, unless told otherwise."""
        actor = actor or Actor.of(make_staff())
        seen = versions and frozenset(versions)
        return Change(visit=visit.id, actor=actor, now=self.clock.now(), versions=seen, **more)

    def step(self, visit, step: str, *, room: str | None = None, **change):
        with self.write() as session:
            wanted = self.change(visit, **change)
            return operations.take_step(session, self.service, wanted, step, room=room)

    def cancel(self, visit, *, by: str = "patient", **change):
        with self.write() as session:
            wanted = self.change(visit, **change)
            return operations.cancel_appointment(session, self.service, wanted, by=by)

    def undo(self, visit, **change):
        with self.write() as session:
            return operations.undo_change(session, self.service, self.change(visit, **change))

    def move(self, visit, start: datetime, practitioner: str | None = None, **more):
        target = {"hold": more.pop("hold", None), "overbook_reason": more.pop("overbook", None)}
        with self.write() as session:
            return operations.move_appointment(
                session,
                self.service,
                self.change(visit, **more),
                target=Target(start=start, practitioner=practitioner, **target),
            )

    def slots(self, first: date, last: date | None = None, **changes):
        search = Search(visit_type="NP", first=first, last=last or first)
        with self.read() as session:
            found = queries.open_slots(
                session, self.clinic, replace(search, **changes), now=self.clock.now()
            )
            return list(found)

    def rows(self, model):
        with self.read() as session:
            return list(session.scalars(select(model)))

    def faults(self) -> list[str]:
        with self.read() as session:
            return queries.ledger_faults(session, self.clock.now())

    def handoff_token(self, handoff: Handoff | None = None, *, minutes: int = 60) -> str:
        claims = claims_of(handoff or make_handoff())
        expires_at = self.clock.now() + timedelta(minutes=minutes)
        return self.service.statements.seal("handoff", claims, expires_at=expires_at)

    def staff_token(self, role: str = "front_desk") -> str:
        with self.write() as session:
            return operations.create_token(
                session,
                name="A program",
                role=role,
                days=90,
                signer=self.service.secrets.staff_private(),
                now=self.clock.now(),
            )
