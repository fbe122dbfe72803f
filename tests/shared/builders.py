"""Plain functions that make what the plumbing's tests need: keys, events, messages, a service."""

import base64
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared import keys, tables
from shared.clinic import Clinic
from shared.clock import Clock
from shared.database import Database
from shared.events import codec
from shared.events.intake import SubmissionReceived
from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.messaging.outbox import Waiting
from shared.sealing import Keyring
from shared.service import Service
from shared.settings import ROOT, Settings
from shared.statements import Statements

NOW = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
LISTENED = AppointmentBooked.TYPE  # two services listen to it, "notifications" is one
UNHEARD = SubmissionReceived.TYPE  # nobody listens to it yet
PERSONAL = {
    "given_name": "Zsófia-Quetzal",
    "email": "zsofia.quetzal@example.com",
    "reference": "QZX7KD",
    "manage_url": "https://clinic.example/scheduling/l/t0kenQuetzal",
    "practitioner": "Dr. Wolfeschlegel",
}


def make_keyring(active: str = "k1", *others: str) -> Keyring:
    """Keys that follow from their ids, so that two keyrings agree about `k1`."""
    named = {name: name.encode().ljust(32, b"\7") for name in (active, *others)}
    return Keyring(active, named)


def make_booked(**changes: Any) -> AppointmentBooked:
    booked = AppointmentBooked(
        appointment="0b1f6a52-7a0f-4f0e-9d55-2f6f2a3c9e10",
        version=1,
        submission="3c0b9a4e-54f6-4c6e-8f3b-6d2b0f6c1a11",
        patient="a7f3f1f0-2f4e-4a4c-bb1a-0c8d5e7f9b12",
        start=datetime(2027, 3, 2, 16, 0, tzinfo=UTC),
        end=datetime(2027, 3, 2, 16, 30, tzinfo=UTC),
        booked_by="patient",
        safety_check="done",
        notify=True,
        urgency="ROUTINE",
        visit_type="NP",
        language="en",
        **PERSONAL,
    )
    return replace(booked, **changes)


def make_revoked(**changes: Any) -> StaffSessionsRevoked:
    revoked = StaffSessionsRevoked(
        staff="5d2e8c1b-9a34-4f0d-8f77-1b2c3d4e5f13",
        sessions=("s-1", "s-2"),
        until=NOW + timedelta(minutes=5),
    )
    return replace(revoked, **changes)


def make_received(**changes: Any) -> SubmissionReceived:
    received = SubmissionReceived(
        submission="3c0b9a4e-54f6-4c6e-8f3b-6d2b0f6c1a11", urgency="ROUTINE", visit_type="NP"
    )
    return replace(received, **changes)


def make_waiting(type_: str = LISTENED, body: bytes = b"{}", event_id: str = "") -> Waiting:
    return Waiting(event_id or str(uuid.uuid4()), type_, body)


def make_message(event: Any, service: Service, *, event_id: str = "") -> Waiting:
    """An event as the outbox of any service would hand it to the relay."""
    event_id = event_id or str(uuid.uuid4())
    ring = service.secrets.keyring("events")
    return Waiting(
        event_id, event.TYPE, codec.encode(event, event_id=event_id, now=NOW, keyring=ring)
    )


def changed(message: Waiting, **fields: Any) -> bytes:
    """The message's JSON with other top-level fields; `data={…}` is merged into its data."""
    document = json.loads(message.body)
    document["data"] |= fields.pop("data", {})
    return json.dumps(document | fields).encode()


def make_plumbed_service(name: str, *, database_url: str, events_url: str, data: Path) -> Service:
    """A service with the plumbing tables and nothing else: no models, no migrations."""
    environ = {
        "CLINIC_DATA": str(data),
        "EVENTS_URL": events_url,
        f"{name.upper()}_DATABASE_URL": database_url,
    }
    settings = Settings.from_env(name, environ)
    secrets = keys.load(data / "secrets", may_create=True)
    database = Database(database_url, {"keys": secrets.service_keys(name)})
    tables.metadata.create_all(database.engine)
    return Service(
        name=name,
        settings=settings,
        clock=Clock(),
        database=database,
        clinic=Clinic.load(ROOT / "shared" / "clinic.toml"),
        secrets=secrets,
        statements=Statements(secrets.keyring("statements")),
    )


def random_key() -> str:
    return base64.b64encode(uuid.uuid4().bytes * 2).decode()
