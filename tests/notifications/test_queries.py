"""What `./clinic integrity` says about messages, and the pages of the list."""

from datetime import timedelta

import pytest

from services.notifications.domain.errors import CursorInvalid
from services.notifications.queries import (
    MessageFilter,
    counts_by_state,
    message_faults,
    message_notes,
    message_page,
)
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import change_row, handle, make_booked, row_of, send
from tests.notifications.scripted import ScriptedServer

CONFIRMATIONS = MessageFilter(kind="confirmation")


def faults(service: Service) -> list[str]:
    with service.database.read() as session:
        return message_faults(session, service.clock.now())


@pytest.mark.parametrize("state", ["queued", "retry", "ambiguous"])
def test_a_message_nobody_works_on_is_a_fault(
    service: Service, clock: FileClock, state: str
) -> None:
    handle(service, make_booked())
    change_row(service, state=state)
    clock.advance(minutes=10)
    assert faults(service) == []
    clock.advance(seconds=1)
    (sentence,) = faults(service)
    assert row_of(service).id in sentence
    assert f"is {state} and has been overdue since 2027-03-01T18:00+00:00." in sentence


def test_a_mail_server_that_stays_away_is_a_fault(
    make_service: MakeService, clock: FileClock
) -> None:
    with ScriptedServer(banner="421 busy") as server:
        service = make_service("notifications", MAIL_URL=server.url)
        handle(service, make_booked())
        for _ in range(3):
            send(service)
            clock.advance(minutes=4)
    (sentence,) = faults(service)
    assert "is retry and has been overdue since 2027-03-01T18:00+00:00." in sentence


def test_a_mail_server_may_take_its_time(service: Service, clock: FileClock) -> None:
    handle(service, make_booked())
    change_row(service, state="data_started")
    clock.advance(minutes=30)
    assert faults(service) == []
    clock.advance(minutes=1)
    assert len(faults(service)) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [({"state": "lost"}, "unknown state 'lost'"), ({"state": "sent"}, "sent without a time")],
)
def test_a_row_that_makes_no_sense_is_a_fault(
    service: Service, values: dict[str, str], words: str
) -> None:
    handle(service, make_booked())
    change_row(service, **values)
    assert words in faults(service)[0]


@pytest.mark.parametrize("state", ["failed", "expired", "unknown"])
def test_an_undelivered_message_is_a_note_and_no_fault(
    service: Service, clock: FileClock, state: str
) -> None:
    handle(service, make_booked())
    change_row(service, state=state, outcome="550 5.1.1")
    clock.advance(days=1)
    assert faults(service) == []
    with service.database.read() as session:
        (note,) = message_notes(session)
    assert f"was not delivered ({state}, 550 5.1.1)." in note


def test_a_list_is_read_page_by_page_without_gap_or_double(
    service: Service, clock: FileClock
) -> None:
    for number in range(7):
        handle(service, make_booked(appointment=str(number)))
        if number % 3 == 0:  # some have the same time
            clock.advance(minutes=1)
    seen: list[str] = []
    cursor = None
    while True:
        with service.database.read() as session:
            rows, cursor = message_page(
                session, MessageFilter(kind="confirmation"), cursor=cursor, limit=3
            )
        seen += [row.subject for row in rows]
        if cursor is None:
            break
    assert sorted(seen) == [str(number) for number in range(7)]
    assert seen[-1] == "0"


@pytest.mark.parametrize("cursor", ["x", "!!", "MjAyNy0wMy0wMSB4", "", "8J+YgA"])
def test_a_made_up_cursor_is_refused(service: Service, cursor: str) -> None:
    with service.database.read() as session:
        if not cursor:
            message_page(session, MessageFilter(), cursor=cursor, limit=3)
            return
        with pytest.raises(CursorInvalid):
            message_page(session, MessageFilter(), cursor=cursor, limit=3)


def test_messages_are_counted_by_state(service: Service) -> None:
    handle(service, make_booked())
    handle(service, make_booked(appointment="other"))
    with service.database.read() as session:
        assert counts_by_state(session) == {"queued": 8}


def test_half_an_hour_is_longer_than_any_conversation() -> None:
    from services.notifications.mailer.smtp import COMMAND_SECONDS, CONNECT_SECONDS, DOT_SECONDS
    from services.notifications.queries.accounts import STUCK

    longest = CONNECT_SECONDS + 8 * COMMAND_SECONDS + DOT_SECONDS
    assert timedelta(seconds=longest) < STUCK
