"""The link in a mail opens the visit, for people and for scanners, and changes nothing."""

import pytest
from sqlalchemy import select, text

from services.scheduling import operations
from services.scheduling.models import Appointment
from tests.scheduling.patient import press, ready_to_book

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def service(make_service):
    service = make_service("scheduling")
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return service


@pytest.fixture
def link(client, service) -> str:
    """The path of the link in the confirmation of a visit on Monday, March 1 at 12:00pm."""
    from services.scheduling.domain.links import Links

    press(client, ready_to_book(client, service))
    with service.database.read() as session:
        visit = session.scalars(select(Appointment)).one()
    links = Links(service.settings.public_url, service.secrets.link_key())
    client.delete_cookie("booking")
    return links.manage_url(visit.id, 1).removeprefix(service.settings.public_url)


def everything(service) -> list[str]:
    """All rows of all tables."""
    with service.database.read() as session:
        names = session.scalars(text("SELECT name FROM sqlite_master WHERE type='table'")).all()
        return [str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in names]


def test_the_link_leads_to_the_visit_without_itself_in_the_address(client, link):
    opened = client.get(link)
    assert (opened.status_code, opened.location) == (303, "/scheduling/visit")
    page = client.get(opened.location)
    for words in (
        "Monday, March 1, 2027, 12:00pm (Pacific time)",
        "Dr. Demo Alder",
        "Booked",
        "1515 NW 18th Ave, 3rd Floor",
        "503-224-8399",
    ):
        assert words in page.text
    for words in ("Ann", "Núñez", "1980", "ann@example.com", "New patient"):
        assert words not in page.text


def test_following_the_link_changes_nothing(client, service, link):
    before = everything(service)
    for headers in ({}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "scanner"}):
        assert client.get(link, headers=headers).status_code == 303
        assert client.head(link, headers=headers).status_code == 303
        assert client.get("/scheduling/visit", headers=headers).status_code == 200
    assert client.post(link).status_code == 405
    assert everything(service) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link[:-1] + ("A" if link[-1] != "A" else "B"),
        lambda link: link[:-2],
        lambda link: link + "AAAA",
        lambda link: "/scheduling/l/" + "A" * 64,
        lambda link: "/scheduling/l/x",
        lambda link: "/scheduling/l/é",
    ],
    ids=["changed", "cut", "longer", "made up", "short", "not ASCII"],
)  # fmt: skip
def test_a_wrong_link_opens_nothing(client, link, change):
    page = client.get(change(link))
    assert page.status_code == 404
    assert "This link does not work" in page.text
    assert "visit" not in (client.get_cookie("visit") or "")


def test_a_link_ends_a_day_after_the_visit(client, link, clock):
    clock.set("2027-03-02T12:30:00-08:00")
    assert client.get(link).status_code == 303
    clock.set("2027-03-02T12:30:01-08:00")
    assert client.get(link).status_code == 410


def test_the_page_closes_after_a_quarter_of_an_hour(client, link, clock):
    client.get(link)
    clock.advance(minutes=15)
    page = client.get("/scheduling/visit")
    assert page.status_code == 410
    assert "Open the link in your email again" in page.text


def test_a_revoked_link_closes_the_open_page_too(client, service, link):
    client.get(link)
    with service.database.write() as session:
        session.scalars(select(Appointment)).one().link_generation = 2
    assert client.get("/scheduling/visit").status_code == 404
