"""A patient books through the pages; no script, no account, nothing lost, nothing twice."""

import re

import pytest
from sqlalchemy import func, select

from services.scheduling import operations
from services.scheduling.domain.codes import SlotName
from services.scheduling.domain.handoff import Handoff
from services.scheduling.models import Appointment, Hold
from shared.tables import outbox
from tests.scheduling.patient import (
    BOOK,
    CLAIMS,
    bring_handoff,
    choose,
    key_on,
    press,
    ready_to_book,
    slots_on,
    tell,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def service(make_service):
    service = make_service("scheduling")
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return service


def visits(service) -> list[Appointment]:
    with service.database.read() as session:
        return list(session.scalars(select(Appointment)))


def mails_owed(service) -> int:
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(outbox))


def take(service, token: str, submission: str = "somebody-else") -> None:
    handoff = Handoff.from_claims(CLAIMS | {"submission": submission})
    with service.database.write() as session:
        now = service.clock.now()
        slot = SlotName.read(token)
        operations.create_hold(session, service.clinic, slot, handoff=handoff, now=now)


# -- the whole way -----------------------------------------------------------------------------


def test_a_patient_books_a_visit(client, service):
    bring_handoff(client, service)
    page = client.get(BOOK)
    assert "Monday, March 1" in page.text
    assert "<strong>12:00pm</strong> <small>with Dr. Demo Alder</small>" in page.text
    chosen = choose(client)
    assert (chosen.status_code, chosen.location) == (303, f"{BOOK}details")
    assert "We are holding this time until 10:10am" in client.get(chosen.location).text
    told = tell(client)
    assert (told.status_code, told.location) == (303, f"{BOOK}check")
    page = client.get(told.location)
    for words in (
        "Ann O&#39;Brien-Núñez",
        "March 27, 1980",
        "(503) 555-0123",
        "ann@example.com",
        "Monday, March 1, 2027, 12:00pm (Pacific time)",
        "Dr. Demo Alder",
    ):
        assert words in page.text
    assert "checked" not in page.text
    fields = {"key": key_on(page), "privacy_notice": "yes", "email_ok": "yes"}
    done = press(client, fields)
    assert (done.status_code, done.location) == (303, f"{BOOK}done")
    [visit] = visits(service)
    page = client.get(done.location)
    for words in (
        "You are booked.",
        visit.reference,
        "Monday, March 1, 2027, 12:00pm",
        "Pacific time",
        "with Dr. Demo Alder",
        "1515 NW 18th Ave, 3rd Floor",
        "Portland, OR 97209",
        "503-224-8399",
        "a…@example.com",
        "Photo ID",
    ):
        assert words in page.text
    assert "Núñez" not in page.text
    assert client.get(done.location).text == page.text
    assert len(visits(service)) == 1
    assert mails_owed(service) == 1


def test_no_answer_of_the_patient_stands_in_an_address_or_in_clear_in_a_cookie(client, service):
    bring_handoff(client, service)
    choose(client)
    told = tell(client)
    assert "?" not in told.location
    cookie = client.get_cookie("booking").value
    assert "Ann" not in cookie
    assert len(cookie) < 3072


# -- once --------------------------------------------------------------------------------------


def test_a_double_tap_books_once(client, service):
    fields = ready_to_book(client, service)
    before = client.get_cookie("booking").value
    first = press(client, fields)
    client.set_cookie("booking", before)  # the second tap left before the first answer came
    second = press(client, fields)
    assert first.location == second.location == f"{BOOK}done"
    assert len(visits(service)) == 1
    assert mails_owed(service) == 1


@pytest.mark.parametrize("page", ["", "details", "check"])
def test_going_back_after_booking_leads_to_the_booked_visit(client, service, page):
    press(client, ready_to_book(client, service))
    assert client.get(f"{BOOK}{page}").location == f"{BOOK}done"
    assert client.post(f"{BOOK}{page}", data={}).location == f"{BOOK}done"
    assert len(visits(service)) == 1


def test_pressing_again_on_the_old_page_books_nothing_more(client, service):
    fields = ready_to_book(client, service)
    press(client, fields)
    assert press(client, fields).location == f"{BOOK}done"
    assert len(visits(service)) == 1


def test_a_safety_check_serves_one_booking(client, service):
    press(client, ready_to_book(client, service))
    client.delete_cookie("booking")
    slot = slots_on(client.get(BOOK))[3]
    page = client.post(BOOK, data={"slot": slot})
    assert page.status_code == 409
    assert "A visit was already booked with this safety check." in page.text


def test_answers_changed_in_another_window_are_shown_again(client, service):
    fields = ready_to_book(client, service)
    tell(client, given_name="Anna")
    page = press(client, fields)
    assert page.status_code == 422
    assert "changed in another window" in page.text
    assert "Anna O&#39;Brien" in page.text
    assert visits(service) == []


# -- times -------------------------------------------------------------------------------------


def test_five_days_are_shown_and_more_can_be_asked_for(client, service):
    bring_handoff(client, service)
    page = client.get(BOOK)
    assert page.text.count("<legend><h2>") == 5
    assert len(slots_on(page)) == 30
    count = int(re.search(r"Show all (\d+) times on Tuesday", page.text)[1])
    everything = client.get(f"{BOOK}?all=2027-03-02")
    assert len(slots_on(everything)) == 24 + count
    later = client.get(f"{BOOK}?first=2027-03-08")
    assert "Monday, March 8" in later.text
    assert "Earliest times" in later.text


def test_times_can_be_narrowed_to_a_person_and_a_part_of_the_day(client, service):
    bring_handoff(client, service)
    page = client.get(f"{BOOK}?practitioner=birch&part=morning&all=2027-03-02")
    assert "with Dr. Demo Birch" in page.text
    assert "with Dr. Demo Alder" not in page.text
    assert "<strong>11:45am</strong>" not in page.text  # held for urgent patients, then lunch
    assert "<strong>11:00am</strong>" in page.text
    assert "pm</strong>" not in page.text


ODD = ["first=never", "practitioner=nobody", "part=night", "all=2027-02-30", "first=9999-12-31"]


@pytest.mark.parametrize("query", ODD)
def test_odd_filters_do_no_harm(client, service, query):
    bring_handoff(client, service)
    assert client.get(f"{BOOK}?{query}").status_code == 200


def test_an_urgent_patient_sees_only_days_that_are_soon_enough(client, service):
    bring_handoff(client, service, urgency="URGENT_2BD", visit_type="URG", latest_day="2027-03-03")
    page = client.get(BOOK)
    assert "Please choose a time by Wednesday, March 3" in page.text
    assert page.text.count("<legend><h2>") == 3
    assert "Thursday" not in page.text


def test_a_time_must_be_chosen(client, service):
    bring_handoff(client, service)
    for data in ({}, {"slot": "nonsense"}, {"slot": ""}):
        page = client.post(BOOK, data=data)
        assert page.status_code == 422
        assert '<a href="#slot">Choose a time</a>' in page.text


def test_a_time_that_was_just_taken_is_told_with_the_closest_ones(client, service):
    bring_handoff(client, service)
    slot = slots_on(client.get(BOOK))[2]
    take(service, slot)
    page = client.post(BOOK, data={"slot": slot})
    assert page.status_code == 409
    assert "That time was just taken." in page.text
    assert "Closest free times" in page.text
    again = client.post(BOOK, data={"slot": slots_on(page)[0]})
    assert again.location == f"{BOOK}details"


def test_a_time_of_another_kind_of_visit_cannot_be_chosen(client, service, clock):
    bring_handoff(client, service)
    token = SlotName("FU", "alder", clock.now().replace(hour=22, minute=0)).token()
    assert client.post(BOOK, data={"slot": token}).status_code == 409


def test_changing_the_time_gives_the_first_one_back(client, service):
    ready_to_book(client, service)
    slot = slots_on(client.get(BOOK))[4]
    assert client.post(BOOK, data={"slot": slot}).location == f"{BOOK}check"
    with service.database.read() as session:
        [hold] = session.scalars(select(Hold))
    assert hold.start == SlotName.read(slot).start


# -- details -----------------------------------------------------------------------------------

WRONG = [
    pytest.param("given_name", "", "Enter the first name", id="no first name"),
    pytest.param("given_name", "A\u202enn", "Enter the first name", id="hidden characters"),
    pytest.param("family_name", " ", "Enter the last name", id="no last name"),
    pytest.param("phone", "555", "Enter a phone number with 10 digits", id="short phone"),
    pytest.param("phone", "", "Enter a phone number with 10 digits", id="no phone"),
    pytest.param("may_leave_message", None, "Choose if we may leave a message", id="no choice"),
    pytest.param("email", "", "or tick I do not have email", id="no email, no tick"),
    pytest.param("email", "a@b.c, d@e.fg", "Enter an email like", id="two addresses"),
    pytest.param("support", "magic", "Choose one", id="unknown support"),
    pytest.param("no_email", "yes", "but not both", id="email and no email"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_faulty_answer_is_told_beside_the_field(client, service, name, value, sentence):
    bring_handoff(client, service)
    choose(client)
    page = tell(client, **{name: value})
    field = "email" if name == "no_email" else name
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}-error"' in page.text
    assert page.text.count(sentence) == 2
    assert "<title>Error: " in page.text
    assert 'value="503 555 0123"' in page.text or name == "phone"


def test_a_patient_without_email_can_book(client, service):
    bring_handoff(client, service)
    choose(client)
    tell(client, email="", no_email="yes")
    page = client.get(f"{BOOK}check")
    assert "No email" in page.text
    assert 'name="email_ok"' not in page.text
    press(client, {"key": key_on(page), "privacy_notice": "yes"})
    assert "You gave us no email" in client.get(f"{BOOK}done").text


def test_who_books_for_a_child_says_who_they_are(client, service):
    bring_handoff(client, service, for_whom="my_child")
    choose(client)
    assert "Patient’s first name" in client.get(f"{BOOK}details").text
    page = tell(client)
    assert page.status_code == 422
    assert "Enter your own name" in page.text
    assert "Choose how you know the patient" in page.text
    tell(client, booker_name="Bea O'Brien", booker_relationship="parent")
    assert "Bea O&#39;Brien" in client.get(f"{BOOK}check").text


def test_consent_is_asked_for_and_never_assumed(client, service):
    fields = ready_to_book(client, service)
    page = press(client, {"key": fields["key"]})
    assert page.status_code == 422
    assert 'href="#privacy_notice"' in page.text
    assert 'href="#email_ok"' in page.text
    assert visits(service) == []
    assert press(client, fields).location == f"{BOOK}done"


# -- holding -----------------------------------------------------------------------------------


def test_more_time_is_given_three_times_and_keeps_what_is_typed(client, service, clock):
    bring_handoff(client, service)
    choose(client)
    for minutes in (18, 26, 34):
        clock.advance(minutes=8)
        assert tell(client, phone="50", more_time="yes").location == f"{BOOK}details"
        page = client.get(f"{BOOK}details")
        assert f"until 10:{minutes}am" in page.text
        assert 'value="50"' in page.text
    page = tell(client, more_time="yes")
    assert page.status_code == 409
    assert "We cannot keep this time any longer." in page.text


def test_a_hold_that_ran_out_costs_no_answer(client, service, clock):
    fields = ready_to_book(client, service)
    clock.advance(minutes=10)
    assert client.get(f"{BOOK}check").location == BOOK
    gone = press(client, fields)
    assert (gone.status_code, gone.location) == (303, BOOK)
    page = client.get(BOOK)
    assert "We could keep that time no longer. Your answers are saved." in page.text
    again = client.post(BOOK, data={"slot": slots_on(page)[1]})
    assert again.location == f"{BOOK}check"
    assert "ann@example.com" in client.get(again.location).text


def test_a_hold_given_back_elsewhere_is_told(client, service):
    fields = ready_to_book(client, service)
    with service.database.write() as session:
        hold = session.scalars(select(Hold)).one()
        operations.release_hold(session, service.clinic, hold.id)
    assert press(client, fields).location == BOOK
    assert "We could keep that time no longer." in client.get(BOOK).text


# -- the safety check --------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["", "details", "check"])
def test_without_a_safety_check_the_way_leads_to_it(client, service, page):
    response = client.get(f"{BOOK}{page}")
    assert response.status_code == 409
    assert "Answer the safety check first." in response.text
    assert 'href="/intake/"' in response.text


def test_a_safety_check_lasts_an_hour_and_answers_outlive_it(client, service, clock):
    ready_to_book(client, service)
    clock.advance(minutes=59)
    tell(client)
    clock.advance(minutes=1)
    page = client.get(BOOK)
    assert page.status_code == 410
    assert "Please start again" in page.text
    bring_handoff(client, service, submission="8a8c8f6e-0000-4000-8000-000000000002")
    assert choose(client).location == f"{BOOK}check"


def test_the_answers_of_another_patient_are_not_shown(client, service):
    ready_to_book(client, service)
    other = {"submission": "8a8c8f6e-0000-4000-8000-000000000002", "date_of_birth": "2010-01-01"}
    bring_handoff(client, service, **other)
    assert choose(client).location == f"{BOOK}details"
    assert "Ann" not in client.get(f"{BOOK}details").text


@pytest.mark.parametrize("urgency", ["EMERGENCY", "SAME_DAY"])
def test_a_stopped_patient_is_asked_to_call(client, service, urgency):
    bring_handoff(client, service, urgency=urgency)
    page = client.get(BOOK)
    assert page.status_code == 409
    assert "Please call us instead of booking online." in page.text
    assert 'href="/intake/"' not in page.text


def test_a_foreign_statement_is_no_safety_check(client, service):
    client.set_cookie("handoff", "forged")
    assert client.get(BOOK).status_code == 409
    client.set_cookie("booking", "forged")
    bring_handoff(client, service)
    assert client.get(BOOK).status_code == 200
    assert client.get(f"{BOOK}done").location == BOOK
