"""What the mails say in each case: who, when, and what does not apply."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.domain.content import Letter
from services.notifications.domain.errors import MessageUnfit
from services.notifications.mailer.draft import Draft, draft
from shared.clinic import Clinic
from shared.settings import ROOT
from tests.notifications.builders import PUBLIC_URL, make_clinic, make_letter, make_sample

OSM = Clinic.load(ROOT / "shared" / "clinic.toml")


def written(letter: Letter) -> Draft:
    return draft(letter, OSM, PUBLIC_URL)


def text_of(name: str, language: str = "en", **changes: Any) -> str:
    letter = make_sample(name, language)
    return written(replace(letter, content=replace(letter.content, **changes))).text


@pytest.mark.parametrize(
    ("changed_by", "english", "spanish"),
    [
        ("patient", "You made this change.", "Usted hizo este cambio."),
        ("staff", "Our office made this change.", "Nuestra oficina hizo este cambio."),
        ("system", "Our office made this change.", "Nuestra oficina hizo este cambio."),
    ],
)
def test_who_moved_the_visit_is_said(changed_by: str, english: str, spanish: str) -> None:
    assert english in text_of("rescheduled", changed_by=changed_by)
    assert spanish in text_of("rescheduled", "es", changed_by=changed_by)


def test_a_moved_visit_names_both_times() -> None:
    text = text_of("rescheduled")
    assert "New: Thursday, March 18, 2027 at 10:15am with Dr. Demo Alder" in text
    assert "Old: Tuesday, March 16, 2027 at 9:00am (cancelled)" in text


def test_another_practitioner_at_the_same_time_is_no_new_time() -> None:
    letter = make_sample("rescheduled")
    same = replace(letter.content, previous_start=letter.content.start)
    words = written(replace(letter, content=same))
    assert words.subject == "Your visit changed: Thu, Mar 18, 10:15am"
    assert "your visit is now with Dr. Demo Alder" in words.text
    assert "Old:" not in words.text
    assert "cancelled" not in words.text


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("reminder_3d", "en", "your visit on Tuesday, March 16, 2027 at 9:00am with Dr. Demo"),
        ("reminder_3d", "es", "su cita el martes 16 de marzo de 2027 a las 9:00am con Dr. Demo"),
        ("reminder_1d", "en", "your visit tomorrow, Tuesday, March 16, 2027 at 9:00am with"),
        ("reminder_1d", "es", "su cita mañana, martes 16 de marzo de 2027 a las 9:00am con"),
        ("waitlist_offer", "en", "This offer ends at 10:40am today."),
        ("waitlist_offer", "es", "Esta oferta termina hoy a las 10:40am."),
        ("no_show", "en", "we missed you today at 9:00am. We hope you are OK."),
        ("no_show", "es", "hoy no pudimos verle a las 9:00am. Esperamos que esté bien."),
        ("staff_alert", "en", "A request needs a call today. Ref 7F3K, received 10:02am."),
        ("confirmation", "es", "Martes 16 de marzo de 2027, 9:00am (hora del Pacífico), con Dr."),
        ("waitlist_result_gone", "en", "at 1:30pm is taken."),
        ("waitlist_result_gone", "es", "a la 1:30pm ya está ocupada."),
        ("visit_links", "en", "Tuesday, March 16, 2027 at 9:00am: https://clinic.example/sched"),
    ],
)
def test_days_are_said_as_people_say_them(name: str, language: str, words: str) -> None:
    assert words in text_of(name, language)


@pytest.mark.parametrize("name", ["reminder_3d", "reminder_1d"])
def test_a_reminder_names_open_questions_and_only_open_ones(name: str) -> None:
    assert "You have health questions left" in text_of(name, is_intake_open=True)
    assert "questions" not in text_of(name, is_intake_open=False)


def test_a_reminder_that_comes_late_does_not_say_tomorrow() -> None:
    letter = make_sample("reminder_1d")
    today = written(replace(letter, dated_at=letter.dated_at + timedelta(days=1)))
    assert today.subject == "Today: 9:00am"
    assert "today, Tuesday, March 16, 2027" in today.text


def test_an_offer_to_somebody_without_a_visit_speaks_of_none() -> None:
    assert "Your visit on" not in text_of("waitlist_offer", current_start=None)
    gone = text_of("waitlist_result_gone", current_start=None)
    assert "Your visit on" not in gone
    assert f"Find another time: {PUBLIC_URL}/ or call 503-224-8399." in gone


@pytest.mark.parametrize(
    ("received", "is_told"),
    [
        pytest.param(datetime(2027, 3, 1, 18, 2, tzinfo=UTC), False, id="Monday, 10:02am"),
        pytest.param(datetime(2027, 3, 2, 0, 30, tzinfo=UTC), True, id="Monday, 4:30pm: closed"),
        pytest.param(datetime(2027, 2, 28, 18, 0, tzinfo=UTC), True, id="Sunday"),
        pytest.param(datetime(2027, 2, 15, 18, 0, tzinfo=UTC), True, id="a holiday"),
    ],
)
def test_the_desk_is_told_what_came_in_while_it_was_closed(
    received: datetime, is_told: bool
) -> None:
    text = text_of("staff_alert", received_at=received)
    assert ("The patient was told to seek care." in text) == is_told


def test_the_desk_is_told_the_day_of_an_older_request() -> None:
    earlier = datetime(2027, 2, 26, 18, 2, tzinfo=UTC)
    text = text_of("staff_alert", received_at=earlier)
    assert "received Friday, February 26, 2027 at 10:02am." in text


def test_every_visit_that_was_asked_for_has_its_link() -> None:
    links = tuple(
        (datetime(2027, 3, day, 16, tzinfo=UTC), f"{PUBLIC_URL}/scheduling/l/{day}")
        for day in (15, 16, 17)
    )
    text = text_of("visit_links", links=links)
    assert all(f"March {start.day}, 2027 at 9:00am: {url}\n" in text for start, url in links)


def test_a_clinic_without_a_floor_sentence_sends_none() -> None:
    letter = make_sample("reminder_1d")
    assert "We are on the 3rd floor. Please come" in written(letter).text
    assert "\n\nPlease come 15 minutes" in draft(letter, make_clinic(), PUBLIC_URL).text


def test_without_a_name_the_mail_greets_all_the_same() -> None:
    assert text_of("confirmation", given_name="").startswith("Hello, your visit is set.")
    assert text_of("confirmation", "es", given_name="").startswith("Hola: su cita está lista.")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("confirmation", {"manage_url": "javascript:alert(1)"}),
        ("confirmation", {"manage_url": "https://clinic.example/l/x y"}),
        ("waitlist_offer", {"offer_url": "/scheduling/l/x"}),
        ("visit_links", {"links": ((datetime(2027, 3, 1, tzinfo=UTC), "x\nhttps://x"),)}),
        ("staff_alert", {"short_reference": "7F3K2"}),
        ("staff_alert", {"short_reference": "Ann!"}),
    ],
)
def test_what_is_no_link_or_no_reference_stays_in_the_house(
    kind: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(MessageUnfit):
        text_of(kind, **changes)


@pytest.mark.parametrize("changes", [{"language": "fr"}, {"kind": "survey"}])
def test_a_mail_nobody_wrote_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(MessageUnfit):
        written(make_letter(**changes))
