"""The figures themselves. Each is printed with its limit; all of one ratio come from one run."""

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from services.notifications import mailer, queries
from shared.tables import inbox
from suite.bench.mail import visits
from suite.bench.mail.house import House

REMINDER = "reminder_1d"
FLAT = 1.25  # how much a worker may grow between the first tenth and the end


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` must not exceed the limit, or not fall below it where more is better."""

    name: str
    value: float
    limit: float
    unit: str
    more_is_better: bool = False

    @property
    def is_met(self) -> bool:
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.more_is_better else "<="
        verdict = "ok" if self.is_met else "MISSED"
        value = f"{self.value:.2f}" if self.limit < 10 else f"{self.value:.0f}"
        return f"{self.name:58} {value:>8} {self.unit:8} {sign} {self.limit:g}  {verdict}"


def delay(house: House, *, rate: int, count: int, limits: tuple[float, float]) -> list[Figure]:
    """Commit to accepted; a median limit of 0 is none."""
    if house.kind == "full":
        for name in ("scheduling", "notifications"):
            house.start_worker(name)
        time.sleep(1)
    committed = house.book(rate=rate, count=count)
    accepted = {who: when for when, who in house.wait_for(count, within=600)}
    waits = sorted(1000 * (accepted[who] - when) for who, when in committed.items())
    title = f"{house.kind}, {rate}/s, {count} mails: commit to accepted"
    middle, slow = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    return [
        Figure(f"{title}, p50", middle, limits[0] or limits[1], "ms"),
        Figure(f"{title}, p99", slow, limits[1], "ms"),
    ]


def steady(house: House, *, count: int) -> list[Figure]:
    """One worker against a bare loop that writes the same mails over one connection."""
    bare = _bare_loop(house, count)
    visits.lay_down_messages(house.services["notifications"], "confirmation", count)
    house.start_worker("notifications")
    rate = _rate(house.wait_for(2 * count, within=count / 2 + 60)[count:])
    title = f"{house.kind}, one worker, {count} mails"
    return [
        Figure(f"{title}: steady", rate, 100, "mails/s", more_is_better=True),
        Figure(f"{title}: of a bare loop ({bare:.0f}/s)", rate / bare, 0.5, "", True),
    ]


def _bare_loop(house: House, count: int) -> float:
    notifications = house.services["notifications"]
    with notifications.database.read() as session:
        now = notifications.clock.now()
        rows = [visits.message(session, n, kind="confirmation", now=now) for n in range(count)]
        letters = [queries.letter_of(row, queries.content_of(session, row)) for row in rows]
    settings, clinic = notifications.settings, notifications.clinic
    with closing(mailer.connect(settings.mail_url)) as out:
        for letter in letters:
            out.send(mailer.compose(letter, clinic, settings.public_url), lambda: None)
    return _rate(house.wait_for(count, within=600))


def backlog_of_mails(house: House, *, count: int) -> list[Figure]:
    """Reminders all due at once; half-way somebody books, and is told before the rest."""
    visits.lay_down_messages(house.services["notifications"], REMINDER, count)
    house.start_worker("scheduling")
    worker = house.start_worker("notifications")
    house.wait_for(count // 10, within=600)
    before = _memory(worker)
    house.wait_for(count // 2, within=3600)
    [committed] = visits.book_at_rate(
        house.services["scheduling"], rate=1, count=1, first=count
    ).values()
    found = house.wait_for(count + 1, within=3600)
    told = min(when for when, who in found if who == visits.address_of(count))
    title = f"{house.kind}, backlog of {count} due mails"
    return [
        Figure(f"{title}: drained", _rate(found), 100, "mails/s", more_is_better=True),
        Figure(f"{title}: memory, end to first tenth", _memory(worker) / before, FLAT, ""),
        Figure(f"{title}: a confirmation meanwhile", 1000 * (told - committed), 1000, "ms"),
    ]


def backlog_of_events(house: House, *, count: int) -> list[Figure]:
    """Bookings that waited while the broker was away: handled, and their mails sent meanwhile."""
    visits.lay_down_events(house.services["scheduling"], count)
    workers = [house.start_worker(name) for name in ("scheduling", "notifications")]
    began = time.monotonic()
    _wait_until_handled(house, count // 10)
    memory = [_memory(worker) for worker in workers]
    _wait_until_handled(house, count)
    rate = count / (time.monotonic() - began)
    title = f"{house.kind}, backlog of {count} events"
    return [
        Figure(f"{title}: drained", rate, 100, "events/s", more_is_better=True),
        *(
            Figure(f"{title}: memory of {name}", _memory(worker) / before, FLAT, "")
            for name, worker, before in zip(
                ("its relay", "its consumer"), workers, memory, strict=True
            )
        ),
    ]


def _wait_until_handled(house: House, count: int) -> None:
    end = time.monotonic() + 60 + count / 10
    while True:
        with house.services["notifications"].database.read() as session:
            handled = session.scalar(select(func.count()).select_from(inbox)) or 0
        if handled >= count:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"{handled} of {count} events were handled in time")
        time.sleep(0.2)


def _rate(accepted: list[tuple[float, str]]) -> float:
    moments = sorted(when for when, _ in accepted)
    return (len(moments) - 1) / (moments[-1] - moments[0])


def _memory(process: int) -> int:
    """Resident bytes, as Linux counts them."""
    status = Path(f"/proc/{process}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return 1024 * int(line.split()[1])
