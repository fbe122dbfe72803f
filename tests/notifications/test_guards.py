"""What keeps the sender from doing harm: stale news, a wrong clock, a server that refuses us."""

import pytest
from sqlalchemy import delete, update

from services.notifications import jobs, operations
from services.notifications.domain.states import Ending
from services.notifications.jobs import ClockWatch, Outage, sweep
from services.notifications.models import Debt, Message
from services.notifications.queries import message_faults
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import (
    books_of,
    failures_of,
    handle,
    make_booked,
    rows_of,
    send,
)
from tests.notifications.races import all_told, race
from tests.notifications.scripted import ScriptedServer

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_no_mail_tells_a_state_that_was_gone_when_its_sending_began(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    stood = race(service, server, rounds=40, seed=7)
    assert stood["stale"] == 0, stood
    assert sum(stood.values()) == 40
    assert all_told(service)
    assert books_of(service) == []


class Watches:
    """A wall clock and a stopwatch that can be moved apart."""

    wall, passed = 1000.0, 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.passed += seconds


@pytest.mark.parametrize(
    ("jump", "is_held"),
    [(3600, True), (86400, True), (-3600, True), (901, True), (899, False), (-60, False)],
)
def test_only_a_real_jump_of_the_clock_is_noticed(jump: float, is_held: bool) -> None:
    watches = Watches()
    watch = ClockWatch(lambda: watches.wall, lambda: watches.passed)
    watches.pass_(7200)  # a long pause is no jump: both went on
    assert watch.jump() == 0.0
    watches.pass_(5)
    watches.wall += jump
    assert watch.jump() == (jump if is_held else 0.0)
    assert watch.jump() == 0.0, "it is noticed once"


def test_what_is_held_waits_for_a_person_and_nothing_else_does(
    make_service: MakeService, server: ScriptedServer, clock: FileClock
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked())
    send(service)
    clock.set("2027-03-13T09:00:00-08:00")
    handle(service, make_booked(appointment="other"))
    with service.database.write() as session:
        assert operations.hold(session, "The clock jumped.", now=clock.now())
        assert not operations.hold(session, "It jumped again.", now=clock.now())
    send(service)
    assert reminded(service) == []
    assert {row.state for row in rows_of(service)} == {"sent"}
    with service.database.write() as session:
        assert operations.release(session, by="s1", now=clock.now()) == 1
    send(service)
    assert reminded(service) == ["reminder_3d"]


def reminded(service: Service) -> list[str]:
    return [row.kind for row in rows_of(service, planned=True) if row.state == "sent"]


def test_a_clock_file_does_not_jump(service: Service) -> None:
    watches = Watches()
    watch = ClockWatch(lambda: watches.wall, lambda: watches.passed)
    watches.wall += 86400
    watch(service)
    with service.database.read() as session:
        assert jobs.queries.holds(session) == []


def test_a_watch_holds_by_itself(make_service: MakeService) -> None:
    watches = Watches()
    watch = ClockWatch(lambda: watches.wall, lambda: watches.passed)
    service = make_service("notifications", CLINIC_CLOCK_FILE="")
    watches.wall += 3600
    watch(service)
    watches.wall -= 7200
    watch(service)
    with service.database.read() as session:
        (hold,) = jobs.queries.holds(session)
    assert hold.reason == "The clock jumped by +60 minutes."


# -- a server that refuses us ------------------------------------------------------------------


def test_a_server_that_refuses_everything_fails_no_more_than_a_few(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    for number in range(8):
        handle(service, make_booked(appointment=str(number), email=f"p{number}@example.com"))
    server.script["rcpt"] = "554 5.7.1 you are on a list"
    outage = Outage()
    for _ in range(4):
        outage._rest_until = 0.0
        jobs.Sender(outage)(service)
    states = [row.state for row in rows_of(service)]
    assert states.count("failed") == 2
    assert {row.attempts for row in rows_of(service) if row.state == "retry"} == {0}
    assert outage.is_resting
    server.script.clear()
    send(service)
    assert [row.state for row in rows_of(service)].count("sent") == 6


def test_fifty_refusals_in_a_row_are_no_accident_whatever_they_say() -> None:
    outage = Outage()
    endings = [outage.judge(Ending.REFUSED, "550 5.1.1") for _ in range(52)]
    assert endings == [Ending.REFUSED] * 50 + [Ending.UNAVAILABLE] * 2
    outage.judge(Ending.SENT, "accepted")
    assert outage.judge(Ending.REFUSED, "550 5.1.1") is Ending.REFUSED


def test_a_mail_of_ours_that_is_unfit_is_no_sign_of_an_outage() -> None:
    outage = Outage()
    assert {outage.judge(Ending.REFUSED, "message_unfit") for _ in range(60)} == {Ending.REFUSED}


@ONE_DATABASE
def test_a_full_mailbox_is_tried_again(sending: Service, server: ScriptedServer) -> None:
    server.script["rcpt"] = "552 5.2.2 full"
    send(sending)
    (row,) = rows_of(sending)
    assert (row.state, row.attempts) == ("retry", 1)


# -- the books ---------------------------------------------------------------------------------


@ONE_DATABASE
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(delete(Message).where(Message.kind == "confirmation"), "there is none"),
        pytest.param(delete(Debt).where(Debt.kind == "reminder_1d"), "never owed"),
        pytest.param(
            update(Message).where(Message.kind == "confirmation").values(state="failed"),
            "the desk was not told",
        ),
        pytest.param(delete(Debt).where(Debt.kind == "confirmation"), "Nothing was ever owed"),
    ],
)
def test_what_does_not_add_up_is_found(
    service: Service, damage: object, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    handle(service, make_booked())
    assert books_of(service) == []
    sweep(service)
    assert caplog.records == []
    with service.database.write() as session:
        session.execute(damage)  # type: ignore[call-overload]
    assert any(words in fault for fault in books_of(service))
    sweep(service)
    assert "messages do not add up" in {record.message for record in caplog.records}


@ONE_DATABASE
def test_held_reminders_are_no_fault(service: Service, clock: FileClock) -> None:
    handle(service, make_booked())
    send(service)
    clock.set("2027-03-13T09:11:00-08:00")
    with service.database.read() as session:
        assert message_faults(session, clock.now()) != []
        assert message_faults(session, clock.now(), is_held=True) == []
    assert failures_of(service) == []
