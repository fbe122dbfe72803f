"""The bytes of parts and headers, read back by the library."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifications.domain.errors import MessageUnfit
from services.notifications.mailer.mime import (
    Part,
    attached_part,
    multipart,
    text_part,
    unstructured,
    whole,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def read(part: Part) -> str:
    payload = message_from_bytes(bytes(part), policy=policy.default).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


@settings(deadline=None)
@given(TEXT)
@example("one\n.\n..two\nFrom here\n=3D\n" + "x" * 1200)
@example("ends in a space \nñ \t\n")
def test_a_text_survives_its_encoding(text: str) -> None:
    part = text_part(text, "text/plain")
    assert read(part).splitlines() == text.splitlines()
    lines = part.content.split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert part.content.isascii()
    assert b"\n" not in part.content.replace(b"\r\n", b"")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_a_file_survives_its_encoding(content: bytes) -> None:
    part = attached_part(content, "application/ics", "invite.ics")
    message = message_from_bytes(bytes(part), policy=policy.default)
    assert message.get_payload(decode=True) == content
    assert message.get_filename() == "invite.ics"


@pytest.mark.parametrize(
    "subject",
    ["Your visit is set: Tue, Mar 16, 9:00am", "Mañana: 9:00am", "ñ" * 60, "=?utf-8?q?x?="],
)
def test_a_subject_survives_its_encoding(subject: str) -> None:
    header = unstructured(subject)
    assert header.isascii()
    assert all(len(word) <= 75 for word in header.split() if "=?" in word), "RFC 2047, 2"
    assert str(make_header(decode_header(header))) == subject


@pytest.mark.parametrize(
    "value", ["", "a\r\nBcc: x", "a\nb", "a\rb", "ñ", "a\u2028b", "a\0b", "x " * 600, " a", "a "]
)
def test_a_value_that_is_no_single_line_is_refused(value: str) -> None:
    with pytest.raises(MessageUnfit):
        whole({"Clinic-Message": value}, text_part("Hi", "text/plain"))


def test_a_boundary_is_the_mails_own() -> None:
    parts = [text_part("Hi", "text/plain")]
    first, again, other = (multipart("mixed", parts, name) for name in ("<a@x>", "<a@x>", "<b@x>"))
    assert bytes(first) == bytes(again)
    assert first.headers != other.headers
