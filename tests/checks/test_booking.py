"""booking: a storm of bookings and changes under kill -9; no double booking, nothing answered lost.

CHECK_SIZE is the number of attempts on each of the two kinds of rig (150); the seed is printed.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.checks.cluster import Cluster, cluster
from tests.checks.conftest import _free_ports
from tests.checks.rig import Answer, Rig, at_once, eventually, new_key
from tests.checks.sink import Sink
from tests.checks.storm import ACTIVE, Storm, Told
from tests.servers import missing, rabbit_vhost

ATTEMPTS = int(os.environ.get("CHECK_SIZE", "150"))
SEED = int(os.environ.get("CHECK_SEED", "0")) or int(time.time())
CLIENTS = 16
TIMES = 24
ENOUGH = 3 + ATTEMPTS // 100
BETWEEN_KILLS = 5.0  # seconds in which all is well

pytestmark = pytest.mark.timeout(300 + ATTEMPTS)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Rig]:
    sink = Sink()
    rig = Rig(tmp_path, _free_ports(), sink=sink)
    yield rig
    rig.end()
    sink.close()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[tuple[Rig, Cluster]]:
    """On a PostgreSQL server of its own, which is killed too."""
    sink = Sink()
    rig = Rig(tmp_path, _free_ports(), sink=sink, full=True)
    with cluster() as server, rabbit_vhost() as events:
        if server is None:
            missing("A PostgreSQL server to kill", "initdb and pg_ctl are not installed")
        rig.environ["EVENTS_URL"] = events
        for name in ("intake", "scheduling", "notifications"):
            rig.environ[f"{name.upper()}_DATABASE_URL"] = server.database(name)
        yield rig, server
        rig.end()
    sink.close()


def test_embedded(embedded: Rig) -> None:
    random, killed = Random(SEED), Counter[str]()

    def kill() -> None:
        killed[embedded.kill_one(random)] += 1

    _storm(embedded, kill, killed)


def test_full(full: tuple[Rig, Cluster]) -> None:
    rig, server = full
    random, killed = Random(SEED), Counter[str]()

    def kill() -> None:
        if random.random() < 0.2:
            killed["postmaster"] += 1
            server.kill()
            server.start()
        else:
            killed[rig.kill_one(random)] += 1

    _storm(rig, kill, killed)


def _storm(rig: Rig, kill: Any, killed: Counter[str]) -> None:
    rig.start()
    began = time.monotonic()
    token = rig.token("front_desk")
    storm = Storm(rig, token, _times(rig), SEED)

    def meanwhile() -> None:
        """Time passes for holds and undos too; then something dies and is started again."""
        end = time.monotonic() + BETWEEN_KILLS
        while time.monotonic() < end:
            time.sleep(0.5)
            rig.advance(seconds=20)
        kill()
        rig.mend()

    storm.rage(CLIENTS, attempts=ATTEMPTS, enough=ENOUGH, meanwhile=meanwhile)
    rig.mend()
    listed = [
        visit
        for visit in rig.all("scheduling", rig.everything(), token)
        if visit["patient"]["family_name"] == "Storm"
    ]
    print(
        f"\nseed {SEED}: {storm.attempts} attempts in {time.monotonic() - began:.0f} s,"
        f" {len(listed)} visits, {sum(v['status'] in ACTIVE for v in listed)} active;"
        f" answers {dict(sorted(storm.answers.items()))}, {storm.lost} without;"
        f" killed {dict(killed)}"
    )
    assert storm.verdict(listed) == []
    assert killed, "a storm without a kill proves nothing"
    assert "in order" in rig.run("integrity")


def _times(rig: Rig) -> list[dict[str, Any]]:
    """Neighbouring and overlapping times of a few practitioners on one day in some weeks."""
    first = datetime.fromisoformat(rig.clock.read_text()).date() + timedelta(days=21)
    slots = [slot for slot in _slots_from(rig, first) if slot["start"][:10] >= first.isoformat()]
    day = slots[0]["start"][:10]
    people = sorted({slot["practitioner"]["id"] for slot in slots})[:3]
    return [
        slot
        for slot in slots
        if slot["start"].startswith(day) and slot["practitioner"]["id"] in people
    ][:TIMES]


def _slots_from(rig: Rig, first: Any) -> list[dict[str, Any]]:
    path = f"/api/v1/slots?visit_type=NP&from={first}&to={first + timedelta(days=6)}&limit=500"
    found: list[dict[str, Any]] = rig.call("scheduling", "GET", path).body["items"]
    return found


def test_a_stampede_on_eight_times_never_becomes_a_failure(running: Rig) -> None:
    """Moves in both directions and bookings at once: no deadlock, no 5xx reaches a client."""
    token = running.token("admin")
    eight, visits = [], []
    for slot in _times(running):  # the list's times overlap: eight that do not
        booked = _book(running, token, slot)
        if booked.status == 201:
            eight.append(slot)
            visits.append(booked)
        if len(eight) == 8:
            break

    def act(number: int) -> Answer:
        slot, visit = eight[(number * 3 + 1) % 8], visits[number % 8].body
        if number % 2:
            return _book(running, token, slot)
        body = {"start": slot["start"], "practitioner": slot["practitioner"]["id"]}
        path = f"/api/v1/appointments/{visit['id']}/move"
        return running.call(
            "scheduling", "POST", path, body, token=token, seen=str(visit["version"])
        )

    for _ in range(4):
        answers = at_once(CLIENTS, act)
        assert {answer.status for answer in answers} <= {200, 201, 409, 412}, answers
        visits = [
            running.call("scheduling", "GET", f"/api/v1/appointments/{one.body['id']}", token=token)
            if one.status < 300
            else one
            for one in visits
        ]
        running.advance(seconds=91)
    eventually(lambda: "in order" in running.run("integrity"))


def _book(rig: Rig, token: str, slot: dict[str, Any]) -> Answer:
    body = {
        "practitioner": slot["practitioner"]["id"],
        "visit_type": "NP",
        "start": slot["start"],
        "patient": {"given_name": "Hot", "family_name": "Slot", "date_of_birth": "1980-03-27"},
        "contact": {"email": None, "phone": "(503) 555-0123"},
    }
    return rig.call("scheduling", "POST", "/api/v1/appointments", body, token=token, key=new_key())


def _visit(number: int, start: str, end: str, **more: Any) -> dict[str, Any]:
    """As a list shows it: each is a patient of the storm."""
    who = {"given_name": f"Desk Patient {number}", "family_name": "Storm"}
    same = {"id": f"v{number}", "status": "booked", "version": 1, "practitioner": {"id": "elm"}}
    return (
        same | {"start": f"2027-03-02T{start}", "end": f"2027-03-02T{end}", "patient": who} | more
    )


FIRST, SECOND = _visit(1, "09:00", "09:30"), _visit(2, "09:30", "10:00")


@pytest.mark.parametrize(
    ("found", "named"),
    [
        pytest.param([FIRST, SECOND], "", id="as it was told"),
        pytest.param([FIRST], "is not there", id="an answered booking is lost"),
        pytest.param([FIRST, SECOND, {**SECOND, "id": "v3"}], "has 2 visits", id="booked twice"),
        pytest.param([FIRST, SECOND, _visit(9, "11:00", "11:30")], "asked for", id="unasked for"),
        pytest.param([FIRST, {**SECOND, "start": FIRST["start"]}], "at once", id="two at once"),
        pytest.param(
            [FIRST, {**SECOND, "status": "cancelled"}], "not as it was", id="a lost state"
        ),
        pytest.param([{**FIRST, "version": 0}, SECOND], "and is lost", id="a lost change"),
    ],
)
def test_the_verdict_finds_what_it_is_there_for(found: list[Any], named: str) -> None:
    """Negative controls: a judge who never condemns proves nothing."""
    storm = Storm(rig=None, token="", slots=[], seed=1)  # type: ignore[arg-type]
    for visit in (FIRST, SECOND):
        name = visit["patient"]["given_name"]
        storm.bookings[name] = Told(name, "key", overbooks=False, id=visit["id"])
        storm.versions[visit["id"]] = visit
    faults = storm.verdict(found)
    assert any(named in fault for fault in faults) if named else faults == []
