"""A patient with a plain browser: what they arrive with, what they type, what they press."""

import re
from datetime import timedelta

from werkzeug.test import Client, TestResponse

from shared.service import Service

CLAIMS = {
    "submission": "8a8c8f6e-0000-4000-8000-000000000001",
    "urgency": "ROUTINE",
    "visit_type": "NP",
    "specialty": "spine",
    "latest_day": None,
    "date_of_birth": "1980-03-27",
    "language": "en",
    "for_whom": "me",
}
DETAILS = {
    "given_name": "Ann",
    "family_name": "O'Brien-Núñez",
    "phone": "503 555 0123",
    "may_leave_message": "yes",
    "email": "ann@example.com",
    "support": "none",
}
BOOK = "/scheduling/book/"


def bring_handoff(client: Client, service: Service, **changes) -> None:
    expires_at = service.clock.now() + timedelta(minutes=60)
    token = service.statements.seal("handoff", CLAIMS | changes, expires_at=expires_at)
    client.set_cookie("handoff", token)


def slots_on(page: TestResponse) -> list[str]:
    return re.findall(r'name="slot"[^>]* value="([^"]+)"', page.text)


def choose(client: Client, number: int = 0) -> TestResponse:
    slot = slots_on(client.get(BOOK))[number]
    return client.post(BOOK, data={"slot": slot})


def tell(client: Client, **changes) -> TestResponse:
    answers = {name: value for name, value in (DETAILS | changes).items() if value is not None}
    return client.post(f"{BOOK}details", data=answers)


def ready_to_book(client: Client, service: Service) -> dict[str, str]:
    """Everything up to the last press; the fields of that press."""
    bring_handoff(client, service)
    choose(client)
    tell(client)
    return {"key": key_on(client.get(f"{BOOK}check")), "privacy_notice": "yes", "email_ok": "yes"}


def press(client: Client, fields: dict[str, str]) -> TestResponse:
    return client.post(f"{BOOK}check", data=fields)


def key_on(page: TestResponse) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found
    return found[1]
