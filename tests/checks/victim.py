"""Processes that die where they are told to: relay, consumer and senders of one small house.

A zygote imports everything once and forks a victim for each line it reads: `POINT WHO`. A point is
a place in the code, found by a profiler: the product itself knows nothing of it. Prints how the
victim ended: -9 when it came to its point, 3 when it never did.
"""

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from services.notifications.handlers import HANDLERS
from services.notifications.jobs import JOBS
from shared.messaging import (
    outbox,
    rabbitmq,  # noqa: F401 - before the fork, once for all victims
    sqlite,  # noqa: F401
)
from shared.messaging.worker import Worker
from shared.service import Service
from tests.notifications.builders import make_booked

# File, function, "call" or "return", and the function that must be the caller ("" any); several of
# them are passed one after the other.
Place = tuple[str, str, str, str]
PUBLISH: Place = ("", "publish", "call", "publish_waiting")
POINTS: dict[str, list[Place]] = {
    "CP1 web: before the commit": [("outbox.py", "record", "return", "book")],
    "CP2 web: after the commit": [("victim.py", "answer", "call", "")],
    "CP3 relay: claimed": [PUBLISH],
    "CP4 relay: published, not confirmed": [
        PUBLISH,
        ("blocking_connection.py", "set_value_once", "call", ""),
    ],
    "CP5 relay: confirmed, not marked": [("outbox.py", "mark_published", "call", "")],
    "CP6 consumer: delivered": [("worker.py", "_handle", "call", "")],
    "CP7 consumer: remembered, not committed": [("inbox.py", "first_time", "return", "")],
    "CP8 consumer: committed, not acknowledged": [("worker.py", "_apply", "return", "")],
    "CP9 consumer: acknowledged": [("worker.py", "_handle", "return", "")],
    "CP10 sender: leased": [("jobs.py", "deliver", "call", "")],
    "CP11 sender: after RCPT": [("jobs.py", "_start_data", "call", "")],
    "CP12 sender: data started, not sent": [("smtp.py", "_body", "call", "")],
    "CP13 sender: sent, not answered": [("smtplib.py", "getreply", "call", "_body")],
    "CP14 sender: accepted, not recorded": [("jobs.py", "_record", "call", "")],
}
# The embedded transport has no confirmation of its own: its commit is one.
EMBEDDED = {"CP4 relay: published, not confirmed": [("sqlite.py", "publish", "return", "")]}
# One sender, so that a kill finds one mail on its way and the table can be exact.
ALONE = [job for job in JOBS if job.name not in {"sender-2", "sender-3", "sender-4"}]
PATIENCE = 60.0


class Trap:
    """Kills its process at the last place of a point."""

    def __init__(self, places: list[Place]) -> None:
        self._places = list(places)

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        file, function, when, caller = self._places[0]
        code = frame.f_code
        if code.co_name != function or event != when or not code.co_filename.endswith(file):
            return
        if caller and (frame.f_back is None or frame.f_back.f_code.co_name != caller):
            return
        if len(self._places) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        self._places.pop(0)


def book(service: Service, who: str) -> None:
    now = service.clock.now()
    start = now + timedelta(hours=20)
    visit = make_booked(
        appointment=who, email=f"{who}@example.com", start=start, end=start + timedelta(minutes=30)
    )
    with service.database.write() as session:
        outbox.record(session, visit, now=now)


def answer() -> None:
    """Where the browser would be told."""


def live(point: str, who: str) -> None:
    """Work until killed, or until there is a file called `stop`."""
    scheduling, notifications = Service.start("scheduling"), Service.start("notifications")
    points = POINTS
    if scheduling.settings.events_url.startswith("sqlite"):
        points = POINTS | EMBEDDED
    if point in points:
        trap = Trap(points[point])
        threading.setprofile(trap)
        sys.setprofile(trap)
    Worker(scheduling, {}, ()).start()
    Worker(notifications, HANDLERS, ALONE).start()
    if who != "-":
        book(scheduling, who)
        answer()
    end = time.monotonic() + PATIENCE
    stop = Path(os.environ["CLINIC_DATA"]) / "stop"
    while not stop.exists():
        if time.monotonic() > end and point in points:
            os._exit(3)
        time.sleep(0.05)
    os._exit(0)


def main() -> None:
    for line in sys.stdin:
        point, _, who = line.strip().rpartition(" ")
        child = os.fork()
        if child == 0:
            live(point, who)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
