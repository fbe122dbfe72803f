"""What may stand in a mail."""

import json
from dataclasses import fields, replace

import pytest

from services.notifications.domain.content import (
    NEEDS,
    Content,
    check_complete,
    checked_address,
    greeting_name,
)
from services.notifications.domain.errors import MessageUnfit
from tests.notifications.builders import MONDAY_AT_TEN, NINE_ON_TUESDAY, make_content

OFFER = {
    "expires_at": MONDAY_AT_TEN,
    "current_start": NINE_ON_TUESDAY,
    "offer_url": "https://clinic.example/scheduling/o/Zm9v",
}
LINKS = ((NINE_ON_TUESDAY, "https://clinic.example/scheduling/l/Zm9v"),)


@pytest.mark.parametrize(
    "content",
    [
        make_content(given_name="Zoë"),
        make_content(previous_start=MONDAY_AT_TEN, changed_by="staff", cause="closure"),
        make_content(is_intake_open=True),
        Content(address="ann@example.com"),
        Content(address="ann@example.com", links=LINKS),
        Content(address="ann@example.com", **OFFER),
        Content(address="desk@osm.example", received_at=MONDAY_AT_TEN, short_reference="7F3K"),
    ],
)
def test_content_survives_its_document(content: Content) -> None:
    assert Content.from_document(json.loads(json.dumps(content.document()))) == content


def test_documents_of_the_first_release_can_be_read() -> None:
    document = {
        "address": "ann@example.com",
        "given_name": "Ann",
        "start": "2027-03-16T16:00:00+00:00",
        "end": "2027-03-16T16:30:00+00:00",
        "practitioner": "Dr. Demo Alder",
        "manage_url": "https://clinic.example/scheduling/l/Zm9vYmFyYmF6cXV4",
        "reference": "7F3K2M",
    }
    assert Content.from_document(document) == make_content()
    assert make_content().document() == document


def test_an_entry_of_a_later_release_is_passed_over() -> None:
    document = make_content().document() | {"colour": "blue"}
    assert Content.from_document(document) == make_content()


def test_a_message_has_no_room_for_health_or_identity() -> None:
    assert {field.name for field in fields(Content)} == {
        "address", "given_name", "start", "end", "practitioner", "reference", "manage_url",
        "previous_start", "changed_by", "by", "cause", "is_intake_open",
        "expires_at", "current_start", "offer_url", "outcome", "links",
        "received_at", "short_reference",
    }  # fmt: skip


def test_a_kind_asks_only_for_what_content_has() -> None:
    assert frozenset().union(*NEEDS.values()) <= {field.name for field in fields(Content)}


def test_a_mail_with_a_hole_is_refused() -> None:
    check_complete("confirmation", make_content())
    for name in NEEDS["confirmation"]:
        with pytest.raises(MessageUnfit, match=name):
            check_complete("confirmation", make_content(**{name: None}))


def test_an_accepted_offer_needs_what_a_moved_visit_needs() -> None:
    gone = Content(address="ann@example.com", start=NINE_ON_TUESDAY, outcome="gone")
    check_complete("waitlist_result", gone)
    with pytest.raises(MessageUnfit, match="manage_url, practitioner, previous_start"):
        check_complete("waitlist_result", replace(gone, outcome="accepted"))


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
