"""Answers, keys and staff for the tests of intake."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from services.intake.models import IntakeSubmission
from services.intake.queries import submission
from shared.service import Service
from shared.staff import StaffMember, sign

SUBMISSIONS = "/intake/api/v1/submissions"


def make_body(**changes: Any) -> dict[str, Any]:
    """Low-back pain for three weeks, worst 6: an ordinary new patient."""
    usual: dict[str, Any] = {
        "for_whom": "me",
        "date_of_birth": "1980-03-27",
        "seen_in_last_3_years": "no",
        "visit_reason": None,
        "surgery_date": None,
        "region": "low_back",
        "side": "na",
        "onset_days": 21,
        "mechanism": "none",
        "symptoms": [],
        "unsure": [],
        "flags": [],
        "pain": {"worst": 6, "now": 4},
        "language": "en",
    }
    return usual | changes


def make_key() -> str:
    return secrets.token_urlsafe(24)


def submit(client: Client, key: str | None = None, **changes: Any) -> TestResponse:
    headers = {"Idempotency-Key": key or make_key()}
    return client.post(SUBMISSIONS, json=make_body(**changes), headers=headers)


def staff_headers(service: Service, role: str) -> dict[str, str]:
    member = StaffMember(id="s1", name="Demo Person", role=role, session=f"session-{role}")
    expires_at = service.clock.now() + timedelta(hours=1)
    token = sign(service.secrets.staff_private(), member, expires_at=expires_at)
    return {"Authorization": f"Bearer {token}"}


def count(service: Service, table: Any) -> int:
    with service.database.read() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def kept(service: Service) -> dict[str, Any]:
    """The document of the only submission."""
    with service.database.read() as session:
        [row] = session.execute(select(IntakeSubmission)).scalars()
        return submission(session, row.id)[1]
