"""Invented visits for the bench: committed one by one at a rate, or laid down as a backlog."""

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.notifications.domain.content import Content
from services.notifications.domain.kinds import turn
from services.notifications.domain.states import State
from services.notifications.models import Debt, Message
from shared.events import codec
from shared.events.scheduling import AppointmentBooked
from shared.messaging import outbox
from shared.sealing import seal_row
from shared.service import Service
from shared.tables import outbox as outbox_table

COLUMNS = [column.name for column in Message.__table__.columns]
AT_ONCE = 500  # rows of a backlog in one transaction


def address_of(number: int) -> str:
    return f"patient{number}@bench.example"


def booked(number: int, now: datetime) -> AppointmentBooked:
    """Tomorrow, so that no reminder is planned besides."""
    start = now.replace(microsecond=0) + timedelta(hours=23)
    return AppointmentBooked(
        appointment=str(uuid.uuid4()),
        version=1,
        submission=str(uuid.uuid4()),
        patient=str(uuid.uuid4()),
        start=start,
        end=start + timedelta(minutes=30),
        booked_by="patient",
        safety_check="done",
        notify=True,
        reference="7F3K2M",
        urgency="ROUTINE",
        visit_type="NP",
        practitioner="Dr. Demo Alder",
        given_name="Testa",
        email=address_of(number),
        language="en",
        manage_url="http://127.0.0.1:8000/scheduling/l/Zm9vYmFyYmF6cXV4",
    )


def book_at_rate(
    scheduling: Service, *, rate: float, count: int, first: int = 0
) -> dict[str, float]:
    """Address to the moment its commit was done; the n-th begins n/rate seconds after the first,
    however long the others took."""
    began, committed = time.monotonic(), {}
    for number in range(count):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        now = scheduling.clock.now()
        with scheduling.database.write() as session:
            outbox.record(session, booked(first + number, now), now=now)
        committed[address_of(first + number)] = time.monotonic()
    return committed


def lay_down_events(scheduling: Service, count: int) -> None:
    """A backlog of bookings in the outbox."""
    now, ring = scheduling.clock.now(), scheduling.secrets.keyring("events")
    for first in range(0, count, AT_ONCE):
        rows = []
        for number in range(first, min(first + AT_ONCE, count)):
            event, event_id = booked(number, now), str(uuid.uuid4())
            body = codec.encode(event, event_id=event_id, now=now, keyring=ring)
            row = {"event_id": event_id, "type": event.TYPE, "body": body, "recorded_at": now}
            rows.append(row)
        with scheduling.database.write() as session:
            session.execute(insert(outbox_table), rows)


def lay_down_messages(notifications: Service, kind: str, count: int) -> None:
    """A backlog of messages that are all due."""
    for first in range(0, count, AT_ONCE):
        with notifications.database.write() as session:
            now = notifications.clock.now()
            numbers = range(first, min(first + AT_ONCE, count))
            rows = [message(session, number, kind=kind, now=now) for number in numbers]
            session.execute(insert(Message), [_values(row) for row in rows])
            session.execute(insert(Debt), [_debt(row) for row in rows])


def message(session: Session, number: int, *, kind: str, now: datetime) -> Message:
    """One that is due now, about a visit of tomorrow."""
    row = Message(
        id=str(uuid.uuid4()),
        subject=str(uuid.uuid4()),
        version=1,
        kind=kind,
        recipient=session.info["keys"].index("recipient", address_of(number)),
        copy=1,
        language="en",
        tells="",
        state=State.QUEUED,
        turn=turn(kind, was_tried=False),
        attempts=0,
        created_at=now,
        due_at=now,
        next_attempt_at=now,
    )
    visit = booked(number, now)
    content = Content(
        address=visit.email or "",
        given_name=visit.given_name,
        start=visit.start,
        end=visit.end,
        practitioner=visit.practitioner,
        reference=visit.reference,
        manage_url=visit.manage_url,
    )
    seal_row(session, row, content.document())
    return row


def _values(row: Message) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def _debt(row: Message) -> dict[str, Any]:
    names = ("subject", "version", "kind")
    return {name: getattr(row, name) for name in names} | {"owed_at": row.created_at}
