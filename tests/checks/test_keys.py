"""keys: each Idempotency-Key sent eight times at once, some by clients that hang up; one booking.

CHECK_SIZE is the number of keys (8).
"""

import json
import os
import socket
from collections import Counter
from typing import Any

import pytest

from tests.checks.rig import Answer, Rig, at_once, new_key

KEYS = int(os.environ.get("CHECK_SIZE", "8"))
COPIES = 8

pytestmark = pytest.mark.timeout(300 + KEYS * 2)


def test_a_key_books_once_whatever_happens_to_its_connections(running: Rig) -> None:
    slots = running.slots(limit=500)[50:]
    statuses: Counter[int] = Counter()
    booked: dict[str, str] = {}
    for number in range(KEYS):
        name, key = f"Key Patient {number}", new_key()
        body = _body(running, slots[(number * 3) % len(slots)]["slot"], name)

        def send(copy: int, body: Any = body, key: str = key) -> Answer | None:
            if copy % 2:
                _send_and_hang_up(running, body, key)
                return None
            return _post(running, body, key)

        answers = [one for one in at_once(COPIES, send) if one is not None]
        statuses.update(answer.status for answer in answers)
        last = _post(running, body, key)
        if last.status == 409 and last.body["code"] == "slot_taken":
            continue  # another key's visit overlaps: then none of the copies may have booked
        assert last.status == 201, last
        ids = {answer.body["id"] for answer in [*answers, last] if answer.status == 201}
        assert ids == {last.body["id"]}
        booked[name] = last.body["id"]
        other = _post(running, {**body, "language": "es"}, key)
        assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert len(booked) > KEYS // 2
    assert set(statuses) <= {201, 409}, statuses
    listed = running.all("scheduling", running.everything(), running.token())
    names = Counter(visit["patient"]["given_name"] for visit in listed)
    assert {name: names[name] for name in booked} == dict.fromkeys(booked, 1)
    assert sum(count for name, count in names.items() if name.startswith("Key Patient")) == len(
        booked
    )
    print(f"\n{KEYS} keys, {COPIES} copies each: {len(booked)} booked, answers {dict(statuses)}")


def _body(rig: Rig, slot: str, name: str) -> dict[str, Any]:
    return {
        "slot": slot,
        "handoff": rig.handoff(),
        "patient": {"given_name": name, "family_name": "Lee"},
        "contact": {"email": None, "phone": "(503) 555-0123"},
        "consents": {"privacy_notice": True},
    }


def _post(rig: Rig, body: dict[str, Any], key: str) -> Answer:
    return rig.call("scheduling", "POST", "/api/v1/appointments", body, key=key)


def _send_and_hang_up(rig: Rig, body: dict[str, Any], key: str) -> None:
    """The whole request is out; nobody waits for the answer."""
    port = rig.port + (1 if rig.full else 0)
    content = json.dumps(body).encode()
    head = (
        "POST /scheduling/api/v1/appointments HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{rig.port}\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + content)
