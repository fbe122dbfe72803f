"""`./clinic integrity`: the claim ledger, and nothing lost between a change and its mail."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.notifications.queries import (
    conservation_faults,
    holds,
    message_faults,
    message_notes,
)
from services.scheduling.queries import buffer_breaches, ledger_faults
from shared.clock import real_now
from shared.messaging.topology import LISTENERS
from shared.service import Service
from shared.tables import inbox, outbox, parked
from suite.services import start_all

ON_THE_WAY = timedelta(minutes=10)  # longer than any honest delay


def check() -> tuple[list[str], list[str]]:
    """(faults, notes): what is wrong, and what a person may want to know."""
    services = {service.name: service for service in start_all()}
    try:
        scheduling = services["scheduling"]
        with scheduling.database.read() as session:
            now = scheduling.clock.now()
            faults = ledger_faults(session, now)
            notes = buffer_breaches(session, now, scheduling.clinic.time_zone)
        undelivered, owed = _messages(services["notifications"])
        faults, notes = faults + undelivered, notes + owed
        handled = {name: _seen(service) for name, service in services.items()}
        for service in services.values():
            found, waiting = _events(service, handled)
            faults += found
            notes += [f"{service.name}: {waiting} events are on their way."] if waiting else []
            notes += _parked(service)
        return faults, notes
    finally:
        for service in services.values():
            service.close()


def _messages(notifications: Service) -> tuple[list[str], list[str]]:
    with notifications.database.read() as session:
        now, held = notifications.clock.now(), holds(session)
        faults = message_faults(session, now, is_held=bool(held)) + conservation_faults(session)
        notes = [f"Reminders are held: {one.reason}" for one in held]
        return faults, notes + message_notes(session)


def _events(service: Service, handled: dict[str, set[str]]) -> tuple[list[str], int]:
    """Each event is published, and each service that listens has handled or parked it."""
    faults: list[str] = []
    on_the_way = 0
    with service.database.read() as session:
        rows = session.execute(select(outbox)).all()
    for row in rows:
        missing = _missing_at(row, handled)
        if not missing:
            continue
        since = row.published_at or row.recorded_at
        now = real_now() if row.published_at else service.clock.now()
        if now - since < ON_THE_WAY:
            on_the_way += 1
        else:
            faults.append(f"Event {row.event_id} ({row.type}) never reached {missing}.")
    return faults, on_the_way


def _missing_at(row: Any, handled: dict[str, set[str]]) -> str:
    if row.published_at is None:
        return "the transport"
    listeners = LISTENERS.get(row.type, ())
    return ", ".join(name for name in listeners if row.event_id not in handled[name])


def _seen(service: Service) -> set[str]:
    """Ids of handled events and of parked ones, whose id stands in their JSON."""
    with service.database.read() as session:
        seen = set(session.scalars(select(inbox.c.event_id)))
        bodies = session.scalars(select(parked.c.body))
        return seen | {_id_in(body) for body in bodies}


def _id_in(body: bytes) -> str:
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _parked(service: Service) -> list[str]:
    with service.database.read() as session:
        count = len(session.execute(select(parked.c.id)).all())
    return [f"{service.name}: {count} messages are parked (clinic parking list)."] if count else []
