"""api: every route keeps to its OpenAPI document, whatever is sent (schemathesis, per role).

CHECK_SIZE is the number of well-formed and of broken requests per route and role (3).
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from services.scheduling.operations import seed_practitioners
from shared.service import Service
from shared.staff import ROLES, StaffMember, sign
from tests.conftest import FileClock, MakeClient, MakeService
from tests.fuzz import fuzz, operations_of
from tests.scheduling.build import TUESDAY, Desk, at, make_slot

EXAMPLES = int(os.environ.get("CHECK_SIZE", "3"))
EVERYBODY = [None, *ROLES]
COMPLETE: dict[str, Any] = {
    "patient": {"given_name": "Ann", "family_name": "Lee", "date_of_birth": "1980-03-27"},
    "contact": {"email": "ann@example.com", "phone": "(503) 555-0123"},
    "consents": {"privacy_notice": True, "email_ok": True},
    "booker": None,
    "overbook_reason": None,
}

pytestmark = [
    pytest.mark.timeout(300 + EXAMPLES * 60),
    pytest.mark.parametrize("database_kind", ["sqlite"]),
    pytest.mark.parametrize("role", EVERYBODY),
]


def headers_of(service: Service, role: str | None) -> dict[str, str]:
    if role is None:
        return {}
    member = StaffMember("00000000-0000-4000-8000-000000000001", "Demo Desk", role, "session-1")
    expires_at = service.clock.now() + timedelta(hours=1)
    token = sign(service.secrets.staff_private(), member, expires_at=expires_at)
    return {"Authorization": f"Bearer {token}"}


def keeps_to_its_document(
    client: Client, service: Service, role: str | None, known: Callable[[], dict[str, Any]]
) -> None:
    headers = headers_of(service, role)
    for operation in operations_of(client.application, service.name):
        fuzz(operation, examples=EXAMPLES, headers=headers, known=known)


def test_scheduling(
    make_service: MakeService, make_client: MakeClient, clock: FileClock, role: str | None
) -> None:
    service = make_service("scheduling", CLINIC_LIMITS="off")
    with service.database.write() as session:
        seed_practitioners(session, service.clinic)
    desk = Desk(service, clock)
    visit, hold = desk.book_as_staff(), desk.hold(make_slot(at(TUESDAY, 11)))

    def known() -> dict[str, Any]:
        """Each time another free slot and a fresh safety check."""
        slot = desk.slots(TUESDAY, TUESDAY + timedelta(days=60))[0]
        return {
            "appointment_id": visit.id,
            "hold_id": hold.id,
            "If-Match": "*",
            "slot": slot.slot,
            "start": slot.start.isoformat(),
            "practitioner": slot.practitioner.id,
            "visit_type": slot.visit_type,
            "handoff": desk.handoff_token(),
            **COMPLETE,
        }

    keeps_to_its_document(make_client(service), service, role, known)
    assert desk.faults() == []


def test_intake(make_service: MakeService, make_client: MakeClient, role: str | None) -> None:
    service = make_service("intake", CLINIC_LIMITS="off")
    keeps_to_its_document(make_client(service), service, role, dict)


def test_notifications(
    make_service: MakeService, make_client: MakeClient, role: str | None
) -> None:
    service = make_service("notifications", CLINIC_LIMITS="off")
    keeps_to_its_document(make_client(service), service, role, dict)
