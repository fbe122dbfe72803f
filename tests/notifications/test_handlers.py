"""From an event to a row that owes a mail."""

from datetime import timedelta

import pytest
from sqlalchemy import Table, select

from services.notifications.handlers import HANDLERS
from services.notifications.models import Debt, Message, Visit
from services.notifications.queries import content_of
from shared.events.scheduling import StaffSessionsRevoked
from shared.messaging.topology import LISTENERS
from shared.service import Service
from shared.tables import revoked_sessions
from tests.conftest import FileClock
from tests.notifications.builders import APPOINTMENT, handle, make_booked, make_content, rows_of


def test_the_handlers_are_what_the_topology_promises() -> None:
    assert set(HANDLERS) == {name for name, who in LISTENERS.items() if "notifications" in who}


def test_a_booking_owes_one_confirmation(service: Service, clock: FileClock) -> None:
    handle(service, make_booked())
    (row,) = rows_of(service)
    assert (row.subject, row.version, row.kind, row.copy) == (APPOINTMENT, 1, "confirmation", 1)
    assert (row.state, row.attempts, row.language) == ("queued", 0, "en")
    assert row.due_at == row.next_attempt_at == clock.now()
    with service.database.read() as session:
        link = "http://localhost/scheduling/l/Zm9vYmFyYmF6cXV4"
        assert content_of(session, row) == make_content(manage_url=link, is_intake_open=True)


def test_a_desk_booking_is_told_90_seconds_later(service: Service, clock: FileClock) -> None:
    handle(service, make_booked(booked_by="staff"))
    (row,) = rows_of(service)
    assert row.due_at == clock.now() + timedelta(seconds=90)


@pytest.mark.parametrize("change", [{"email": None}, {"email": ""}, {"notify": False}])
def test_some_bookings_owe_no_mail(service: Service, change: dict[str, object]) -> None:
    handle(service, make_booked(**change))
    assert rows_of(service) == []


def test_the_same_news_twice_owes_one_mail(service: Service, clock: FileClock) -> None:
    handle(service, make_booked())
    clock.advance(minutes=1)
    handle(service, make_booked(email="ANN@example.com"))
    assert len(rows_of(service)) == 1


def test_the_same_news_to_another_address_is_no_second_mail(service: Service) -> None:
    handle(service, make_booked())
    handle(service, make_booked(email="bob@example.com"))
    assert len(rows_of(service)) == 1


@pytest.mark.parametrize("table", [Message.__table__, Visit.__table__, Debt.__table__])
def test_nothing_personal_is_readable_in_a_row(service: Service, table: Table) -> None:
    handle(service, make_booked(given_name="Xanthippe"))
    with service.database.read() as session:
        rows = session.execute(select(table)).all()
    assert rows
    everything = " ".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )
    for secret in ("ann@", "example.com", "Xanthippe", "Alder", "/l/", "7F3K2M", "NP", "ROUTINE"):
        assert secret not in everything


def test_revoked_sessions_are_remembered_once(service: Service, clock: FileClock) -> None:
    until = clock.now() + timedelta(minutes=5)
    event = StaffSessionsRevoked(staff="s", sessions=("one", "two"), until=until)
    handle(service, event)
    handle(service, event)
    with service.database.read() as session:
        assert set(session.scalars(select(revoked_sessions.c.session))) == {"one", "two"}
