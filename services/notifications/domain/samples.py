"""Invented letters, one of each sort, to look at: what every mail of this house reads like."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .content import ACCEPTED, Content, Letter

ID = "00000000-0000-4000-8000-000000000000"
# Two samples of one kind where it has two endings.
KIND_OF = {"waitlist_result_gone": "waitlist_result"}


def sample_letter(
    name: str, language: str, *, zone: ZoneInfo, public_url: str, mail_domain: str
) -> Letter | None:
    """None when there is no sample of that name."""
    local = _samples(zone, public_url).get(name)
    if local is None:
        return None
    content, dated_at = local
    return Letter(
        id=ID,
        subject=ID,
        appointment=ID,
        version=1 if name == "confirmation" else 2,
        kind=KIND_OF.get(name, name),
        language=language,
        message_id=f"<{ID}@{mail_domain}>",
        dated_at=dated_at,
        content=content,
    )


def sample_names() -> list[str]:
    return list(_samples(ZoneInfo("UTC"), "https://clinic.example"))


def _samples(zone: ZoneInfo, public_url: str) -> dict[str, tuple[Content, datetime]]:
    """Content, and when the mail is dated."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2027, 3, day, hour, minute, tzinfo=zone).astimezone(UTC)

    nine, sooner, asked = at(16, 9), at(12, 13, 30), at(1, 10, 2)
    visit = Content(
        address="ann@example.com",
        given_name="Ann",
        start=nine,
        end=nine + timedelta(minutes=30),
        practitioner="Dr. Demo Alder",
        reference="7F3K2M",
        manage_url=f"{public_url}/scheduling/l/sample",
        is_intake_open=True,
    )
    moved = replace(
        visit, start=at(18, 10, 15), end=at(18, 10, 45), previous_start=nine, changed_by="patient"
    )
    offer = replace(
        visit,
        start=sooner,
        end=sooner + timedelta(minutes=30),
        current_start=nine,
        expires_at=at(11, 10, 40),
        offer_url=f"{public_url}/scheduling/l/sample",
    )
    accepted = replace(offer, previous_start=nine, outcome=ACCEPTED)
    links = ((nine, f"{public_url}/scheduling/l/sample"),)
    asking = Content(address="ann@example.com", given_name="Ann", received_at=asked)
    alert = Content(address="desk@example.com", received_at=asked, short_reference="7F3K")
    return {
        "confirmation": (visit, asked),
        "rescheduled": (moved, asked),
        "cancelled": (replace(visit, changed_by="patient", by="patient"), asked),
        "cancelled_by_clinic": (replace(visit, changed_by="staff", by="clinic"), asked),
        "reminder_3d": (visit, at(13, 9)),
        "reminder_1d": (replace(visit, is_intake_open=False), at(15, 9)),
        "intake_nudge": (visit, at(2, 10)),
        "waitlist_offer": (offer, at(11, 10, 10)),
        "waitlist_result": (accepted, at(11, 10, 20)),
        "waitlist_result_gone": (replace(offer, outcome="gone"), at(11, 10, 41)),
        "no_show": (visit, at(16, 17)),
        "callback_received": (asking, asked),
        "visit_links": (replace(asking, links=links), asked),
        "staff_alert": (alert, asked),
    }
