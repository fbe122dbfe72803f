"""The staff page of samples: every mail can be looked at, and none of them can do anything."""

import re
from itertools import product

import pytest
from werkzeug.test import Client

from services.notifications.domain.samples import sample_names
from services.notifications.domain.wording import LANGUAGES
from shared.service import Service
from shared.settings import ROOT
from tests.notifications.builders import staff_token

CSP = "Content-Security-Policy"
PREVIEW = "/notifications/staff/preview"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def desk(client: Client, service: Service) -> Client:
    client.set_cookie("staff", staff_token(service, "front_desk"))
    return client


def test_the_list_leads_to_every_mail_in_every_language(desk: Client) -> None:
    page = desk.get(PREVIEW)
    assert page.status_code == 200
    links = re.findall(r'href="([^"]*/staff/preview/[^"]*)"', page.text)
    assert len(links) == len(sample_names()) * len(LANGUAGES)
    for link in links:
        answer = desk.get(link)
        assert answer.status_code == 200
        assert "<iframe" in answer.text


@pytest.mark.parametrize(("name", "language"), list(product(sample_names(), LANGUAGES)))
def test_a_mail_in_its_frame_has_no_rights(desk: Client, name: str, language: str) -> None:
    path = f"{PREVIEW}/{name}?language={language}&part=html"
    answer = desk.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers[CSP].split(";"))
    assert answer.mimetype == "text/html"
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "",
    }
    assert f'<html lang="{language}">' in answer.text


def test_the_page_around_it_may_frame_our_own_pages_and_nothing_else(desk: Client) -> None:
    answer = desk.get(f"{PREVIEW}/confirmation")
    policy = answer.headers[CSP]
    assert policy == desk.get(PREVIEW).headers[CSP] + "; frame-src 'self'"
    assert "unsafe-inline" not in policy
    assert '<iframe title="The mail" sandbox ' in answer.text


def test_text_and_entry_can_be_read_alone(desk: Client) -> None:
    text = desk.get(f"{PREVIEW}/confirmation?language=es&part=text")
    assert text.mimetype == "text/plain"
    assert text.text.startswith("Hola Ann: su cita está lista.")
    entry = desk.get(f"{PREVIEW}/cancelled?part=ics")
    assert entry.mimetype == "text/plain"
    assert "METHOD:CANCEL" in entry.text


@pytest.mark.parametrize(
    "path",
    [
        "/survey",
        "/confirmation?language=fr",
        "/confirmation?part=source",
        "/reminder_1d?part=ics",  # has none
    ],
)
def test_what_is_not_there_is_not_found(desk: Client, path: str) -> None:
    assert desk.get(PREVIEW + path).status_code == 404


def test_visitors_are_sent_to_sign_in(client: Client) -> None:
    for path in ("", "/confirmation", "/confirmation?part=html"):
        assert client.get(PREVIEW + path).status_code == 303


def test_no_other_page_has_a_policy_of_its_own(desk: Client) -> None:
    files = [file for room in ("services", "shared") for file in (ROOT / room).rglob("*.py")]
    naming = {str(file.relative_to(ROOT)) for file in files if CSP in file.read_text("utf-8")}
    assert naming == {"shared/web/headers.py", "services/notifications/pages/preview.py"}
    assert "unsafe-inline" not in desk.get(PREVIEW).headers[CSP]
