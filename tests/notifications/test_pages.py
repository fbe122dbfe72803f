"""The staff pages of messages."""

import pytest
from sqlalchemy import delete, select
from werkzeug.test import Client

from services.notifications import operations
from services.notifications.domain.states import State
from services.notifications.jobs import Sender
from services.notifications.models import Hold, Message
from services.notifications.pages.messages import WORDS
from shared.service import Service
from tests.conftest import FileClock, MakeClient, MakeService
from tests.notifications.builders import (
    change_row,
    handle,
    make_booked,
    row_of,
    rows_of,
    staff_token,
)

LIST = "/notifications/staff/messages"
ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"])
pytestmark = ONE_DATABASE


@pytest.fixture
def desk(client: Client, service: Service) -> Client:
    """Signed in at the front desk."""
    client.set_cookie("staff", staff_token(service, "front_desk"))
    return client


def test_the_list_says_what_happened_in_words(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    page = desk.get(LIST)
    assert page.status_code == 200
    for words in ("Confirmation", "7F3K2M", "Mon, Mar 1, 10:00am", '"badge ok">Sent<'):
        assert words in page.text
    for secret in ("ann@example.com", "/l/Zm9v"):
        assert secret not in page.text


def test_without_messages_the_list_says_so(desk: Client) -> None:
    assert "No messages here yet." in desk.get(LIST).text


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words(desk: Client, service: Service, state: State) -> None:
    handle(service, make_booked())
    change_row(service, state=state)
    assert WORDS[state][0] in desk.get(LIST).text
    assert WORDS[state][0] in desk.get(f"{LIST}/{row_of(service).id}").text


def test_a_state_nobody_knows_is_shown_all_the_same(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    change_row(service, state="lost")
    assert '"badge danger">lost<' in desk.get(LIST).text


@pytest.mark.parametrize(
    ("show", "state"), [("waiting", "retry"), ("sent", "sent"), ("undelivered", "failed")]
)
def test_the_list_can_be_narrowed(desk: Client, service: Service, show: str, state: str) -> None:
    handle(service, make_booked())
    change_row(service, state=state)
    for choice in ("all", "waiting", "sent", "undelivered"):
        shown = "7F3K2M" in desk.get(f"{LIST}?show={choice}&kind=confirmation").text
        assert shown == (choice in {"all", show})
    assert f'show={show}" aria-current="page"' in desk.get(f"{LIST}?show={show}").text


def test_a_long_list_has_a_way_to_older_ones(
    desk: Client, service: Service, clock: FileClock
) -> None:
    for number in range(51):
        handle(service, make_booked(appointment=str(number), reference=f"R{number:05}"))
        clock.advance(seconds=1)
    first = desk.get(f"{LIST}?kind=confirmation").text
    assert "R00050" in first
    assert "R00000" not in first
    older = first.split("Older messages")[0].rsplit('href="', 1)[1].split('"')[0]
    second = desk.get(older.replace("&amp;", "&")).text
    assert "R00000" in second
    assert "Older messages" not in second


def test_a_message_is_shown_as_the_patient_reads_it(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    page = desk.get(f"{LIST}/{row_of(service).id}").text
    for words in (
        "ann@example.com",
        "Your visit is set: Tue, Mar 16, 9:00am",
        "Hi Ann, your visit is set.",
        "1515 NW 18th Ave, 3rd Floor",
        f"{row_of(service).id}.eml in the mail folder",
    ):
        assert words in page


def test_with_a_mail_server_there_is_no_file(
    make_service: MakeService, make_client: MakeClient
) -> None:
    service = make_service("notifications", MAIL_URL="smtp://127.0.0.1:2525")
    handle(service, make_booked())
    change_row(service, state="sent")
    client = make_client(service)
    client.set_cookie("staff", staff_token(service, "front_desk"))
    assert ".eml" not in client.get(f"{LIST}/{row_of(service).id}").text


def test_markup_in_a_mail_stays_text(desk: Client, service: Service) -> None:
    handle(service, make_booked(practitioner="<script>alert(1)</script>"))
    page = desk.get(f"{LIST}/{row_of(service).id}").text
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


def test_a_message_shows_its_past(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    page = desk.get(f"{LIST}/{row_of(service).id}").text
    assert page.count('<td data-label="Time">Mon, Mar 1, 10:00am') == 2
    for words in ("Waiting to be sent", "accepted"):
        assert words in page


def test_a_message_can_be_sent_once_more(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    waiting = f"{LIST}/{row_of(service).id}"
    assert "Send it once more" not in desk.get(waiting).text
    Sender()(service)
    assert "Send it once more" in desk.get(waiting).text
    answer = desk.post(f"{waiting}/resend")
    assert answer.status_code == 303
    assert answer.location.endswith(rows_of(service)[1].id)
    assert desk.post(f"{waiting}/resend").status_code == 409
    assert desk.post(f"{LIST}/unknown/resend").status_code == 404


def test_the_books_are_on_the_page(desk: Client, service: Service) -> None:
    handle(service, make_booked())
    Sender()(service)
    page = desk.get(LIST).text
    assert "4 messages: 1 sent, 0 not needed any more, 0 not delivered, 3 on their way." in page
    assert "Everything owed is accounted for." in page
    with service.database.write() as session:
        session.execute(delete(Message).where(Message.kind == "confirmation"))
    assert "1 do not add up" in desk.get(LIST).text


def test_held_reminders_are_released_by_a_person(desk: Client, service: Service) -> None:
    assert "Release" not in desk.get(LIST).text
    with service.database.write() as session:
        operations.hold(session, "The clock jumped by +60 minutes.", now=service.clock.now())
    page = desk.get(LIST).text
    assert "Reminders are held." in page
    assert "+60 minutes" in page
    assert desk.post(f"{LIST}/release").status_code == 303
    assert "Release" not in desk.get(LIST).text
    with service.database.read() as session:
        assert session.scalars(select(Hold.released_by)).all() == ["s1"]


@pytest.mark.parametrize("path", ["/unknown", "?kind=unknown", "?show=unknown"])
def test_what_is_not_there_is_not_found(desk: Client, path: str) -> None:
    assert desk.get(LIST + path).status_code == 404


def test_a_made_up_cursor_is_refused(desk: Client) -> None:
    assert desk.get(f"{LIST}?cursor=x").status_code == 422


def test_visitors_are_sent_to_sign_in(client: Client) -> None:
    answer = client.get(LIST)
    assert answer.status_code == 303
    assert answer.location.startswith("/scheduling/staff/renew?")
