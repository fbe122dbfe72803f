"""What answers at the address itself: robots.txt, security.txt, and a page for wrong addresses."""

from datetime import datetime, timedelta

import pytest
from werkzeug.test import Client

from suite import services

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def door(make_service) -> Client:
    return Client(services.web([make_service(name) for name in ("intake", "scheduling")]))


def test_only_the_start_page_may_be_found(door):
    answer = door.get("/robots.txt")
    assert answer.content_type.startswith("text/plain")
    assert answer.text.splitlines() == ["User-agent: *", "Allow: /intake/$", "Disallow: /"]
    assert 'name="robots" content="noindex"' in door.get("/intake/who").text


def test_who_found_a_weakness_finds_whom_to_tell(door, clock):
    answer = door.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    fields = dict(reversed([line.split(": ", 1) for line in lines]))
    assert fields["Contact"] == "mailto:visits@osm.example"
    assert "Contact: tel:+1-503-224-8399" in lines
    until = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < until - clock.now() < timedelta(days=365)
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"


@pytest.mark.parametrize("path", ["/nothing", "/intake.html", "/.well-known/", "/intake/nothing"])
def test_a_wrong_address_gets_a_page_with_the_phone_number(door, path):
    answer = door.get(path)
    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert 'href="tel:+15032248399"' in answer.text
    assert "If this is an emergency, call 911." in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
