"""Clients that do everything to a few times of one day at once, and write down what they were
told. What they were told is compared with what is there afterwards (Jepsen's way)."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from typing import Any

from tests.checks.rig import Answer, Rig, new_key

ACTIVE = {"booked", "arrived", "checked-in", "fulfilled"}
SURE_REFUSALS = {400, 404, 409, 410, 412, 422, 428, 429}


@dataclass
class Told:
    """One booking attempt: its name is the patient's, so that it is found again."""

    name: str
    key: str
    overbooks: bool
    id: str | None = None  # None: refused, or nobody knows


@dataclass
class Storm:
    rig: Rig
    token: str
    slots: list[dict[str, Any]]  # few, so that everybody is in everybody's way
    seed: int
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    bookings: dict[str, Told] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)  # the newest told, by id
    perhaps_overbooked: set[str] = field(default_factory=set)
    holds: list[str] = field(default_factory=list)
    attempts: int = 0
    lost: int = 0  # requests whose answer never came
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def rage(
        self, clients: int, *, attempts: int, enough: int, meanwhile: Callable[[], None]
    ) -> None:
        """Until so many attempts were made and, on a slow machine too, so many bookings and so
        many changes succeeded; `meanwhile` is called again and again."""

        def is_enough() -> bool:
            done = min(self.answers[200], self.answers[201])
            return self.attempts >= attempts and done > enough

        with ThreadPoolExecutor(clients) as pool:
            running = [pool.submit(self._client, number, is_enough) for number in range(clients)]
            try:
                while not all(one.done() for one in running):
                    meanwhile()
            finally:
                self._over.set()
            for one in running:
                one.result()

    def _client(self, number: int, is_enough: Callable[[], bool]) -> None:
        random = Random(f"{self.seed}/{number}")
        acts = [self.book, self.book, self.book_online, self.overbook, self.hold, self.extend]
        acts += [self.release, self.move, self.move, self.move, self.cancel, self.undo, self.undo]
        while not is_enough() and not self._over.is_set():
            with self._lock:
                self.attempts += 1
            random.choice(acts)(random)

    # -- what clients do ---------------------------------------------------------------------

    def book(self, random: Random, *, reason: str | None = None) -> None:
        slot = random.choice(self.slots)
        told = self._new("Desk", overbooks=reason is not None)
        body = {
            "practitioner": slot["practitioner"]["id"],
            "visit_type": "NP",
            "start": slot["start"],
            **_who(told.name),
            "overbook_reason": reason,
        }
        self._book(random, told, body, token=self.token)

    def overbook(self, random: Random) -> None:
        self.book(random, reason="the patient is in pain")

    def book_online(self, random: Random) -> None:
        try:
            handoff = self.rig.handoff()
        except (OSError, HTTPException, ValueError, AssertionError):
            return  # intake is being started again: nothing was asked of scheduling
        told = self._new("Online", overbooks=False)
        consents = {"privacy_notice": True, "email_ok": True}
        slot = random.choice(self.slots)["slot"]
        body = {"slot": slot, "handoff": handoff, "consents": consents, **_who(told.name)}
        self._book(random, told, body, token="")

    def hold(self, random: Random) -> None:
        try:
            handoff = self.rig.handoff()
        except (OSError, HTTPException, ValueError, AssertionError):
            return
        body = {"slot": random.choice(self.slots)["slot"], "handoff": handoff}
        answer = self._ask("POST", "/holds", body)
        if answer and answer.status == 201:
            self.holds.append(answer.body["hold"])

    def extend(self, random: Random) -> None:
        if self.holds:
            self._ask("POST", f"/holds/{random.choice(self.holds)}/extend")

    def release(self, random: Random) -> None:
        if self.holds:
            self._ask("DELETE", f"/holds/{random.choice(self.holds)}")

    def move(self, random: Random) -> None:
        slot = random.choice(self.slots)
        body: dict[str, Any] = {"start": slot["start"], "practitioner": slot["practitioner"]["id"]}
        overbooks = random.random() < 0.1
        if overbooks:
            body["overbook_reason"] = "the patient is in pain"
        self._change(random, "move", body, overbooks=overbooks)

    def cancel(self, random: Random) -> None:
        self._change(random, "cancel", {"by": "patient", "reason": "no time"})

    def undo(self, random: Random) -> None:
        self._change(random, "undo", {})

    # -- how they do it ----------------------------------------------------------------------

    def _new(self, kind: str, *, overbooks: bool) -> Told:
        told = Told(f"{kind} Patient {next(self._numbers)}", new_key(), overbooks)
        with self._lock:
            self.bookings[told.name] = told
        return told

    def _book(self, random: Random, told: Told, body: dict[str, Any], *, token: str) -> None:
        """Sent again with the same key when no answer came, and sometimes when one did."""
        again = 1 + (random.random() < 0.2)
        while again > 0 and not self._over.is_set():
            answer = self._ask("POST", "/appointments", body, token=token, key=told.key)
            if answer is None or answer.status == 503:
                time.sleep(0.2)
                continue
            again -= 1
            if answer.status == 201:
                if told.id not in (None, answer.body["id"]):
                    self.wrong.append(f"{told.name}: one key booked twice")
                told.id = answer.body["id"]
                self._remember(answer.body)
            elif told.id is not None:
                self.wrong.append(f"{told.name}: booked, and then {answer.status}")

    def _change(
        self, random: Random, verb: str, body: dict[str, Any], *, overbooks: bool = False
    ) -> None:
        with self._lock:
            known = list(self.versions.values())
        if not known:
            return
        visit = random.choice(known)
        if overbooks:
            self.perhaps_overbooked.add(visit["id"])
        path = f"/appointments/{visit['id']}/{verb}"
        seen = str(visit["version"])
        answer = self._ask("POST", path, body, token=self.token, seen=seen)
        if answer and answer.status == 200:
            self._remember(answer.body)
        elif answer and answer.status == 412:
            path = f"/appointments/{visit['id']}"
            found = self._ask("GET", path, token=self.token)
            if found and found.status == 200:
                self._remember(found.body)

    def _remember(self, visit: dict[str, Any]) -> None:
        with self._lock:
            known = self.versions.get(visit["id"])
            if known is None or known["version"] < visit["version"]:
                self.versions[visit["id"]] = visit

    def _ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer | None:
        try:
            answer = self.rig.call("scheduling", method, f"/api/v1{path}", body, **headers)
        except (OSError, HTTPException, ValueError):
            self.lost += 1
            return None
        self.answers[answer.status] += 1
        is_known = answer.status < 300 or answer.status in SURE_REFUSALS | {503}
        if not is_known:
            self.wrong.append(f"{method} {path.split('/')[1]}: {answer.status} {answer.body}")
        return answer

    # -- what must be true -------------------------------------------------------------------

    def verdict(self, listed: list[dict[str, Any]]) -> list[str]:
        """Every way in which what is there differs from what clients were told."""
        by_id = {visit["id"]: visit for visit in listed}
        names = Counter(visit["patient"]["given_name"] for visit in listed)
        faults = list(self.wrong)
        faults += [f"{name} has {count} visits" for name, count in names.items() if count > 1]
        faults += [f"{name} asked for nothing" for name in names if name not in self.bookings]
        for told in self.bookings.values():
            if told.id and told.id not in by_id:
                faults.append(f"{told.name} was booked and is not there")
        for visit in self.versions.values():
            faults += _lost_change(visit, by_id.get(visit["id"]))
        return faults + self._overlaps(listed)

    def _overlaps(self, listed: list[dict[str, Any]]) -> list[str]:
        """Two at once only where staff wanted it so, and never three."""
        active = [visit for visit in listed if visit["status"] in ACTIVE]
        by_name = {name for name, told in self.bookings.items() if told.overbooks}
        overbooked = {visit["id"] for visit in active if visit["patient"]["given_name"] in by_name}
        wanted = self.perhaps_overbooked | overbooked
        faults = []
        for one, other in itertools.combinations(active, 2):
            if _at_once(one, other) and not wanted & {one["id"], other["id"]}:
                faults.append(f"{one['id']} and {other['id']} are at once, and nobody wanted it")
        for visit in active:
            start = {**visit, "end": visit["start"]}
            if sum(_covers(other, start) for other in active) > 2:
                faults.append(f"more than two at the start of {visit['id']}")
        return faults


def _who(name: str) -> dict[str, Any]:
    contact = {"email": None, "phone": "(503) 555-0123"}
    patient = {"given_name": name, "family_name": "Storm", "date_of_birth": "1980-03-27"}
    return {"patient": patient, "contact": contact}


def _lost_change(told: dict[str, Any], found: dict[str, Any] | None) -> list[str]:
    if found is None or found["version"] < told["version"]:
        return [f"version {told['version']} of {told['id']} was answered and is lost"]
    same = ("status", "start", "end", "practitioner")
    if found["version"] == told["version"] and any(found[one] != told[one] for one in same):
        return [f"version {told['version']} of {told['id']} is not as it was answered"]
    return []


def _at_once(one: dict[str, Any], other: dict[str, Any]) -> bool:
    is_same = one["practitioner"]["id"] == other["practitioner"]["id"]
    return is_same and one["start"] < other["end"] and other["start"] < one["end"]


def _covers(visit: dict[str, Any], point: dict[str, Any]) -> bool:
    is_same = visit["practitioner"]["id"] == point["practitioner"]["id"]
    return bool(is_same and visit["start"] <= point["start"] < visit["end"])
