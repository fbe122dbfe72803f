"""Sending: what the sender does with every answer of a mail server, by the clinic's clock."""

import time
from datetime import timedelta
from pathlib import Path

from services.notifications.jobs import Outage, Sender
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import (
    NINE_ON_TUESDAY,
    change_row,
    handle,
    make_booked,
    row_of,
    rows_of,
    send,
)  # fmt: skip
from tests.notifications.scripted import ScriptedServer


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


def test_an_outage_is_looked_at_less_and_less_often() -> None:
    """A sender's rest, second by second: never longer than half a minute."""
    outage = Outage()
    assert not outage.is_resting
    outage.note(is_there=False)
    assert outage.is_resting
    outage._since = time.monotonic() - 3600
    outage.note(is_there=False)
    assert 29 < outage._rest_until - time.monotonic() <= 30
    outage.note(is_there=True)
    outage.note(is_there=False)
    assert outage._rest_until - time.monotonic() <= 1


def test_a_language_without_texts_gets_english_and_the_mail_says_so(
    make_service: MakeService, server: ScriptedServer
) -> None:
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked(language="fr"))
    send(service)
    assert row_of(service).language == "fr"
    assert b"Content-Language: en\r\n" in server.mails[0]
    assert b'<html lang="en">' in server.mails[0]


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
    assert len(server.recipients) >= row.attempts > 20
