"""Who has a message in hand, and what becomes of the messages of a worker that is gone."""

import threading
from contextlib import closing
from datetime import timedelta

import pytest

from services.notifications import mailer
from services.notifications.domain.states import State
from services.notifications.jobs import (
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
    change_row,
    handle,
    make_booked,
    row_of,
    rows_of,
    send,
)
from tests.notifications.scripted import ScriptedServer


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

    def send_all() -> None:
        while any(row.state == "queued" for row in rows_of(service)):
            send(service)

    threads = [threading.Thread(target=send_all) for _ in range(8)]
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
    with closing(mailer.connect(server.url)) as out:
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
