"""crash: kill -9 of everything in a booking storm; nothing answered is lost, no mail is missing.

CHECK_SIZE is the number of kills (2).
"""

import itertools
import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

import pytest

from tests.checks.rig import Rig, eventually, new_key

KILLS = int(os.environ.get("CHECK_SIZE", "2"))
CLIENTS = 6
STORM = 4.0  # seconds at least between kills
ENOUGH = 12  # bookings at least, also on a slow machine

pytestmark = pytest.mark.timeout(120 + KILLS * 60)


def test_after_kill_9_every_answered_booking_exists_and_is_confirmed(rig: Rig) -> None:
    rig.start()
    token = rig.token()
    free = iter(rig.slots())
    answered: dict[str, str] = {}
    for _ in range(KILLS):
        _storm(rig, free, answered)
        rig.start()
    assert len(answered) >= ENOUGH * KILLS

    listed = {item["id"] for item in rig.all("scheduling", rig.everything(), token)}
    assert set(answered) <= listed

    _let_everything_be_sent(rig, token, owed=set(answered))
    messages = {
        item["appointment"]: item
        for item in rig.all("notifications", "/api/v1/messages?kind=confirmation", token)
    }
    copies = Counter(str(mail["Clinic-Message"]) for mail in rig.sink.parsed())
    identities = {(str(m["Clinic-Message"]), str(m["Message-ID"])) for m in rig.sink.parsed()}
    for appointment in listed & set(messages):
        message = messages[appointment]
        assert message["state"] == "sent", message
        assert 1 <= copies[message["id"]] <= (2 if message["ambiguous_at"] else 1), message
    assert set(answered) <= set(messages)
    assert len(identities) == len(copies), "a second copy has a Message-ID of its own"
    assert "in order" in rig.run("integrity")
    print(
        f"{len(answered)} bookings answered, {KILLS} kills, {sum(copies.values())} mails,"
        f" {sum(1 for c in copies.values() if c > 1)} second copies"
    )


def _storm(rig: Rig, free: Any, answered: dict[str, str]) -> None:
    """Book until the processes are killed under the clients."""
    over = threading.Event()
    lock = threading.Lock()
    number = itertools.count()
    enough = len(answered) + ENOUGH

    def client(_: int) -> None:
        while not over.is_set():
            with lock:
                slot = next(free)["slot"]
            try:
                booked = rig.book(
                    slot,
                    key=new_key(),
                    handoff=rig.handoff(),
                    email=f"patient{next(number)}@example.com",
                )
            except (OSError, ValueError, HTTPException):
                return  # killed in the middle: nobody was told anything
            if booked.status == 201:
                answered[booked.body["id"]] = booked.body["reference"]

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client, n) for n in range(CLIENTS)]
        try:
            time.sleep(STORM)
            eventually(lambda: len(answered) >= enough, within=60)
        finally:
            rig.kill()
            over.set()
        for future in running:
            future.result()


def _let_everything_be_sent(rig: Rig, token: str, *, owed: set[str]) -> None:
    """Leases end by real time (10 to 30 s), the wait after an ambiguous end by the clinic's
    clock."""

    def messages() -> list[dict[str, Any]]:
        return list(rig.all("notifications", "/api/v1/messages?kind=confirmation", token))

    def all_tried() -> bool:
        found = messages()
        told = {item["appointment"] for item in found}
        return owed <= told and {item["state"] for item in found} <= {"sent", "ambiguous"}

    eventually(all_tried, within=90)
    rig.advance(minutes=11)
    eventually(lambda: {item["state"] for item in messages()} == {"sent"}, within=60)
