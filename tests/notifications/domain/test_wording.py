"""Zones and languages as patients know them."""

from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.wording import LANGUAGES, text_language, zone_name
from shared import words


@pytest.mark.parametrize(
    ("zone", "english", "spanish"),
    [
        ("America/Los_Angeles", "Pacific time", "hora del Pacífico"),
        ("America/New_York", "Eastern time", "hora del Este"),
        ("America/Boise", "Boise time", "hora de Boise"),
        ("Asia/Ho_Chi_Minh", "Ho Chi Minh time", "hora de Ho Chi Minh"),
    ],
)
def test_zones_have_names_that_people_use(zone: str, english: str, spanish: str) -> None:
    assert zone_name(ZoneInfo(zone)) == english
    assert zone_name(ZoneInfo(zone), "es") == spanish


def test_mails_speak_what_the_suite_speaks() -> None:
    assert LANGUAGES == words.LANGUAGES


@pytest.mark.parametrize(("wanted", "written"), [("es", "es"), ("en", "en"), ("fr", "en")])
def test_who_wants_a_language_we_do_not_have_gets_english(wanted: str, written: str) -> None:
    assert text_language(wanted) == written
