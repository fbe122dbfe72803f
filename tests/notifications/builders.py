"""Letters, clinics and events to test with: plain functions, every field can be given."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from services.notifications.domain.content import Content, Letter
from services.notifications.domain.kinds import PLANNED
from services.notifications.domain.samples import sample_letter
from services.notifications.handlers import HANDLERS
from services.notifications.jobs import Sender
from services.notifications.mailer import OutgoingMail
from services.notifications.models import Message
from services.notifications.queries import conservation_faults
from shared.clinic import Clinic
from shared.events import codec, scheduling
from shared.events.intake import CallbackRequested
from shared.events.notifications import DeliveryFailed
from shared.events.scheduling import AppointmentBooked
from shared.service import Service
from shared.settings import ROOT
from shared.staff import StaffMember, sign
from shared.tables import outbox

APPOINTMENT = "22222222-2222-4222-8222-222222222222"
MESSAGE = "11111111-1111-4111-8111-111111111111"
NINE_ON_TUESDAY = datetime(2027, 3, 16, 16, tzinfo=UTC)  # 9:00am in Portland
MONDAY_AT_TEN = datetime(2027, 3, 1, 18, tzinfo=UTC)
PUBLIC_URL = "https://clinic.example"
LETTERHEAD = {"from": "OSM <visits@osm.example>"}

MAIL = OutgoingMail(
    id="m1",
    sender="visits@osm.example",
    recipient="ann@example.com",
    content=b"Subject: x\r\n\r\n.\r\n..two\r\nend\r\n",
)


def make_clinic(**mail: Any) -> Clinic:
    clinic = Clinic.load(ROOT / "shared" / "clinic.toml")
    return replace(clinic, raw={**clinic.raw, "mail": LETTERHEAD | mail})


def make_content(**changes: Any) -> Content:
    content = Content(
        address="ann@example.com",
        given_name="Ann",
        start=NINE_ON_TUESDAY,
        end=NINE_ON_TUESDAY + timedelta(minutes=30),
        practitioner="Dr. Demo Alder",
        manage_url="https://clinic.example/scheduling/l/Zm9vYmFyYmF6cXV4",
        reference="7F3K2M",
    )
    return replace(content, **changes)


def make_letter(**changes: Any) -> Letter:
    letter = Letter(
        id=MESSAGE,
        subject=APPOINTMENT,
        appointment=APPOINTMENT,
        version=1,
        kind="confirmation",
        language="en",
        message_id=f"<{MESSAGE}@clinic.example>",
        dated_at=MONDAY_AT_TEN,
        content=make_content(),
    )
    return replace(letter, **changes)


def make_sample(name: str, language: str = "en", **changes: Any) -> Letter:
    """A letter of any kind, from the samples of the preview page."""
    zone = make_clinic().time_zone
    letter = sample_letter(
        name, language, zone=zone, public_url=PUBLIC_URL, mail_domain="clinic.example"
    )
    assert letter is not None
    return replace(letter, **changes)


def make_booked(**changes: Any) -> AppointmentBooked:
    event = AppointmentBooked(
        appointment=APPOINTMENT,
        version=1,
        submission="33333333-3333-4333-8333-333333333333",
        patient="44444444-4444-4444-8444-444444444444",
        start=NINE_ON_TUESDAY,
        end=NINE_ON_TUESDAY + timedelta(minutes=30),
        booked_by="patient",
        safety_check="done",
        notify=True,
        reference="7F3K2M",
        urgency="ROUTINE",
        visit_type="NP",
        practitioner="Dr. Demo Alder",
        given_name="Ann",
        email="ann@example.com",
        language="en",
        manage_url="http://localhost/scheduling/l/Zm9vYmFyYmF6cXV4",
    )
    return replace(event, **changes)


def make_changed(event: type[Any], **changes: Any) -> Any:
    """A later event about the same visit, by the patient unless told otherwise."""
    booked = make_booked()
    facts = {one.name: getattr(booked, one.name) for one in fields(scheduling.Visit)}
    return event(**facts | {"version": 2, "changed_by": "patient"} | changes)


def make_moved(**changes: Any) -> Any:
    """To Thursday at 10:15am."""
    start = datetime(2027, 3, 18, 17, 15, tzinfo=UTC)
    moved = {
        "start": start,
        "end": start + timedelta(minutes=30),
        "previous_start": NINE_ON_TUESDAY,
        "cause": "request",
    }
    return make_changed(scheduling.AppointmentRescheduled, **moved | changes)


def make_cancelled(**changes: Any) -> Any:
    facts = {"by": "patient", "cause": "request"}
    return make_changed(scheduling.AppointmentCancelled, **facts | changes)


def make_status(status: str, **changes: Any) -> Any:
    facts = {"status": status, "previous_status": "booked"}
    return make_changed(scheduling.AppointmentStatusChanged, **facts | changes)


def make_contact_changed(**changes: Any) -> Any:
    return make_changed(scheduling.ContactChanged, **changes)


OFFER = "55555555-5555-4555-8555-555555555555"


def make_offer(event: type[Any], **changes: Any) -> Any:
    """An earlier time on Friday at 1:30pm."""
    start = datetime(2027, 3, 12, 21, 30, tzinfo=UTC)
    facts = {
        "offer": OFFER,
        "entry": "66666666-6666-4666-8666-666666666666",
        "appointment": APPOINTMENT,
        "start": start,
        "current_start": NINE_ON_TUESDAY,
        "notify": True,
        "practitioner": "Dr. Demo Alder",
        "given_name": "Ann",
        "email": "ann@example.com",
        "language": "en",
    }
    more: dict[str, Any] = {"outcome": "gone"}
    if event is scheduling.WaitlistOffered:
        more = {
            "end": start + timedelta(minutes=30),
            "expires_at": MONDAY_AT_TEN + timedelta(minutes=30),
            "offer_url": "http://localhost/scheduling/l/b2ZmZXI",
        }
    return event(**facts | more | changes)


def make_callback(**changes: Any) -> CallbackRequested:
    event = CallbackRequested(
        callback="77777777-7777-4777-8777-777777777777",
        submission="33333333-3333-4333-8333-333333333333",
        requested_at=MONDAY_AT_TEN,
        reference="7F3K",
        urgency="SAME_DAY",
        name="Ann Example",
        phone="+15035550123",
        email="ann@example.com",
        language="en",
    )
    return replace(event, **changes)


def failures_of(service: Service) -> list[DeliveryFailed]:
    """What the desk was told, as the outbox holds it."""
    ring = service.secrets.keyring("events")
    with service.database.read() as session:
        bodies = session.scalars(
            select(outbox.c.body)
            .where(outbox.c.type == DeliveryFailed.TYPE)
            .order_by(outbox.c.sequence)
        )
        return [codec.decode(body, keyring=ring).event for body in bodies]


def books_of(service: Service) -> list[str]:
    """What does not add up."""
    with service.database.read() as session:
        return conservation_faults(session)


def handle(service: Service, event: Any) -> None:
    """As the worker does it: one transaction, the clinic's clock."""
    with service.database.write() as session:
        HANDLERS[event.TYPE](session, event, service.clock.now())


def rows_of(service: Service, *, planned: bool = False) -> list[Message]:
    """What was said about changes, or the reminders and nudges that a visit brings along."""
    with service.database.read() as session:
        of_kind = Message.kind.in_(PLANNED) if planned else Message.kind.not_in(PLANNED)
        order = Message.created_at, Message.version, Message.due_at, Message.copy
        return list(session.scalars(select(Message).where(of_kind).order_by(*order)))


def row_of(service: Service) -> Message:
    (row,) = rows_of(service)
    return row


def change_row(service: Service, **values: Any) -> None:
    """Put every row but the planned ones into a state that is hard to reach."""
    with service.database.write() as session:
        session.execute(update(Message).where(Message.kind.not_in(PLANNED)).values(values))


def staff_token(service: Service, role: str) -> str:
    """As scheduling signs it."""
    member = StaffMember(id="s1", name="Demo Desk", role=role, session="session-1")
    expires_at = service.clock.now() + timedelta(minutes=5)
    return sign(service.secrets.staff_private(), member, expires_at=expires_at)


def send(service: Service) -> None:
    """A fresh sender: no pause is left from before."""
    Sender()(service)
