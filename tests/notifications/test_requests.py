"""What is about no change of a visit: offers and their end, lost links, requests to be called."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.queries import content_of
from shared.events.scheduling import (
    VisitLinksRequested,
    WaitlistOffered,
    WaitlistResolved,
)
from shared.service import Service
from tests.conftest import FileClock, MakeService
from tests.notifications.builders import (
    APPOINTMENT,
    MONDAY_AT_TEN,
    NINE_ON_TUESDAY,
    OFFER,
    books_of,
    failures_of,
    handle,
    make_callback,
    make_offer,
    row_of,
    rows_of,
    send,
)
from tests.notifications.scripted import ScriptedServer

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def service(make_service: MakeService, server: ScriptedServer) -> Service:
    return make_service("notifications", MAIL_URL=server.url)


def told(service: Service) -> list[tuple[int, str, str]]:
    return [(row.version, row.kind, row.state) for row in rows_of(service)]


def content(service: Service, number: int) -> Any:
    with service.database.read() as session:
        return content_of(session, rows_of(service)[number])


@ONE_DATABASE
def test_an_offer_goes_out_and_so_does_its_end(service: Service, server: ScriptedServer) -> None:
    handle(service, make_offer(WaitlistOffered))
    send(service)
    handle(service, make_offer(WaitlistResolved))
    send(service)
    assert sorted(told(service)) == [
        (1, "waitlist_offer", "sent"), (1, "waitlist_result", "sent"),
    ]  # fmt: skip
    assert {row.appointment for row in rows_of(service)} == {APPOINTMENT}
    assert {row.subject for row in rows_of(service)} == {OFFER}


@ONE_DATABASE
@pytest.mark.parametrize("order", [0, 1], ids=["in time", "too early"])
def test_an_offer_that_ended_before_it_was_sent_is_silent(
    service: Service, server: ScriptedServer, order: int
) -> None:
    events = [make_offer(WaitlistOffered), make_offer(WaitlistResolved)]
    for event in events[::-1] if order else events:
        handle(service, event)
    send(service)
    assert server.mails == []
    assert books_of(service) == []


@ONE_DATABASE
def test_an_offer_is_not_sent_after_its_end(
    service: Service, server: ScriptedServer, clock: FileClock
) -> None:
    handle(service, make_offer(WaitlistOffered))
    clock.advance(minutes=30)
    send(service)
    assert row_of(service).state == "expired"
    assert failures_of(service) == []


@ONE_DATABASE
def test_lost_links_go_to_the_address_on_file(service: Service, server: ScriptedServer) -> None:
    event = VisitLinksRequested(
        request="88888888-8888-4888-8888-888888888888",
        starts=(NINE_ON_TUESDAY,),
        given_name="Ann",
        email="ann@example.com",
        language="es",
        manage_urls=("http://localhost/scheduling/l/Zm9vYmFy",),
    )
    handle(service, event)
    handle(service, event)
    send(service)
    assert told(service) == [(1, "visit_links", "sent")]
    assert row_of(service).appointment is None


@ONE_DATABASE
@pytest.mark.parametrize(
    ("now", "due"),
    [
        (MONDAY_AT_TEN, "2027-03-01T10:00"),
        (MONDAY_AT_TEN + timedelta(hours=7), "2027-03-02T08:00"),
    ],
    ids=["open", "closed"],
)
def test_a_request_to_be_called_alerts_the_desk_and_calms_the_patient(
    service: Service, clock: FileClock, now: Any, due: str
) -> None:
    clock.set(now)
    handle(service, make_callback())
    zone = service.clinic.time_zone
    assert {(row.kind, str(row.due_at.astimezone(zone)).replace(" ", "T")[:16]) for row in
            rows_of(service)} == {("staff_alert", due), ("callback_received", due)}  # fmt: skip
    addresses = {content(service, number).address for number in (0, 1)}
    assert addresses == {"desk@osm.example", "ann@example.com"}
    text = str([content(service, number).document() for number in (0, 1)])
    assert "Example'" not in text
    assert "+1503" not in text


@ONE_DATABASE
def test_a_request_without_address_alerts_only_the_desk(service: Service) -> None:
    handle(service, make_callback(email=None))
    assert [row.kind for row in rows_of(service)] == ["staff_alert"]
