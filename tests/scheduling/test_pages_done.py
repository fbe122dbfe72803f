"""After booking: the confirmation, its calendar file, another visit for the same family; and the
booking pages in Spanish."""

import re

import icalendar
import pytest
from sqlalchemy import select

from services.scheduling import operations, queries
from services.scheduling.models import Appointment, Hold
from tests.scheduling.patient import (
    BOOK,
    DETAILS,
    bring_handoff,
    choose,
    key_on,
    press,
    ready_to_book,
    slots_on,
    tell,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
OTHER = {"submission": "8a8c8f6e-0000-4000-8000-000000000002", "date_of_birth": "2019-05-06"}


@pytest.fixture
def service(make_service):
    service = make_service("scheduling")
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return service


@pytest.fixture
def visit(client, service) -> Appointment:
    press(client, ready_to_book(client, service))
    with service.database.read() as session:
        return session.scalars(select(Appointment)).one()


# -- the confirmation --------------------------------------------------------------------------


def test_the_confirmation_says_what_happens_next_and_how_to_change_it(client, service, visit):
    page = client.get(f"{BOOK}done").text
    assert "What happens next" in page
    assert "There is nothing else you must do now." in page
    assert re.search(r'href="http://localhost/scheduling/l/[A-Za-z0-9_-]{64}"', page)
    assert visit.id not in page


def test_the_calendar_file_is_of_this_visit_and_says_nothing_about_health(client, service, visit):
    answer = client.get(f"{BOOK}visit.ics")
    assert answer.content_type.startswith("text/calendar; method=PUBLISH")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    calendar = icalendar.Calendar.from_ical(answer.data)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert event["UID"] == f"{visit.id}@localhost"
    assert event["SEQUENCE"] == visit.version
    assert event["DTSTART"].dt == visit.start
    assert event["DTEND"].dt == visit.end
    assert "3rd Floor" in event["LOCATION"]
    assert "ATTENDEE" not in event
    text = answer.text.lower()
    for word in ("new patient", "spine", "pain", "ann", "alder", "1980", "http", "/l/"):
        assert word not in text


@pytest.mark.parametrize("page", ["done", "visit.ics"])
def test_without_a_booking_of_ones_own_there_is_nothing_to_see(client, service, visit, page):
    client.delete_cookie("booking")
    assert client.get(f"{BOOK}{page}").location == BOOK
    client.set_cookie("booking", "forged")
    assert client.get(f"{BOOK}{page}").location == BOOK


# -- another visit -----------------------------------------------------------------------------


def test_another_visit_for_a_child_asks_for_no_contact_data_again(client, service, visit):
    client.set_cookie("draft", "what intake keeps")
    gone_on = client.post(f"{BOOK}again")
    assert (gone_on.status_code, gone_on.location) == (303, "/intake/")
    assert client.get_cookie("draft") is None
    assert client.get_cookie("handoff") is None

    bring_handoff(client, service, for_whom="my_child", **OTHER)
    assert choose(client).location == f"{BOOK}details"
    page = client.get(f"{BOOK}details").text
    for kept in ("ann@example.com", "503 555 0123", 'name="booker_name" type="text" value="Ann '):
        assert kept in page
    assert 'name="given_name" type="text" value=""' in page
    tell(client, given_name="Bo", booker_name="Ann Núñez", booker_relationship="parent")
    page = client.get(f"{BOOK}check")
    assert "Ann Núñez (Parent)" in page.text
    press(client, {"key": key_on(page), "privacy_notice": "yes", "email_ok": "yes"})
    with service.database.read() as session:
        rows = list(session.scalars(select(Appointment)))
        assert len({row.patient_id for row in rows}) == 2
        assert len({row.email_key for row in rows}) == 1


def test_another_visit_for_the_same_patient_asks_for_nothing_again(client, service, visit):
    client.post(f"{BOOK}again")
    bring_handoff(client, service, submission=OTHER["submission"])
    assert choose(client, 5).location == f"{BOOK}check"


def test_nothing_is_kept_for_the_next_visitor_who_did_not_ask_for_it(client, service, visit):
    bring_handoff(client, service, **OTHER)
    choose(client)
    page = client.get(f"{BOOK}details").text
    assert "ann@example.com" not in page
    assert "555 0123" not in page


def test_contact_data_are_forgotten_after_an_hour(client, service, visit, clock):
    client.post(f"{BOOK}again")
    clock.advance(minutes=60)
    bring_handoff(client, service, **OTHER)
    choose(client)
    assert "ann@example.com" not in client.get(f"{BOOK}details").text


def test_another_visit_cannot_be_asked_for_without_a_first_one(client, service):
    bring_handoff(client, service)
    assert client.post(f"{BOOK}again").location == BOOK
    assert client.get_cookie("handoff") is not None


# -- helpers -----------------------------------------------------------------------------------


def test_who_helps_is_told_to_have_permission_and_may_give_a_phone(client, service):
    bring_handoff(client, service, for_whom="someone_i_help")
    choose(client)
    assert "let you share their health details" in client.get(f"{BOOK}details").text
    helper = {"booker_name": "Bea", "booker_relationship": "other"}
    page = tell(client, **helper, booker_phone="12")
    assert '<a href="#booker_phone">' in page.text
    assert tell(client, **helper, booker_phone="503 555 0177").location == f"{BOOK}check"


# -- a changed safety check --------------------------------------------------------------------


def test_changed_answers_cost_neither_what_was_typed_nor_the_time_that_was_held(client, service):
    ready_to_book(client, service)
    bring_handoff(client, service, submission=OTHER["submission"])
    other = slots_on(client.get(BOOK))[1]
    assert client.post(BOOK, data={"slot": other}).location == f"{BOOK}check"
    with service.database.read() as session:
        [hold] = session.scalars(select(Hold))  # the first one was given back
    assert hold.owner == OTHER["submission"]
    assert "ann@example.com" in client.get(f"{BOOK}check").text


def test_choosing_the_held_time_again_is_no_way_to_hold_it_longer(client, service, clock):
    bring_handoff(client, service)
    choose(client)
    clock.advance(minutes=5)
    page = client.get(BOOK)
    assert "We are holding this time until 10:10am" in page.text
    held = re.search(r'value="([^"]+)" checked', page.text)[1]
    assert slots_on(page).count(held) == 1
    assert client.post(BOOK, data={"slot": held}).location == f"{BOOK}details"
    assert "until 10:10am" in client.get(f"{BOOK}details").text


def test_a_lost_hold_is_told_with_the_nearest_times(client, service, clock):
    bring_handoff(client, service)
    choose(client, 7)
    clock.advance(minutes=11)
    page = client.get(BOOK)
    assert "We could keep that time no longer." in page.text
    assert "Closest free times" in page.text


def test_an_urgent_patient_without_a_time_gets_the_phone(client, service, clock):
    clock.set("2027-03-03T15:00:00-08:00")
    soon = {"urgency": "URGENT_2BD", "visit_type": "URG", "latest_day": "2027-03-03"}
    bring_handoff(client, service, **soon)
    page = client.get(BOOK).text
    assert "No time is left by Wednesday, March 3" in page
    assert 'class="button" href="tel:+15032248399"' in page
    assert "urgent care or emergency room" not in page  # somebody answers now
    clock.set("2027-03-03T18:00:00-08:00")
    bring_handoff(client, service, **soon)
    assert "urgent care or emergency room" in client.get(BOOK).text


# -- Spanish -----------------------------------------------------------------------------------


def test_the_language_of_the_safety_check_is_that_of_the_booking(client, service):
    bring_handoff(client, service, language="es")
    page = client.get(BOOK).text
    assert '<html lang="es">' in page
    for words in ("Elija una hora", "lunes 1 de marzo", "con Dr. Demo Alder"):
        assert words in page
    assert re.search(r"Ver las \d+ horas del martes", page)
    choose(client)
    page = tell(client, phone="555")
    assert "Hay un problema" in page.text
    assert "Escriba un teléfono con 10 números" in page.text
    tell(client)
    page = client.get(f"{BOOK}check")
    for words in (
        "27 de marzo de 1980",
        "hora del Pacífico",
        "No necesito apoyo",
        "Reservar esta cita",
    ):
        assert words in page.text
    press(client, {"key": key_on(page), "privacy_notice": "yes", "email_ok": "yes"})
    page = client.get(f"{BOOK}done").text
    assert "Su cita está reservada." in page
    assert "lunes 1 de marzo de 2027" in page


def test_what_the_visitor_asks_for_goes_before_and_decides_the_mails(client, service):
    bring_handoff(client, service, language="en")
    page = client.get(f"{BOOK}?lang=es")
    assert '<html lang="es">' in page.text
    assert 'lang="en">English</a>' in page.text
    choose(client)
    tell(client)
    page = client.get(f"{BOOK}check")
    press(client, {"key": key_on(page), "privacy_notice": "yes", "email_ok": "yes"})
    with service.database.read() as session:
        row = session.scalars(select(Appointment)).one()
        assert queries.appointment(session, service, row.id).language == "es"


def test_changing_the_language_keeps_even_faulty_answers(client, service):
    bring_handoff(client, service)
    choose(client)
    assert tell(client, phone="55").status_code == 422
    page = client.get(f"{BOOK}details?lang=es").text
    assert 'value="55"' in page
    assert f'value="{DETAILS["email"]}"' in page


def test_pages_of_staff_stay_english(client, service):
    client.set_cookie("language", "es")
    assert '<html lang="en">' in client.get("/scheduling/staff/sign-in").text
