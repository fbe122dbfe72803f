"""Stolen alone, intake's database identifies nobody; and what somebody answered turns up nowhere
but in the answer to them."""

import io
import logging
from dataclasses import fields
from typing import Any

from sqlalchemy import inspect, text
from werkzeug.test import Client

from shared.events import intake
from shared.events.codec import EVENTS, _sealed_names
from shared.logs import JsonFormatter
from shared.service import Service
from tests.intake.builders import SUBMISSIONS, make_body, make_key, staff_headers, submit
from tests.intake.walk import walk

# Every column in clear: ids made here or by scheduling, instants, a count, what kind of thing it
# is. `sealed` and `answer` are encrypted, `body` has its personal fields sealed, `key` and
# `fingerprint` are chosen by a program or keyed hashes.
ALLOWED = {
    "submissions": {
        "id", "created_at", "status", "appointment", "patient", "visit_at", "visit_version",
        "details_completed_at", "sealed",
    },
    "detail_sections": {"id", "submission", "section", "version", "saved_at", "sealed"},
    "audit": {"id", "at", "actor", "action", "subject", "sealed"},
    "level_changes": {"id", "submission", "number", "at", "staff", "role", "sealed"},
    "callbacks": {"id", "requested_at", "sealed"},
    "outbox": {
        "sequence", "event_id", "type", "body", "recorded_at", "lease_until", "published_at",
    },
    "inbox": {"event_id", "received_at"},
    "parked": {"id", "type", "body", "reason", "attempts", "parked_at", "retry_at"},
    "idempotency_keys": {"scope", "key", "fingerprint", "answer", "created_at"},
    "rate_limits": {"key", "ends_at", "count"},
    "revoked_sessions": {"session", "until"},
    "intake_version": {"version_num"},
}  # fmt: skip

# Each is what one person answered, in a form that nothing else would write.
CANARIES = (
    "saddle_numbness", "cancer_history", "fever_chills", "low_back", "wrist_hand", "1983-07-19",
    "Quetzalcoatl", "5035550177", "quetzal@example.com", "Because of the quetzal", "EMERGENCY",
    "SAME_DAY", "URGENT_2BD",
)  # fmt: skip


def columns(service: Service) -> dict[str, set[str]]:
    look = inspect(service.database.engine)
    return {
        table: {column["name"] for column in look.get_columns(table)}
        for table in look.get_table_names()
    }


def test_intakes_database_has_no_column_that_could_name_somebody(service: Service) -> None:
    """A new table or column is added here after asking whether it could tell who somebody is."""
    found = columns(service)
    assert found == ALLOWED


def do_everything(client: Client, service: Service) -> list[str]:
    """All that patients and staff do with answers; the addresses that were asked for."""
    asked: list[str] = []

    def post(path: str, body: dict[str, Any], **headers: str) -> Any:
        asked.append(path)
        return client.post(path, json=body, headers=headers).get_json()

    born = {"date_of_birth": "1983-07-19"}
    submit(client, symptoms=["saddle_numbness"], flags=["cancer_history"], **born)
    made = submit(client, region="wrist_hand", side="left", symptoms=["fever_chills"]).get_json()
    caller = {"name": "Quetzalcoatl", "phone": "5035550177", "email": "quetzal@example.com"}
    address = f"{SUBMISSIONS}/{made['id']}"
    post(f"{address}/callback", {"callback": made["callback"], **caller})
    lower = {"level": "ROUTINE", "reason": "Because of the quetzal"}
    post(f"{address}/level", lower, **staff_headers(service, "clinician"))
    post(f"{address}/level", lower)
    wrong = make_body(symptoms=["Quetzalcoatl"], **born)
    post(SUBMISSIONS, wrong, **{"Idempotency-Key": make_key()})
    for role in ("clinician", "front_desk", "admin"):
        client.get(address, headers=staff_headers(service, role))
    seen, end = walk(client, signs_5="fever_chills", signs_end=[], flags="cancer_history")
    asked += [*seen, end]
    response = client.post("/intake/callback", data=caller)
    asked.append(response.headers["Location"])
    return asked


def test_what_was_answered_is_in_no_log_no_address_and_no_table(
    client: Client, service: Service
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        addresses = do_everything(client, service)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    with service.database.read() as session:
        rows = {
            table: str(session.execute(text(f"SELECT * FROM {table}")).all())
            for table in columns(service)
        }
    assert len(rows["outbox"]) > 1000  # something was told, so there was something to leak
    for canary in CANARIES:
        assert canary not in stream.getvalue()
        assert canary not in " ".join(addresses)
        assert [table for table in rows if canary in rows[table]] == []


def test_no_event_of_intake_has_a_field_in_clear_but_ids_and_instants() -> None:
    clear = {
        name.name
        for event in EVENTS.values()
        if event.__module__ == intake.__name__
        for name in fields(event)
        if name.name not in _sealed_names(event)
    }
    assert clear == {"submission", "appointment", "callback", "requested_at"}
