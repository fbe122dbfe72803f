"""The pages behind two links: an offer of an earlier time, and other times after a closure."""

import re

import pytest

from services.scheduling import operations, queries
from services.scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from tests.scheduling.build import make_slot
from tests.scheduling.operations.test_closures import Closer
from tests.scheduling.operations.test_waitlist import FRIDAY, THURSDAY, Waitlist, at

BORN = {"born": "3", "born_day": "4", "born_year": "1980"}  # of "Ann", as Waitlist books her
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def offer(desk):
    """Ann has a visit on Friday at nine and is offered Thursday at nine."""
    waitlist = Waitlist(desk)
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    return waitlist.offers()[0]


def path(desk, offer):
    return desk.links.offer_url(offer.id, 1).removeprefix("http://localhost")


def outcomes(desk):
    return [one.outcome for one in desk.rows(WaitlistOffer)]


def test_following_the_link_changes_nothing_and_keeps_the_secret_out_of_the_address(
    desk, client, offer
):
    for _ in range(3):
        found = client.get(path(desk, offer))
        assert (found.status_code, found.location) == (303, "/scheduling/offer")
    page = client.get("/scheduling/offer")
    assert page.status_code == 200
    assert "Thursday, March 4, 2027, 9:00am" in page.text
    assert "Friday, March 5, 2027, 9:00am" in page.text
    assert "Annson" not in page.text
    assert outcomes(desk) == [None]


def test_saying_yes_with_the_birth_date_moves_the_visit(desk, client, offer):
    client.get(path(desk, offer))
    pressed = client.post("/scheduling/offer", data=BORN | {"answer": "yes"})
    assert (pressed.status_code, pressed.location) == (303, "/scheduling/offer")
    assert "You have the earlier time." in client.get("/scheduling/offer").text
    client.post("/scheduling/offer", data=BORN | {"answer": "yes"})  # pressed again
    moved = [row for row in desk.rows(Appointment) if row.status == "booked"]
    assert [row.start for row in moved] == [at(THURSDAY, 9)]


def test_a_program_that_presses_everything_answers_nothing(desk, client, offer):
    client.get(path(desk, offer))
    for answer in ("yes", "no", "leave"):
        pressed = client.post("/scheduling/offer", data={"answer": answer})
        assert pressed.status_code == 422
        assert "date of birth" in pressed.text
    assert outcomes(desk) == [None]


def test_birth_dates_are_not_guessed(limited_desk, make_client):
    desk, client = limited_desk, make_client(limited_desk.service)
    waitlist = Waitlist(desk)
    waitlist.book("Ann", at(FRIDAY, 9))
    waitlist.free(at(THURSDAY, 9))
    waitlist.run()
    client.get(path(desk, waitlist.offers()[0]))
    wrong = {"born": "1", "born_day": "1", "born_year": "1970", "answer": "yes"}
    codes = [client.post("/scheduling/offer", data=wrong).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert client.post("/scheduling/offer", data=BORN | {"answer": "yes"}).status_code == 429


def test_saying_no_keeps_the_visit_and_the_place_in_the_line(desk, client, offer):
    client.get(path(desk, offer))
    client.post("/scheduling/offer", data=BORN | {"answer": "no"})
    page = client.get("/scheduling/offer").text
    assert "Your visit has not changed." in page
    assert "You stay on the waitlist." in page
    assert outcomes(desk) == ["declined"]


def test_leaving_ends_the_offers(desk, client, offer):
    client.get(path(desk, offer))
    client.post("/scheduling/offer", data=BORN | {"answer": "leave"})
    assert "not on the waitlist any more" in client.get("/scheduling/offer").text
    assert [one.state for one in desk.rows(WaitlistEntry)] == ["withdrawn"]


def test_an_offer_that_is_over_is_explained_kindly(desk, client, offer):
    client.get(path(desk, offer))
    desk.clock.advance(minutes=31)
    page = client.get("/scheduling/offer")
    assert page.status_code == 200
    assert "We could keep this time no longer" in page.text
    pressed = client.post("/scheduling/offer", data=BORN | {"answer": "yes"})
    assert pressed.status_code == 409
    assert "You stay on the waitlist." in pressed.text


def test_no_other_link_opens_an_offer(desk, client, offer):
    visit = desk.rows(Appointment)[0]
    manage = desk.links.token(visit.id, 1)
    as_visit = desk.links.token(offer.id, 1)  # made for visits
    for token in (manage, as_visit, "x", "A" * 64):
        assert client.get(f"/scheduling/offer/{token}").status_code == 404
    assert client.get("/scheduling/offer").status_code == 410


def test_after_a_closure_the_visits_link_leads_to_the_kept_times(desk, client):
    closer = Closer(desk)
    visit = closer.book(1, at(THURSDAY, 9))
    closer.close(at(THURSDAY, 8), at(THURSDAY, 12))
    closer.follow()
    client.get(f"/scheduling/l/{desk.links.token(visit.id, 1)}")
    assert "/scheduling/visit/other-times" in client.get("/scheduling/visit").text
    page = client.get("/scheduling/visit/other-times").text
    holds = re.findall(r'name="hold"[^>]* value="([^"]+)"', page)
    assert len(holds) == 3
    nothing = client.post("/scheduling/visit/other-times", data={"hold": holds[0]})
    assert nothing.status_code == 422
    born = {"born": "3", "born_day": "4", "born_year": "1980", "hold": holds[0]}
    chosen = client.post("/scheduling/visit/other-times", data=born)
    assert (chosen.status_code, chosen.location) == (303, "/scheduling/visit")
    with desk.read() as session:
        found = queries.appointment(session, desk.service, visit.id)
    assert found.status == "booked"
    gone = client.post("/scheduling/visit/other-times", data=born)
    assert gone.status_code == 409


def test_an_offer_made_by_hand_has_a_page_too(desk, client):
    waitlist = Waitlist(desk)
    entry = waitlist.wait("Ann")
    with desk.write() as session:
        offer = operations.offer_by_hand(
            session,
            desk.service,
            entry.id,
            practitioner=make_slot().practitioner,
            start=at(THURSDAY, 10),
            actor="desk",
            now=desk.clock.now(),
        )
    client.get(path(desk, offer))
    assert "Your visit now" not in client.get("/scheduling/offer").text
    born = {"born": "3", "born_day": "27", "born_year": "1980", "answer": "yes"}
    assert client.post("/scheduling/offer", data=born).status_code == 303
    assert [row.start for row in desk.rows(Appointment)] == [at(THURSDAY, 10)]
