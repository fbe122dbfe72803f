"""Practitioners from the clinic file, and a demo week of invented patients with their answers."""

import contextlib
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from random import Random

from services.intake.domain.answers import Answers
from services.intake.operations import submit_answers
from services.scheduling import operations, queries
from services.scheduling.domain.codes import SlotName
from services.scheduling.domain.errors import SchedulingError
from services.scheduling.domain.handoff import Asker
from services.scheduling.queries import Search
from shared.service import Service
from shared.settings import SettingsError
from shared.staff import StaffMember

DAYS = 5  # working days that get demo visits
VISITS = 4  # of the sixteen or so that fit into a practitioner's day
DEMO = StaffMember(id="demo", name="Demo", role="admin", session="demo")
GIVEN = ("Testa", "Demo", "Sample", "Fiona", "Invented", "Example", "Mocka", "Trial")
FAMILY = ("Fake-Fir", "Not-A-Person", "Demoson", "Samplewood", "Testerly", "O'Invented-Núñez")
COMPLAINTS = {
    "spine": ("low_back", "na"),
    "sports": ("shoulder", "left"),
    "joint_replacement": ("knee", "right"),
    "foot_ankle": ("foot_ankle", "left"),
    "general": ("wrist_hand", "right"),
}


def seed(*, demo: bool) -> str:
    """Safe to repeat: a day that has visits already is left alone."""
    scheduling, intake = Service.start("scheduling"), Service.start("intake")
    with contextlib.closing(scheduling), contextlib.closing(intake):
        if demo and not scheduling.settings.is_demo:
            raise SettingsError("CLINIC_ENV=production takes no demo data; use --no-demo.")
        with scheduling.database.write() as session:
            count = operations.seed_practitioners(session, scheduling.clinic)
        visits = _demo_week(scheduling, intake) if demo else 0
    return f"{count} practitioners, {visits} new demo visits."


def _demo_week(scheduling: Service, intake: Service) -> int:
    visits = 0
    with scheduling.database.read() as session:
        people = [(one.id, one.specialty) for one in queries.practitioners(session)]
    for day in islice(_working_days(scheduling), DAYS):
        with scheduling.database.read() as session:
            if queries.appointments(session, scheduling, first=day, last=day):
                continue
        for practitioner, specialty in people:
            random = Random(f"{practitioner} {day}")  # noqa: S311 - demo data, the same each time
            for slot in _times(scheduling, practitioner, day, random):
                visits += _book(scheduling, intake, slot, specialty, random)
    return visits


def _working_days(service: Service) -> Iterator[date]:
    clinic = service.clinic
    day = service.clock.now().astimezone(clinic.time_zone).date()
    closed = clinic.closed_dates(day, day + timedelta(days=60))
    while True:
        if day.weekday() in clinic.opening and day not in closed:
            yield day
        day += timedelta(days=1)


def _times(service: Service, practitioner: str, day: date, random: Random) -> list[SlotName]:
    staff = Asker(channel="staff")
    search = Search(visit_type="NP", first=day, last=day, practitioner=practitioner, asker=staff)
    with service.database.read() as session:
        found = list(queries.open_slots(session, service.clinic, search, now=service.clock.now()))
    apart = found[:: random.choice((2, 3))]  # half-hour visits start on the quarter hour
    chosen = random.sample(apart, min(VISITS, len(apart) // 2))
    return [SlotName.read(slot.slot) for slot in chosen]


def _book(
    scheduling: Service, intake: Service, slot: SlotName, specialty: str, random: Random
) -> bool:
    """One invented patient, through the same operations as a real one. Nobody gets a mail."""
    now = scheduling.clock.now()
    region, side = COMPLAINTS[specialty]
    answers = Answers(
        for_whom="me",
        date_of_birth=date(1950, 1, 1) + timedelta(days=random.randint(0, 9000)),
        seen_in_last_3_years="no",
        region=region,
        side=side,
        onset_days=random.randint(90, 400),
        mechanism="none",
        pain_worst=random.randint(2, 6),
        pain_now=2,
    )
    with intake.database.write() as session:
        key = secrets.token_urlsafe(24)
        answer = submit_answers(session, answers, key=key, service=intake, now=now)
    booking = operations.Booking(
        slot=slot,
        handoff=queries.read_handoff(scheduling.statements, answer["handoff"], now=now),
        patient={"given_name": random.choice(GIVEN), "family_name": random.choice(FAMILY)},
        contact={"email": None, "phone": "+15035550123", "may_leave_message": True},
        staff=DEMO,
        notify=False,
    )
    try:
        with scheduling.database.write() as session:
            operations.book_appointment(session, scheduling, booking, now=now)
    except SchedulingError:
        return False  # somebody was faster, or two demo times touch
    return True
