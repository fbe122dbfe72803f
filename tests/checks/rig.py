"""The whole suite as real processes on a data folder of its own, and a client that books.

`Rig(folder)` is the embedded mode, `Rig(folder, full=...)` web and worker processes of each
service on PostgreSQL and RabbitMQ. Loopback only; every process is ended by its own group id.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

from tests.checks.sink import Sink

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "scheduling", "notifications")
START_WITHIN = 60


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Rig:
    folder: Path
    port: int
    sink: Sink
    environ: dict[str, str] = field(default_factory=dict)
    full: bool = False
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    commands: dict[int, tuple[str, ...]] = field(default_factory=dict)  # by process id
    clock: Path = field(init=False)

    def __post_init__(self) -> None:
        self.clock = self.folder / "clock"
        self.set_clock(datetime.now(UTC))
        inherited = dict(os.environ)
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # six processes compile the same files
        self.environ = {
            **inherited,
            "CLINIC_DATA": str(self.folder / "var"),
            "CLINIC_CLOCK_FILE": str(self.clock),
            "CLINIC_LIMITS": "off",
            "MAIL_URL": self.sink.url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            **self.environ,
        }

    # -- processes ---------------------------------------------------------------------------

    def start(self) -> None:
        """Everything that was migrated and seeded before keeps its data."""
        if self.full:
            self.run("migrate")
            self.run("seed")
            for number, name in enumerate(SERVICES):
                self._spawn("serve", name, "--port", str(self.port + number))
                self._spawn("worker", name)
        else:
            self._spawn("up", "--port", str(self.port))
        self._wait_until_ready()

    def kill(self) -> None:
        """`kill -9` of every process at once, as when the power goes."""
        self._end(signal.SIGKILL)

    def stop(self) -> list[int]:
        """SIGTERM, and the exit codes."""
        return self._end(signal.SIGTERM)

    def kill_one(self, random: Random) -> str:
        """`kill -9` of one process, with or without its children; which one. `mend` follows."""
        process = random.choice(self.processes)
        name = " ".join(self.commands[process.pid])
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        numbers = children.read_text().split() if children.exists() else []
        if numbers and random.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(int(random.choice(numbers)), signal.SIGKILL)
            return f"a child of {name}"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        return name

    def mend(self) -> None:
        """Start again what has ended, and wait until all is ready."""
        for process in list(self.processes):
            if process.poll() is not None:
                self.processes.remove(process)
                self._spawn(*self.commands.pop(process.pid))
        self._wait_until_ready()

    def end(self) -> None:
        """Whatever still runs."""
        if self.processes:
            self.kill()

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "suite", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _spawn(self, *arguments: str) -> None:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "suite", *arguments],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        self.commands[process.pid] = arguments

    def _end(self, number: int) -> list[int]:
        for process in self.processes:
            if number == signal.SIGKILL:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        codes = [process.wait(timeout=30) for process in self.processes]
        self.processes.clear()
        return codes

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_WITHIN
        for name in SERVICES:
            while True:
                try:
                    if self.call(name, "GET", "/readyz").status == 200:
                        break
                except (OSError, HTTPException):
                    pass
                assert time.monotonic() < end, (self.folder / "log").read_text()[-3000:]
                time.sleep(0.1)

    # -- clock -------------------------------------------------------------------------------

    def set_clock(self, instant: datetime) -> None:
        draft = self.clock.with_suffix(".new")
        draft.write_text(instant.isoformat())
        draft.replace(self.clock)

    def advance(self, **duration: float) -> None:
        now = datetime.fromisoformat(self.clock.read_text())
        self.set_clock(now + timedelta(**duration))

    # -- the API -----------------------------------------------------------------------------

    def call(
        self, service: str, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        """One request; `token=…`, `key=…` and `seen=…` (a version) become the usual headers."""
        port = self.port + (SERVICES.index(service) if self.full else 0)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{service}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"} if body is not None else {},
        )
        if token := headers.get("token"):
            request.add_header("Authorization", f"Bearer {token}")
        if key := headers.get("key"):
            request.add_header("Idempotency-Key", key)
        if seen := headers.get("seen"):
            request.add_header("If-Match", f'"{seen}"')
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)

    def handoff(self, **answers: Any) -> str:
        submission = self.call(
            "intake", "POST", "/api/v1/submissions", LOW_BACK | answers, key=new_key()
        )
        assert submission.status == 201, submission
        handoff: str = submission.body["handoff"]
        return handoff

    def slots(self, *, limit: int = 500, visit_type: str = "NP") -> list[dict[str, Any]]:
        today = datetime.fromisoformat(self.clock.read_text()).date()
        path = f"/api/v1/slots?visit_type={visit_type}&from={today}"
        path += f"&to={today + timedelta(days=61)}&limit={limit}"
        found: list[dict[str, Any]] = self.call("scheduling", "GET", path).body["items"]
        return found

    def book(self, slot: str, *, key: str, handoff: str, email: str | None) -> Answer:
        body = {
            "slot": slot,
            "handoff": handoff,
            "patient": {"given_name": "Ann", "family_name": "O'Brien-Núñez"},
            "contact": {"email": email, "phone": "(503) 555-0123", "may_leave_message": True},
            "booker": None,
            "language": "en",
            "support": "none",
            "consents": {"privacy_notice": True, "email_ok": True, "earlier_time": False},
        }
        return self.call("scheduling", "POST", "/api/v1/appointments", body, key=key)

    def token(self, role: str = "clinician") -> str:
        made = self.run("token", "create", "--name", f"rig-{role}", "--role", role)
        return made.splitlines()[-1]

    def all(self, service: str, path: str, token: str) -> Iterator[dict[str, Any]]:
        """Every item of a paged list."""
        cursor = ""
        while True:
            page = self.call(service, "GET", path + cursor, token=token)
            assert page.status == 200, page
            yield from page.body["items"]
            if not page.body.get("next"):
                return
            cursor = f"{'&' if '?' in path else '?'}cursor={page.body['next']}"

    def everything(self) -> str:
        """The list of all visits from the clock's day on."""
        first = self.clock.read_text()[:10]
        return f"/api/v1/appointments?from={first}&to={int(first[:4]) + 1}{first[4:]}"


LOW_BACK = {
    "for_whom": "me",
    "date_of_birth": "1980-03-27",
    "seen_in_last_3_years": "no",
    "visit_reason": "new_problem",
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


def new_key() -> str:
    return secrets.token_urlsafe(18)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(0)` … `work(count - 1)` in threads that start together."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def eventually(check: Callable[[], Any], *, within: float = 30) -> Any:
    """The first true result of `check`; fails after `within` seconds."""
    end = time.monotonic() + within
    while True:
        if result := check():
            return result
        assert time.monotonic() < end, f"not within {within} s: {check}"
        time.sleep(0.1)


def _answer(response: Any) -> Answer:
    raw = response.read()
    kind = response.headers.get("Content-Type", "")
    body = json.loads(raw) if "json" in kind and raw else raw.decode()
    return Answer(response.status, body, dict(response.headers))
