"""What may stand in a mail."""

from dataclasses import fields

import pytest

from services.notifications.domain.content import Visit, checked_address, greeting_name
from services.notifications.domain.errors import MessageUnfit
from tests.notifications.builders import make_visit


def test_a_visit_survives_its_document() -> None:
    visit = make_visit(given_name="Zoë")
    assert Visit.from_document(visit.document()) == visit


def test_a_message_has_no_room_for_health_or_identity() -> None:
    assert {field.name for field in fields(Visit)} == {
        "address", "given_name", "start", "end", "practitioner", "manage_url", "reference",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    ["ann@example.com", "o'brien+osm@sub.example.org", "a@b.co", "x_y-z.{1}@example.com"],
)
def test_ordinary_addresses_pass(address: str) -> None:
    assert checked_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("ann@example.com\r\nBcc: x@evil.test", id="line break"),
        pytest.param("ann@example.com\n", id="newline at the end"),
        pytest.param("=?utf-8?q?=0d=0aBcc=3a_x=40evil.test?=@example.com", id="encoded word"),
        pytest.param("Ann <ann@example.com>", id="display name"),
        pytest.param("ann@example.com, bob@example.com", id="two recipients"),
        pytest.param("ann@example.com bob@example.com", id="space"),
        pytest.param('"ann smith"@example.com', id="quoted"),
        pytest.param("ann@exämple.com", id="beyond ASCII"),
        pytest.param("ann@localhost", id="no dot"),
        pytest.param("ann\u2028@example.com", id="line separator"),
        pytest.param("a" * 65 + "@example.com", id="too long before the @"),
        pytest.param("a@" + "b" * 250 + ".com", id="too long"),
        pytest.param("", id="empty"),
    ],
)
def test_addresses_that_could_be_more_than_an_address_are_refused(address: str) -> None:
    with pytest.raises(MessageUnfit):
        checked_address(address)


@pytest.mark.parametrize(
    ("typed", "greeted"),
    [
        ("Ann", "Ann"),
        ("  Mary  Jo ", "Mary Jo"),
        ("O'Brien-Núñez", "O'Brien-Núñez"),
        ("J. R.", "J. R."),
        ("J.R.", "J.R."),
        ("阿明", "阿明"),
        ("Zoe\u0308", "Zoë"),
        pytest.param("evil.example", "", id="a host"),
        pytest.param("Ann https://evil.example", "", id="a link"),
        pytest.param("<b>Ann</b>", "", id="markup"),
        pytest.param("Ann\u202eemos", "", id="reversing mark"),
        pytest.param("Call 555 0100", "", id="digits"),
        pytest.param("x" * 41, "", id="too long"),
        pytest.param("=?utf-8?q?=0d=0aBcc:_x?=", "", id="encoded word"),
    ],
)
def test_only_a_name_is_greeted(typed: str, greeted: str) -> None:
    assert greeting_name(typed) == greeted


def test_line_breaks_in_a_name_become_spaces() -> None:
    assert greeting_name("Ann\r\nBcc") == "Ann Bcc"
