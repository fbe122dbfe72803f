"""mail: kill -9 at each of 14 places, broken brokers and mail servers; no mail lost, none too many.

CHECK_SIZE is the number of visits (28: two at each place; by hand more); the races of cancelling
against sending are twice as many.
"""

import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from services.notifications import operations
from services.notifications.models import Message
from services.notifications.queries import conservation_faults
from shared.messaging.outbox import Waiting
from shared.messaging.transport import connect
from shared.sealing import reveal_row
from shared.service import Service
from shared.settings import ROOT
from shared.tables import inbox, outbox, parked
from tests.checks.proxy import Proxy
from tests.checks.rig import eventually
from tests.checks.sink import Sink
from tests.checks.victim import POINTS, book
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import make_content
from tests.notifications.races import all_told, race
from tests.notifications.scripted import ScriptedServer
from tests.shared.builders import LISTENED

SIZE = int(os.environ.get("CHECK_SIZE", "28"))
AGAIN = {"CP13 sender: sent, not answered", "CP14 sender: accepted, not recorded"}
SENDER = [point for point in POINTS if point[:4] in {"CP12", "CP13", "CP14"}]
HOUSES = [("sqlite", "sqlite"), ("postgresql", "rabbitmq")]

pytestmark = [pytest.mark.timeout(300 + SIZE)]
both_houses = pytest.mark.parametrize(
    ("database_kind", "events_url"), HOUSES, indirect=True, ids=["embedded", "full"]
)


@dataclass
class House:
    """Scheduling's outbox, the transport, notifications and a mail server; one process works."""

    scheduling: Service
    notifications: Service
    zygote: "subprocess.Popen[str]"

    def begin(self, point: str = "-", who: str = "-") -> None:
        assert self.zygote.stdin
        self.zygote.stdin.write(f"{point} {who}\n")
        self.zygote.stdin.flush()

    def end(self) -> int:
        assert self.zygote.stdout
        return int(self.zygote.stdout.readline())

    def stop(self) -> None:
        (self.notifications.settings.data / "stop").touch()
        assert self.end() == 0

    def pass_leases(self) -> None:
        """As if half a minute of real time had gone by: what the dead held is free."""
        with self.scheduling.database.write() as session:
            session.execute(text("UPDATE outbox SET lease_until = NULL"))
        with self.notifications.database.write() as session:
            long_ago = {"then": "2000-01-01 00:00:00"}
            held = "UPDATE messages SET lease_until = :then WHERE lease_token IS NOT NULL"
            session.execute(text(held), long_ago)

    def states(self) -> Counter[str]:
        with self.notifications.database.read() as session:
            return Counter(session.scalars(select(Message.state)))

    def count(self, table: object, service: Service) -> int:
        with service.database.read() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def make_house(make_service: MakeService, secrets_file: Path, clock: FileClock) -> Iterator[object]:
    houses: list[House] = []

    def make(events_url: str, mail_url: str) -> House:
        scheduling, notifications = (
            make_service(name, events_url=events_url, MAIL_URL=mail_url)
            for name in ("scheduling", "notifications")
        )
        settings = notifications.settings
        settings.data.mkdir(parents=True, exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"],
            "CLINIC_DATA": str(settings.data),
            "CLINIC_SECRETS_FILE": str(secrets_file),
            "CLINIC_CLOCK_FILE": str(clock.file),
            "PUBLIC_URL": settings.public_url,
            "EVENTS_URL": settings.events_url,
            "MAIL_URL": mail_url,
            "SCHEDULING_DATABASE_URL": scheduling.settings.database_url,
            "NOTIFICATIONS_DATABASE_URL": settings.database_url,
        }
        zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.checks.victim"],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        houses.append(House(scheduling, notifications, zygote))
        return houses[-1]

    yield make
    for house in houses:
        (house.notifications.settings.data / "stop").touch()
        assert house.zygote.stdin
        house.zygote.stdin.close()
        house.zygote.wait(90)
        assert house.zygote.stdout
        house.zygote.stdout.close()


@both_houses
def test_killed_anywhere_nothing_is_lost_and_only_the_table_is_doubled(
    make_house, events_url: str, sink: Sink, clock: FileClock
) -> None:
    house = make_house(events_url, sink.url)
    for number, point in enumerate(POINTS):
        for one in range(SIZE // len(POINTS)):
            book(house.scheduling, f"visit-{number}-{one}")
        house.begin(point, f"web-{number}" if "web" in point else "-")
        assert house.end() == -9, f"{point} was never reached"
        house.pass_leases()
    house.begin()
    _finish(house, clock)
    owed = _owed(house)
    copies = Counter(str(mail["To"]) for mail in sink.parsed())
    assert set(copies) == owed, "lost, or never owed"
    # Several senders work side by side: a kill can find another one between the dot and its record.
    again = {address for address, count in copies.items() if count > 1}
    assert max(copies.values()) <= 2
    assert len(again) >= len(AGAIN)
    assert again <= _doubted(house), "a second copy of a mail that was never in doubt"
    bodies: dict[str, set[bytes]] = {}
    for mail, raw in zip(sink.parsed(), list(sink.mails), strict=True):
        bodies.setdefault(str(mail["To"]), set()).add(raw)
    assert all(len(different) == 1 for different in bodies.values()), "copies are identical"
    assert len(owed) == SIZE // len(POINTS) * len(POINTS) + 1, "of CP1's own there is no trace"
    house.stop()
    print(f"{len(owed)} visits, {len(POINTS)} kills, {sum(copies.values())} mails")


def _doubted(house: Any) -> set[str]:
    """Whose messages were in doubt once: only these may have been sent twice."""
    in_doubt = select(Message).where(Message.ambiguous_at.is_not(None))
    with house.notifications.database.read() as session:
        return {reveal_row(session, row)["address"] for row in session.scalars(in_doubt)}


@both_houses
@pytest.mark.parametrize("point", SENDER)
def test_a_reminder_in_doubt_is_never_doubled(
    make_house, events_url: str, sink: Sink, clock: FileClock, point: str
) -> None:
    house = make_house(events_url, sink.url)
    with house.notifications.database.write() as session:
        news = operations.News(
            subject=str(uuid.uuid4()),
            version=1,
            kind="reminder_1d",
            appointment=None,
            language="en",
            content=make_content(),
            due_at=clock.now(),
        )
        operations.owe(session, news, now=clock.now())
    house.begin(point)
    assert house.end() == -9
    house.pass_leases()
    house.begin()
    eventually(lambda: house.states() == {"unknown": 1})
    clock.advance(minutes=11)
    eventually(lambda: house.count(outbox, house.notifications) == 1)
    house.stop()
    assert len(sink.mails) == (0 if point.startswith("CP12") else 1)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("events_url", ["rabbitmq"], indirect=True)
def test_a_broker_that_comes_and_goes_loses_nothing_and_junk_stops_nobody(
    make_house, events_url: str, sink: Sink, clock: FileClock
) -> None:
    proxy = Proxy(5672)
    house = make_house(events_url.replace(":5672/", f":{proxy.port}/"), sink.url)
    junk = connect(events_url)
    try:
        house.begin()
        for number in range(SIZE):
            book(house.scheduling, f"visit-{number}")
            if number % 10 == 0:
                junk.publish(Waiting(str(uuid.uuid4()), LISTENED, b'{"id": "not one of ours"'))
            if number % 100 == 50:
                proxy.cut()
            if number % 100 == 70:
                proxy.mend()
        proxy.mend()
        _finish(house, clock)
        assert Counter(str(mail["To"]) for mail in sink.parsed()) == dict.fromkeys(_owed(house), 1)
        expected = len(range(0, SIZE, 10))
        eventually(lambda: house.count(parked, house.notifications) == expected)
        assert house.count(inbox, house.notifications) == SIZE
        house.stop()
    finally:
        junk.close()
        proxy.close()


@both_houses
def test_a_mail_server_in_every_bad_mood_loses_nothing(
    make_house, events_url: str, clock: FileClock
) -> None:
    moods = ({"banner": "421 busy"}, {"rcpt": "451 4.3.0 later"}, {"data": "close"},
             {"dot": "452 4.3.1 later"}, {"dot": "reset"}, {"banner": "close"})  # fmt: skip
    with ScriptedServer() as server:
        house = make_house(events_url, server.url)
        house.begin()
        for number, mood in enumerate(moods):
            server.script = dict(mood)
            for one in range(max(1, SIZE // 100)):
                book(house.scheduling, f"visit-{number}-{one}")
            server.reached.clear()
            eventually(server.reached.is_set)
        server.script = {}
        _finish(house, clock)
        with house.notifications.database.read() as session:
            doubted = session.scalar(select(func.count()).where(Message.ambiguous_at.is_not(None)))
        house.stop()
        to = Counter(mail.split(b"To: ")[1].split(b"\r\n")[0].decode() for mail in server.mails)
    assert set(to) == _owed(house)
    assert sum(to.values()) - len(to) == doubted


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_cancelling_against_sending_leaves_no_stale_mail(make_service: MakeService) -> None:
    with ScriptedServer() as server:
        service = make_service("notifications", MAIL_URL=server.url)
        stood = race(service, server, rounds=SIZE, seed=SIZE)
    assert stood["stale"] == 0, stood
    assert all_told(service)
    print(f"{SIZE} races: {dict(stood)}")


def _owed(house: House) -> set[str]:
    """The addresses of all visits whose commit was done."""
    from shared.events import codec

    ring = house.scheduling.secrets.keyring("events")
    with house.scheduling.database.read() as session:
        bodies = session.scalars(select(outbox.c.body))
        return {codec.decode(body, keyring=ring).event.email for body in bodies}


def _finish(house: House, clock: FileClock) -> None:
    """Until everything that was committed is sent, whatever was in doubt included."""
    owed = len(_owed(house))

    def all_sent() -> bool:
        states = house.states()
        if states["ambiguous"] or states["retry"]:
            clock.advance(minutes=11)
        return states == {"sent": owed}

    eventually(all_sent, within=120 + SIZE)
    with house.notifications.database.read() as session:
        assert conservation_faults(session) == []
