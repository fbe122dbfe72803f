"""Sending: what the sender does with every answer of a mail server, by the clinic's clock."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.notifications import mailer
from services.notifications.domain.states import State
from services.notifications.jobs import (
    Sender,
    _in_hand,
    deliver,
    keep_leases,
    take_back_abandoned,
    worker_of,
)
from services.notifications.operations import LEASE, lease_next, renew_leases
from services.notifications.operations import take_back_abandoned as take_back
from shared.clock import real_now
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import (
    NINE_ON_TUESDAY,
    change_row,
    handle,
    make_booked,
    row_of,
    rows_of,
)
from tests.notifications.scripted import ScriptedServer

MakeSending = Callable[..., Service]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def sending(make_service: MakeService, server: ScriptedServer) -> Service:
    """The service with a mail server, and one confirmation to send."""
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked())
    return service


def send(service: Service) -> None:
    """A fresh sender: no pause is left from before."""
    Sender()(service)


def test_a_due_message_is_sent_once(sending: Service, server: ScriptedServer) -> None:
    send(sending)
    send(sending)
    row = row_of(sending)
    assert (row.state, row.attempts, row.outcome) == ("sent", 1, "accepted")
    assert row.sent_at == sending.clock.now()
    (mail,) = server.mails
    assert f"Clinic-Message: {row.id}\r\n".encode() in mail
    assert f"Message-ID: <{row.id}@localhost>\r\n".encode() in mail
    assert b"UID:22222222-2222-4222-8222-222222222222@localhost\r\n" in mail


def test_a_desk_booking_waits_for_the_clinics_clock(
    make_service: MakeService, server: ScriptedServer, clock: FileClock
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked(booked_by="staff"))
    clock.advance(seconds=89)
    send(service)
    assert server.mails == []
    clock.advance(seconds=1)
    send(service)
    assert len(server.mails) == 1


def test_a_folder_gets_a_file_by_the_name_of_the_message(service: Service) -> None:
    handle(service, make_booked())
    send(service)
    folder = Path(service.settings.mail_url.removeprefix("file:"))
    assert [path.name for path in folder.iterdir()] == [f"{row_of(service).id}.eml"]


def test_a_greylisted_mail_is_tried_again_later_with_the_same_identity(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["rcpt"] = "450 4.2.0 later"
    send(sending)
    first = row_of(sending)
    assert (first.state, first.attempts, first.outcome) == ("retry", 1, "450 4.2.0")
    assert timedelta(seconds=48) <= first.next_attempt_at - clock.now() <= timedelta(seconds=72)
    send(sending)
    assert row_of(sending).attempts == 1  # not before its time
    del server.script["rcpt"]
    clock.advance(seconds=72)
    send(sending)
    second = row_of(sending)
    assert (second.state, second.attempts) == ("sent", 2)
    assert (second.message_id, second.dated_at) == (first.message_id, first.dated_at)


def test_a_refused_address_is_not_tried_again(sending: Service, server: ScriptedServer) -> None:
    server.script["rcpt"] = "550 5.1.1 <ann@example.com> unknown"
    send(sending)
    row = row_of(sending)
    assert (row.state, row.attempts, row.outcome) == ("failed", 1, "550 5.1.1")
    send(sending)
    assert len(server.recipients) == 1


def test_an_address_no_header_may_hold_fails_before_any_conversation(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked(email="=?utf-8?q?=0d=0aBcc=3a_x=40evil.test?=@example.com"))
    send(service)
    assert (row_of(service).state, row_of(service).outcome) == ("failed", "message_unfit")
    assert server.connections == 0


def test_an_absent_server_charges_no_attempt_and_rests_the_sender(
    sending: Service, server: ScriptedServer
) -> None:
    server.script["banner"] = "421 busy"
    sender = Sender()
    sender(sending)
    sender(sending)
    row = row_of(sending)
    assert (row.state, row.attempts, row.outcome) == (
        "retry", 0, "connecting: SMTPConnectError 421",
    )  # fmt: skip
    assert server.connections == 1
    del server.script["banner"]
    end = time.monotonic() + 3
    while not server.mails and time.monotonic() < end:
        sender(sending)
        time.sleep(0.05)
    assert len(server.mails) == 1, "a server that is back is noticed within seconds"


def test_one_mail_on_which_the_server_stumbles_does_not_hold_up_the_others(
    sending: Service, server: ScriptedServer
) -> None:
    server.script["data"] = "421 stumbled"
    send(sending)
    del server.script["data"]
    handle(sending, make_booked(appointment="b" * 36, email="bob@example.com"))
    send(sending)
    assert [line[8:] for line in server.recipients] == [
        "<ann@example.com>", "<bob@example.com>", "<ann@example.com>",
    ]  # fmt: skip


def test_an_ambiguous_end_is_followed_by_one_identical_copy_ten_minutes_later(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["dot"] = "reset"
    send(sending)
    row = row_of(sending)
    assert (row.state, row.attempts, row.ambiguous_at) == ("ambiguous", 1, clock.now())
    del server.script["dot"]
    clock.advance(minutes=9, seconds=59)
    send(sending)
    assert len(server.mails) == 1
    clock.advance(seconds=1)
    send(sending)
    assert row_of(sending).state == "sent"
    first, second = server.mails
    assert first == second


def test_a_second_doubt_is_the_end(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["dot"] = "close"
    for _ in range(4):
        send(sending)
        clock.advance(minutes=11)
    row = row_of(sending)
    assert (row.state, row.attempts) == ("failed", 2)
    assert len(server.mails) == 2


def test_the_second_copy_may_still_be_deferred(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["dot"] = "close"
    send(sending)
    server.script = {"rcpt": "451 later"}
    clock.advance(minutes=10)
    send(sending)
    assert row_of(sending).state == "retry"
    server.script = {"dot": "close"}
    clock.advance(hours=1)
    send(sending)
    assert row_of(sending).state == "failed", "two copies at most, whatever lies between"


def test_an_outdated_message_is_not_sent(sending: Service, server: ScriptedServer) -> None:
    handle(sending, make_booked(version=2))
    send(sending)
    assert [row.state for row in rows_of(sending)] == ["suppressed", "sent"]
    assert b"SEQUENCE:2\r\n" in server.mails[0]
    assert len(server.mails) == 1


def test_an_older_version_that_comes_late_is_not_sent(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked(version=2))
    send(service)
    handle(service, make_booked(version=1))
    send(service)
    assert [row.state for row in rows_of(service)] == ["suppressed", "sent"]


def test_once_the_visit_began_nothing_is_sent(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    clock.set(NINE_ON_TUESDAY - timedelta(hours=1))
    change_row(sending, due_at=clock.now(), next_attempt_at=clock.now())
    clock.set(NINE_ON_TUESDAY)
    send(sending)
    assert row_of(sending).state == "expired"
    assert server.connections == 0


def test_after_three_days_of_trying_it_has_failed(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.script["rcpt"] = "451 4.3.0 later"
    begun = clock.now()
    while row_of(sending).state in {"queued", "retry"}:
        clock.set(row_of(sending).next_attempt_at)
        send(sending)
    row = row_of(sending)
    assert row.state == "failed"
    assert timedelta(hours=66) < clock.now() - begun <= timedelta(hours=72)
    assert row.attempts == len(server.recipients) > 20


# -- leases -------------------------------------------------------------------------------------


def lease(service: Service) -> object:
    with service.database.write() as session:
        return lease_next(session, worker_of(service), now=service.clock.now(), real_now=real_now())


def pass_the_lease(service: Service, *, is_repeatable: bool = False) -> list[str]:
    """What another worker does when this one has been silent for half a minute."""
    with service.database.write() as session:
        later = real_now() + LEASE + timedelta(seconds=1)
        return take_back(
            session, now=service.clock.now(), real_now=later, is_repeatable=is_repeatable
        )


def test_a_message_is_leased_to_one_worker(sending: Service) -> None:
    assert lease(sending) is not None
    assert lease(sending) is None
    take_back_abandoned(sending)
    assert row_of(sending).state == "leased"


def test_eight_senders_send_forty_messages_once_each(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    for number in range(40):
        handle(service, make_booked(appointment=str(number), email=f"p{number}@example.com"))
    threads = [threading.Thread(target=send, args=(service,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.state for row in rows_of(service)} == {"sent"}
    assert len(server.mails) == len(set(server.mails)) == 40


def test_a_renewed_lease_is_not_taken(sending: Service) -> None:
    held = lease(sending)
    with sending.database.write() as session:
        renew_leases(session, {held.token}, real_now=real_now() + timedelta(minutes=9))  # type: ignore[attr-defined]
    assert pass_the_lease(sending) == []


def test_the_process_renews_what_it_has_in_hand(sending: Service, server: ScriptedServer) -> None:
    renewed = []

    def on_dot() -> None:
        change_row(sending, lease_until=real_now())
        keep_leases(sending)
        renewed.append(row_of(sending).lease_until - real_now())

    server.on_dot = on_dot
    send(sending)
    keep_leases(sending)
    assert renewed[0] > timedelta(seconds=25)
    assert not _in_hand


def test_a_dead_workers_unsent_message_is_tried_again_at_once(
    sending: Service, server: ScriptedServer
) -> None:
    lease(sending)
    assert len(pass_the_lease(sending)) == 1
    row = row_of(sending)
    assert (row.state, row.attempts, row.ambiguous_at) == ("retry", 0, None)
    send(sending)
    assert len(server.mails) == 1


@pytest.mark.parametrize("is_repeatable", [False, True], ids=["smtp", "folder"])
def test_a_dead_workers_message_under_way_is_in_doubt_unless_repeating_is_harmless(
    sending: Service, is_repeatable: bool, clock: FileClock
) -> None:
    lease(sending)
    change_row(sending, state=State.DATA_STARTED)
    pass_the_lease(sending, is_repeatable=is_repeatable)
    row = row_of(sending)
    if is_repeatable:
        assert (row.state, row.next_attempt_at, row.ambiguous_at) == ("retry", clock.now(), None)
    else:
        assert (row.state, row.attempts, row.ambiguous_at) == ("ambiguous", 1, clock.now())


def test_a_worker_that_lost_its_lease_stops_before_the_body(
    sending: Service, server: ScriptedServer
) -> None:
    held = lease(sending)
    pass_the_lease(sending)
    with mailer.connect(server.url) as out:
        assert deliver(sending, out, held) is None  # type: ignore[arg-type]
    assert server.mails == []
    assert row_of(sending).state == "retry"


def test_a_worker_believed_dead_may_still_say_that_the_mail_went_out(
    sending: Service, server: ScriptedServer, clock: FileClock
) -> None:
    server.on_dot = lambda: pass_the_lease(sending)
    send(sending)
    row = row_of(sending)
    assert row.state == "sent"
    assert row.ambiguous_at is not None
    clock.advance(minutes=11)
    send(sending)
    assert len(server.mails) == 1


def test_a_worker_believed_dead_that_knows_no_better_changes_nothing(
    sending: Service, server: ScriptedServer
) -> None:
    server.on_dot = lambda: pass_the_lease(sending)
    server.script["dot"] = "close"
    send(sending)
    assert row_of(sending).state == "ambiguous"


def test_a_database_that_is_away_for_a_moment_does_not_forget_an_accepted_mail(
    sending: Service, server: ScriptedServer
) -> None:
    """The row is locked for longer than a transaction waits, just when the mail was accepted."""
    release = threading.Event()

    def hold() -> None:
        with sending.database.engine.execution_options(writes=True).connect() as connection:
            connection.begin()
            if not sending.database.is_sqlite:
                connection.exec_driver_sql("SELECT 1 FROM messages FOR UPDATE")
            locked.set()
            release.wait(20)

    locked = threading.Event()
    holder = threading.Thread(target=hold)

    def on_dot() -> None:
        holder.start()
        locked.wait(5)
        threading.Timer(5.5, release.set).start()

    server.on_dot = on_dot
    send(sending)
    holder.join()
    assert row_of(sending).state == "sent"
