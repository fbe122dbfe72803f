"""Plain functions that make what the plumbing's tests need: keys, events, messages, a service."""

import base64
import json
import uuid
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared import keys, tables
from shared.clinic import Clinic
from shared.clock import Clock
from shared.database import Database
from shared.events import codec, intake, notifications, scheduling
from shared.events.intake import SubmissionReceived
from shared.events.scheduling import AppointmentBooked, AttendanceConfirmed, StaffSessionsRevoked
from shared.messaging.outbox import Waiting
from shared.sealing import Keyring
from shared.service import Service
from shared.settings import ROOT, Settings
from shared.statements import Statements

NOW = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
LISTENED = AppointmentBooked.TYPE  # two services listen to it, "notifications" is one
UNHEARD = AttendanceConfirmed.TYPE  # nobody listens to it yet
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


BOOKED = make_booked()
CHANGED = {one.name: getattr(BOOKED, one.name) for one in fields(scheduling.Visit)} | {
    "version": 2,
    "changed_by": "staff",
}
OFFER = {
    "offer": "77f0b9f2-6a0f-4a3b-9a53-0c7c5f0a1d14",
    "entry": "1d3b7b60-9f0c-4a54-8a0e-5b9de1b7c215",
    "appointment": BOOKED.appointment,
    "start": BOOKED.start - timedelta(days=1),
    "current_start": BOOKED.start,
    "notify": True,
    "language": "en",
    **{name: PERSONAL[name] for name in ("practitioner", "given_name", "email")},
}
SAMPLES = (  # one event of each type: those of the golden files
    BOOKED,
    make_revoked(),
    make_received(),
    intake.UrgencyChanged(
        submission=BOOKED.submission, appointment=BOOKED.appointment, urgency="URGENT_2BD"
    ),
    intake.CallbackRequested(
        callback="c1b6f3a0-52c4-4f09-8f0e-94d1d8a0fe16",
        submission=BOOKED.submission,
        reference="7F3K",
        requested_at=NOW,
        urgency="SAME_DAY",
        name="Zsófia Quetzal",
        phone="+15035550123",
        email=None,
        language="es",
    ),
    intake.DetailsCompleted(submission=BOOKED.submission, appointment=BOOKED.appointment),
    scheduling.AppointmentRescheduled(
        **CHANGED, previous_start=BOOKED.start - timedelta(days=1), cause="request"
    ),
    scheduling.AppointmentCancelled(**CHANGED, by="clinic", cause="closure"),
    scheduling.AppointmentStatusChanged(**CHANGED, status="arrived", previous_status="booked"),
    scheduling.ContactChanged(**CHANGED),
    scheduling.PatientMerged(
        patient=BOOKED.patient,
        merged="e3d1c5d2-0a60-4c5c-8d58-2d3f9b1a7e17",
        appointments=(BOOKED.appointment,),
        is_undone=False,
    ),
    scheduling.RemindersStopped(appointment=BOOKED.appointment, is_stopped=True),
    scheduling.AttendanceConfirmed(appointment=BOOKED.appointment, version=2),
    scheduling.WaitlistOffered(
        **OFFER,
        end=OFFER["start"] + timedelta(minutes=30),
        expires_at=NOW + timedelta(minutes=30),
        offer_url="https://clinic.example/scheduling/l/0fferQuetzal",
    ),
    scheduling.WaitlistResolved(**OFFER, outcome="gone"),
    scheduling.VisitLinksRequested(
        request="58a0a5a7-3c4e-47e1-8f3e-1f6a7e0c9d18",
        starts=(BOOKED.start,),
        given_name=PERSONAL["given_name"],
        email=PERSONAL["email"],
        language="es",
        manage_urls=(PERSONAL["manage_url"],),
    ),
    notifications.DeliveryFailed(
        subject=BOOKED.appointment,
        version=1,
        kind="confirmation",
        reason="refused",
        message="9b2c6a1e-0f4d-4a9b-8a57-6e1d0c3f2b19",
        appointment=BOOKED.appointment,
    ),
)


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
