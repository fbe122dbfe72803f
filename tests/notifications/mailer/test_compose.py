"""The bytes of a mail: its headers, its words, and what is not in it."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifications.domain.errors import MessageUnfit
from services.notifications.domain.samples import sample_names
from services.notifications.mailer import compose, text_of
from services.notifications.mailer.gate import OPTIONAL, REQUIRED, check_bytes
from tests.notifications.builders import (
    MESSAGE,
    PUBLIC_URL,
    make_clinic,
    make_content,
    make_letter,
    make_sample,
)

ENCODED_WORD = "=?utf-8?q?=0d=0aBcc:_x@evil.test?="


def read(content: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(content, policy=default))


def parts_of(content: bytes) -> dict[str, str]:
    found = {}
    for part in read(content).walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found[part.get_content_type()] = payload.decode()
    return found


def test_the_headers_are_exactly_these() -> None:
    mail = compose(make_letter(), make_clinic(reply_to="desk@osm.example"), PUBLIC_URL)
    message = read(mail.content)
    assert set(message.keys()) == REQUIRED | OPTIONAL
    assert mail.recipient == message["To"] == "ann@example.com"
    assert mail.sender == "visits@osm.example"
    assert message["From"] == "OSM <visits@osm.example>"
    assert message["Reply-To"] == "desk@osm.example"
    assert message["Subject"] == "Your visit is set: Tue, Mar 16, 9:00am"
    assert message["Date"] == "Mon, 01 Mar 2027 10:00:00 -0800"
    assert message["Message-ID"] == f"<{MESSAGE}@clinic.example>"
    assert message["Clinic-Message"] == MESSAGE
    assert message["Content-Language"] == "en"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"


def test_the_parts_are_text_html_calendar_and_an_attached_invite() -> None:
    message = read(compose(make_letter(), make_clinic(), PUBLIC_URL).content)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, calendar, attachment = message.walk()
    assert calendar.get_param("method") == "REQUEST"
    assert attachment.get_filename() == "invite.ics"
    assert attachment.get_payload(decode=True).decode().split() == (  # type: ignore[union-attr]
        calendar.get_payload(decode=True).decode().split()  # type: ignore[union-attr]
    )


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_text_and_html_say_when_where_and_how_to_reach_us(kind: str) -> None:
    words = parts_of(compose(make_letter(), make_clinic(), PUBLIC_URL).content)[kind].replace(
        "&amp;", "&"
    )
    plain = " ".join(re.sub(r"<[^>]+>", " ", words).split())
    for phrase in (
        "Hi Ann, your visit is set.",
        "Tuesday, March 16, 2027 at 9:00am",
        "(Pacific time)",
        "with Dr. Demo Alder",
        "Please come 15 minutes early.",
        "Bring: photo ID, insurance card, a list of your medicines, and any X-ray or MRI discs.",
        "Next step: finish your health questions (about 5 minutes):",
        "Orthopedic & Sports Medicine Center of Oregon",
        "1515 NW 18th Ave, 3rd Floor",
        "Portland, OR 97209",
        "503-224-8399, Monday to Friday, 8:00am to 4:30pm",
        "If this is an emergency, call 911.",
    ):
        assert phrase in plain
    assert "https://clinic.example/scheduling/l/Zm9vYmFyYmF6cXV4" in words


def test_the_place_of_another_clinic_comes_from_its_file() -> None:
    there = replace(
        make_clinic(directions=["Ring twice."], map_url="https://maps.example/?q=1"),
        name="Elsewhere",
        address_lines=("1 Other St",),
        phone="555-0100",
    )
    for words in parts_of(compose(make_letter(), there, PUBLIC_URL).content).values():
        assert "1515" not in words
        assert "503-224" not in words
    text = text_of(make_letter(), there, PUBLIC_URL)[1]
    assert "Elsewhere\n1 Other St\n555-0100, Monday" in text
    assert "Map: https://maps.example/?q=1\nRing twice.\n" in text


def test_the_same_row_gives_the_same_bytes() -> None:
    assert compose(make_letter(), make_clinic(), PUBLIC_URL) == compose(
        make_letter(), make_clinic(), PUBLIC_URL
    )


def test_another_row_gives_other_boundaries() -> None:
    other = make_letter(message_id="<other@clinic.example>")
    first, second = (
        read(compose(letter, make_clinic(), PUBLIC_URL).content).get_boundary()
        for letter in (make_letter(), other)
    )
    assert first != second


@pytest.mark.parametrize(
    "name",
    ["Ann\r\nBcc: x@evil.test", "Ann\nBcc: x@evil.test", "Ann\u2028Bcc: x", ENCODED_WORD, "=?"],
)
def test_a_name_cannot_reach_a_header(name: str) -> None:
    letter = make_letter(content=make_content(given_name=name, practitioner=name))
    message = read(compose(letter, make_clinic(), PUBLIC_URL).content)
    assert set(message.keys()) == REQUIRED
    assert message["Subject"] == "Your visit is set: Tue, Mar 16, 9:00am"


def test_a_name_that_is_markup_or_a_link_is_not_greeted() -> None:
    letter = make_letter(content=make_content(given_name="<a href='https://evil.example'>Ann</a>"))
    for kind, words in parts_of(compose(letter, make_clinic(), PUBLIC_URL).content).items():
        assert "evil" not in words, kind


def test_names_beyond_ascii_are_kept() -> None:
    letter = make_letter(content=make_content(given_name="Núñez 阿明"))
    content = compose(letter, make_clinic(), PUBLIC_URL).content
    assert content.isascii()
    assert "Hi Núñez 阿明, your visit" in parts_of(content)["text/plain"]
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))


@pytest.mark.parametrize(
    "address",
    ["ann@example.com\r\nBcc: x@evil.test", "=?utf-8?q?=0d=0aBcc=3a_x=40evil.test?=@example.com"],
)
def test_an_address_that_is_more_is_refused(address: str) -> None:
    with pytest.raises(MessageUnfit):
        compose(make_letter(content=make_content(address=address)), make_clinic(), PUBLIC_URL)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_id", "<x@clinic.example>\r\nBcc: x@evil.test"),
        ("message_id", ENCODED_WORD),
        ("language", "en\nBcc: x@evil.test"),
        ("id", ENCODED_WORD),
    ],
)
def test_a_spoilt_row_is_refused_or_harmless(field: str, value: str) -> None:
    """These fields are never typed by a user; the gate holds even so."""
    try:
        content = compose(make_letter(**{field: value}), make_clinic(), PUBLIC_URL).content
    except MessageUnfit:
        return
    assert b"\nBcc" not in content
    assert set(read(content).keys()) == REQUIRED


ANY_TEXT = st.text(max_size=60) | st.sampled_from([ENCODED_WORD, "Ann\r\nBcc: x", "\u2028", "=?"])


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sample_names()),
    language=st.sampled_from(["en", "es"]),
    given_name=ANY_TEXT,
    practitioner=ANY_TEXT,
    reference=ANY_TEXT,
)
def test_nothing_that_is_typed_breaks_a_mail(
    name: str, language: str, given_name: str, practitioner: str, reference: str
) -> None:
    typed = {"given_name": given_name, "practitioner": practitioner, "reference": reference}
    plain = make_sample(name, language)
    letter = replace(plain, content=replace(plain.content, **typed))
    try:
        content = compose(letter, make_clinic(), PUBLIC_URL).content
    except MessageUnfit:
        # Only a practitioner without a visible character leaves a hole.
        assert not practitioner.strip() or not practitioner.isprintable()
        return
    expected = compose(plain, make_clinic(), PUBLIC_URL).content
    assert headers_of(content) == headers_of(expected), "no typed character reaches a header"
    assert [part.get_content_type() for part in read(content).walk()] == [
        part.get_content_type() for part in read(expected).walk()
    ]


def headers_of(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0]


@settings(deadline=None)
@given(st.text(max_size=80) | st.emails())
@example(f"a{ENCODED_WORD}@example.com")
@example("a@b.co\u2028")
@example("a@b.co>\r\nRCPT TO:<e@evil.test")
def test_an_address_is_one_address_or_refused(address: str) -> None:
    letter = make_letter(content=make_content(address=address))
    try:
        mail = compose(letter, make_clinic(), PUBLIC_URL)
    except MessageUnfit:
        return
    assert mail.recipient == address
    assert f"\r\nTo: {address}\r\n".encode() in mail.content
    assert set(read(mail.content).keys()) == REQUIRED


def plain_mail(**headers: str) -> bytes:
    content = compose(make_letter(), make_clinic(), PUBLIC_URL).content
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    return head + content


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(plain_mail(Bcc="x@evil.test"), id="unknown header"),
        pytest.param(plain_mail(Subject="again"), id="doubled header"),
        pytest.param(plain_mail().replace(b"Auto-Submitted", b"Auto-Sent", 1), id="missing header"),
        pytest.param(plain_mail().replace(b"To: ann", b"To: bob", 1), id="another recipient"),
        pytest.param(
            plain_mail().replace(b"To: ann@", b"To: eve@evil.test, ann@", 1), id="two recipients"
        ),
        pytest.param(
            plain_mail().replace(b"Tue,", b"Tue,\r\nBcc: x@evil.test", 1), id="injected line"
        ),
        pytest.param(plain_mail().replace(b"Tue,", b"Tue,\nBcc: x", 1), id="bare newline"),
        pytest.param(plain_mail().replace(b"Tue,", b"Tue,\rBcc: x", 1), id="bare return"),
        pytest.param(plain_mail().replace(b"Tue,", b"Tue,\r\n Wed", 1), id="folded line"),
        pytest.param(plain_mail().replace(b"Tue,", "Tüe,".encode(), 1), id="8 bit"),
        pytest.param(plain_mail().replace(b"9:00am", b"\r\n\r\nHi", 1), id="early end of headers"),
        pytest.param(plain_mail().replace(b"9:00am", ENCODED_WORD.encode(), 1), id="hidden line"),
        pytest.param(plain_mail().replace(b"9:00am", b"=?x-no?q?a?=", 1), id="unknown charset"),
        pytest.param(
            plain_mail().replace(b"From: OSM", b"From: =?utf-8?q?OSM?=", 1), id="encoded sender"
        ),
        pytest.param(plain_mail().replace(b"Hi Ann", b"Hi " + b"x" * 999, 1), id="long line"),
        pytest.param(plain_mail().replace(b"text/html", b"text/xml"), id="unknown part"),
        pytest.param(
            plain_mail().replace(b"Content-Disposition: ", b"X-Part: 1\r\nContent-Disposition: "),
            id="unknown header in a part",
        ),
    ],
)
def test_the_gate_refuses_what_we_did_not_mean_to_send(content: bytes) -> None:
    with pytest.raises(MessageUnfit):
        check_bytes(content, recipient="ann@example.com")


def test_the_gate_lets_our_own_mail_pass() -> None:
    check_bytes(plain_mail(), recipient="ann@example.com")


def test_the_staff_view_shows_the_same_words() -> None:
    subject, text = text_of(make_letter(), make_clinic(), PUBLIC_URL)
    content = compose(make_letter(), make_clinic(), PUBLIC_URL).content
    assert subject == read(content)["Subject"]
    assert text.split() == parts_of(content)["text/plain"].split()


def test_a_mail_of_another_day_says_that_day() -> None:
    content = make_content(start=make_content().start + timedelta(days=2, hours=1, minutes=15))
    subject, text = text_of(make_letter(content=content), make_clinic(), PUBLIC_URL)
    assert subject == "Your visit is set: Thu, Mar 18, 10:15am"
    assert "Thursday, March 18, 2027 at 10:15am" in text
