"""Every kind of mail in every language: its subject, its words, and what it must never name."""

import json
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from itertools import product

import pytest

from services.notifications.domain.content import KINDS, Letter
from services.notifications.domain.samples import sample_names
from services.notifications.domain.wording import LANGUAGES
from services.notifications.mailer import compose
from services.notifications.mailer.draft import Draft, draft
from shared.clinic import Clinic
from shared.settings import ROOT
from tests.notifications.builders import PUBLIC_URL, make_sample

OSM = Clinic.load(ROOT / "shared" / "clinic.toml")
MAIL = [pytest.param(*one, id="-".join(one)) for one in product(sample_names(), LANGUAGES)]
every_mail = pytest.mark.parametrize(("name", "language"), MAIL)
# The rest leads to the clinic's front door, to an offer, or to the desk's inbox.
WITH_MANAGE_LINK = {
    "confirmation", "rescheduled", "cancelled_by_clinic", "reminder_3d", "reminder_1d",
    "intake_nudge", "waitlist_offer", "waitlist_result", "visit_links",
}  # fmt: skip
SUBJECTS = {
    "confirmation": (
        "Your visit is set: Tue, Mar 16, 9:00am",
        "Su cita: mar 16 mar, 9:00am",
    ),
    "rescheduled": ("Your visit moved to Thu, Mar 18, 10:15am", "Su cita cambió"),
    "cancelled": ("Your visit is cancelled", "Su cita está cancelada"),
    "cancelled_by_clinic": (
        "We had to cancel your visit on Tue, Mar 16",
        "Tuvimos que cancelar su cita del mar 16 mar",
    ),
    "reminder_3d": ("Reminder: Tue, Mar 16, 9:00am", "Recordatorio: mar 16 mar, 9:00am"),
    "reminder_1d": ("Tomorrow: 9:00am", "Mañana: 9:00am"),
    "intake_nudge": ("A few questions before your visit", "Unas preguntas antes de su cita"),
    "waitlist_offer": ("An earlier time is open", "Hay una hora más temprano"),
    "waitlist_result": ("You have the earlier time", "Ya tiene la hora más temprano"),
    "waitlist_result_gone": ("That time is taken", "Esa hora ya está ocupada"),
    "no_show": ("We missed you today", "Hoy no pudimos verle"),
    "callback_received": ("We got your request to call", "Recibimos su solicitud de llamada"),
    "visit_links": ("The links to your visits", "Los enlaces de sus citas"),
    "staff_alert": (
        "[OSM] New item needs a call now (7F3K)",
        "[OSM] Una solicitud necesita una llamada ahora (7F3K)",
    ),
}


def written(letter: Letter) -> Draft:
    return draft(letter, OSM, PUBLIC_URL)


# Words of the catalog that say nothing about anybody's health.
EVERYDAY = {
    "ahora", "cambiado", "cambio", "care", "change", "changed", "esta", "está", "feel",
    "first", "gets", "getting", "hacer", "have", "more", "nada", "nothing", "nueva", "open",
    "otra", "para", "puede", "siente", "take", "that", "there", "this", "tiene", "time",
    "toma", "will", "with", "worse", "your",
}  # fmt: skip


def screen_text(html: str) -> str:
    """What the HTML shows, with each link's address where the text has it: in place of the label,
    or, where the link stands alone in its paragraph, behind it."""
    body = html.partition("<body")[2].partition(">")[2]
    body = re.sub(r'<div class="preheader".*?</div>', "", body, flags=re.DOTALL)
    link = r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>'
    body = re.sub(rf"(<p[^>]*>)\s*{link}", r"\1\3: \2", body)
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(link, r"\1", body)))


def words_of(text: str) -> list[str]:
    return re.sub(r"\s+([.,:;)])", r"\1", " ".join(text.split())).split()


def telling_words(label: str) -> list[str]:
    """The words by which a label could be guessed."""
    return [word for word in re.findall(r"\w{4,}", label.casefold()) if word not in EVERYDAY]


def health_words() -> Iterator[str]:
    """All that intake and scheduling can call a complaint, a place of the body, a visit."""
    catalog = json.loads((ROOT / "services/intake/data/catalog.json").read_text(encoding="utf-8"))
    for group in ("regions", "symptoms", "history_flags", "mechanisms"):
        for entry in catalog[group]:
            yield entry["code"].replace("_", " ")
            yield entry["en"]
            yield entry["es"]
            yield from telling_words(entry["en"])
            yield from telling_words(entry["es"])
    clinic = tomllib.loads((ROOT / "shared/clinic.toml").read_text(encoding="utf-8"))
    yield from (kind["name"] for kind in clinic["visit_types"])
    yield from (one["specialty"].replace("_", " ") for one in clinic["practitioners"])
    yield from ("specialty", "urgent", "routine", "emergency room", "diagnosis", "birth", "pain")
    yield from ("especialidad", "urgente", "diagnóstico", "nacimiento", "dolor", "apellido")


HEALTH = sorted({word.casefold() for word in health_words() if len(word) > 2} - {"none", "other"})
CODES = {"NP", "NPX", "FU", "URG", "WC", "PO", "INJ", "CST", "ROUTINE", "SAME_DAY", "URGENT_2BD"}


def test_there_is_a_sample_of_every_kind() -> None:
    assert {make_sample(name).kind for name in sample_names()} == set(KINDS)


@every_mail
def test_the_subject_says_what_and_nothing_more(name: str, language: str) -> None:
    subject = SUBJECTS[name][LANGUAGES.index(language)]
    assert written(make_sample(name, language)).subject == subject
    assert len(subject) <= 60


@every_mail
def test_text_and_html_say_the_same_words(name: str, language: str) -> None:
    words = written(make_sample(name, language))
    assert words_of(screen_text(words.html)) == words_of(words.text)


@every_mail
def test_every_mail_says_where_we_are_and_how_to_reach_us(name: str, language: str) -> None:
    words = written(make_sample(name, language))
    for text in (words.text, unescape(words.html)):
        for line in (
            "Orthopedic & Sports Medicine Center of Oregon",
            "1515 NW 18th Ave, 3rd Floor",
            "Portland, OR 97209",
            f"503-224-8399, {OSM.hours_in(language)}",
            "https://maps.google.com/?q=1515+NW+18th+Ave+Portland+OR+97209",
            ("Take the elevator to the 3rd floor.", "Suba en elevador al 3er piso.")[
                language == "es"
            ],
            ("If this is an emergency, call 911.", "Si es una emergencia, llame al 911.")[
                language == "es"
            ],
        ):
            assert line in text


@every_mail
def test_every_mail_links_to_where_the_patient_goes_next(name: str, language: str) -> None:
    words = written(make_sample(name, language))
    inside = f"{PUBLIC_URL}/scheduling/l/sample"
    front_door = f"{PUBLIC_URL}/"
    inbox = f"{PUBLIC_URL}/scheduling/staff/inbox"
    wanted: dict[str, set[str]] = {
        "cancelled": {front_door},
        "no_show": {front_door},
        "waitlist_result_gone": set(),
        "callback_received": set(),
        "staff_alert": {inbox},
    }
    links = set(re.findall(r'href="([^"]*)"', words.html)) - {OSM.raw["mail"]["map_url"]}
    assert links == wanted.get(name, {inside})
    assert (links == {inside}) == (name in WITH_MANAGE_LINK)
    assert all(link in words.text.split() for link in links)


@every_mail
def test_no_mail_names_a_complaint_a_body_part_or_a_kind_of_visit(name: str, language: str) -> None:
    words = written(make_sample(name, language))
    text = " ".join(f"{words.subject} {words.text} {screen_text(words.html)}".split())
    for own in (OSM.name, "Medicine", "emergency", "emergencia"):
        text = text.replace(own, "")
    found = [word for word in HEALTH if re.search(rf"\b{re.escape(word)}\b", text.casefold())]
    assert not found
    assert not CODES & set(re.findall(r"\w+", text))


def test_the_words_to_avoid_are_known() -> None:
    """The test above would pass for ever with an empty list."""
    assert {"knee", "rodilla", "lower back", "injection", "spine", "follow-up visit"} <= set(HEALTH)
    assert len(HEALTH) > 150


@every_mail
def test_the_html_loads_nothing_and_asks_for_nothing(name: str, language: str) -> None:
    html = written(make_sample(name, language)).html
    assert not re.search(r"<(img|script|link|iframe|svg|form|input|object)\b", html)
    assert not re.search(r"url\(|@import|@font-face|\bsrc=|\son\w+=", html)
    assert f'<html lang="{language}">' in html
    assert html.count("<style>") == 1, "dark screens need it"
    for tag in re.findall(r"<(?:td|a|p)\b[^>]*>", html):
        assert "style=" in tag, "mail programs that drop style tags still show our colours"


@every_mail
def test_every_mail_is_small(name: str, language: str) -> None:
    """Gmail cuts a mail off at 102 KB."""
    assert len(compose(make_sample(name, language), OSM, PUBLIC_URL).content) < 30_000
