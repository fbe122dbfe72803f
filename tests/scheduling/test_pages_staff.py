"""Staff sign in with a one-time link, stay signed in, and see the day's visits."""

import pytest
from sqlalchemy import select

from services.scheduling import operations
from services.scheduling.models import StaffSession
from tests.scheduling.patient import press, ready_to_book

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

STAFF = "/scheduling/staff/"


@pytest.fixture
def service(make_service):
    service = make_service("scheduling")
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return service


def make_link(service, role="front_desk") -> str:
    now = service.clock.now()
    with service.database.write() as session:
        email = f"{role}@example.com"
        account = operations.add_account(session, email, name="Demo Desk", role=role, now=now)
        return f"{STAFF}sign-in?link={operations.make_sign_in_link(session, account, now=now)}"


def sessions(service) -> list[StaffSession]:
    with service.database.read() as session:
        return list(session.scalars(select(StaffSession)))


def test_a_link_signs_in_once(client, service):
    link = make_link(service)
    opened = client.get(link)
    assert (opened.status_code, opened.location) == (303, STAFF)
    page = client.get(STAFF)
    assert page.status_code == 200
    assert "Demo Desk" in page.text
    assert "No visits on this day." in page.text
    again = client.get(link)
    assert again.status_code == 410
    assert "This sign-in link was used before or is too old." in again.text
    assert len(sessions(service)) == 1


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Purpose": "prefetch"})],
    ids=["HEAD", "prefetch", "old prefetch"],
)
def test_looking_at_a_link_does_not_use_it_up(client, service, method, headers):
    link = make_link(service)
    client.open(link, method=method, headers=headers)
    assert sessions(service) == []
    assert client.get(link).status_code == 303


def test_a_link_lasts_half_an_hour(client, service, clock):
    link = make_link(service)
    clock.advance(minutes=30)
    assert client.get(link).status_code == 410


def test_nobody_sees_the_list_without_signing_in(client):
    sent = client.get(f"{STAFF}?day=2027-03-02")
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert (page.status_code, page.location) == (303, f"{STAFF}sign-in")
    assert "one-time link" in client.get(page.location).text


def test_a_stale_statement_is_renewed_on_the_way(client, service, clock):
    client.get(make_link(service))
    clock.advance(minutes=6)
    sent = client.get(f"{STAFF}?day=2027-03-02")
    renewed = client.get(sent.location)
    assert (renewed.status_code, renewed.location) == (303, f"{STAFF}?day=2027-03-02")
    assert "Tuesday, March 2, 2027" in client.get(renewed.location).text


def test_a_form_is_taken_along_when_the_statement_is_renewed(client, service):
    client.get(make_link(service))
    renewed = client.post(f"{STAFF}renew?next=/notifications/staff/x")
    assert (renewed.status_code, renewed.location) == (307, "/notifications/staff/x")


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_renewing_leads_nowhere_else(client, service, elsewhere):
    client.get(make_link(service))
    assert client.get(f"{STAFF}renew", query_string={"next": elsewhere}).location == STAFF


def test_a_session_ends_after_half_an_hour_of_silence(client, service, clock):
    client.get(make_link(service))
    clock.advance(minutes=30)
    assert client.get(f"{STAFF}renew?next={STAFF}").location == f"{STAFF}sign-in"


def test_signing_out_ends_the_session_at_once(client, service):
    client.get(make_link(service))
    kept = {name: client.get_cookie(name).value for name in ("staff", "staff_session")}
    assert client.post(f"{STAFF}sign-out").location == f"{STAFF}sign-in"
    assert client.get_cookie("staff") is None
    for name, value in kept.items():  # a copy of the cookies is worth nothing
        client.set_cookie(name, value)
    assert client.get(STAFF).status_code == 303
    assert client.get(f"{STAFF}renew").location == f"{STAFF}sign-in"


def test_a_link_cannot_sign_anybody_out(client, service):
    client.get(make_link(service))
    assert client.get(f"{STAFF}sign-out").status_code == 405
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"{STAFF}sign-out", headers=foreign).status_code == 403


def test_the_list_shows_what_the_desk_needs(client, service):
    press(client, ready_to_book(client, service))
    client.get(make_link(service))
    page = client.get(STAFF)
    for words in (
        "Monday, March 1, 2027",
        "1 visit",
        "12:00pm",
        "Ann O&#39;Brien-Núñez",
        "Dr. Demo Alder",
        "New patient visit",
        "/notifications/staff/messages",
    ):
        assert words in page.text
    assert "Safety check not done" not in page.text
    tomorrow = client.get(f"{STAFF}?day=2027-03-02")
    assert "No visits on this day." in tomorrow.text
    assert f'href="{STAFF}">Today' in tomorrow.text


@pytest.mark.parametrize("day", ["", "x", "9999-12-31", "0001-01-01", "2027-02-30"])
def test_an_odd_day_is_today(client, service, day):
    client.get(make_link(service))
    assert "Monday, March 1, 2027" in client.get(f"{STAFF}?day={day}").text


@pytest.mark.parametrize("role", ["front_desk", "clinician", "admin"])
def test_every_role_may_see_the_day(client, service, role):
    client.get(make_link(service, role))
    assert client.get(STAFF).status_code == 200
