"""Events on the wire: golden files, sealed fields, and messages that are none of ours.

tests/contracts/<type>.json holds one whole message of each published type; where the message has
a sealed text, the file has the plain fields. A changed file is a changed contract: add an optional
field, or write a V2.
"""

import base64
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import codec
from shared.events.codec import EVENTS, EventError, decode, encode
from shared.events.intake import SubmissionReceived
from shared.events.scheduling import AppointmentBooked, StaffSessionsRevoked
from shared.messaging.topology import LISTENERS
from shared.settings import ROOT, SERVICES
from tests.shared import builders
from tests.shared.builders import (
    NOW,
    PERSONAL,
    make_booked,
    make_keyring,
    make_revoked,
)

CONTRACTS = ROOT / "tests" / "contracts"
EVENT_ID = "6e4bd0ff-9ec6-4c55-a1c3-6a4bf2a45d14"
KEYS = make_keyring()
SAMPLES = {event.TYPE: event for event in builders.SAMPLES}
each_type = pytest.mark.parametrize("type_", sorted(EVENTS))


def encoded(event: Any) -> bytes:
    return encode(event, event_id=EVENT_ID, now=NOW, keyring=KEYS)


def golden(type_: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CONTRACTS / f"{type_}.json").read_text("utf-8"))
    return document


def context_of(document: dict[str, Any]) -> str:
    """What a sealed part is bound to: the event's type and id and everything said in clear."""
    clear = {name: value for name, value in document["data"].items() if name != "sealed"}
    return f"event/{document['type']}/{document['id']}/{json.dumps(clear, sort_keys=True)}"


def opened(body: bytes) -> dict[str, Any]:
    """The message with its sealed text replaced by the fields in it."""
    document: dict[str, Any] = json.loads(body)
    text = base64.b64decode(document["data"]["sealed"])
    document["data"]["sealed"] = json.loads(KEYS.open(text, context=context_of(document)))
    return document


def sealed(document: dict[str, Any]) -> bytes:
    """The inverse of `opened`: what a sender of that day would have sent."""
    data = dict(document["data"])
    if "sealed" in data:
        plain = json.dumps(data["sealed"]).encode()
        data["sealed"] = base64.b64encode(KEYS.seal(plain, context=context_of(document))).decode()
    return json.dumps(document | {"data": data}).encode()


# -- the contract ------------------------------------------------------------------------------


def test_every_published_type_has_a_sample_a_golden_file_and_a_place_in_the_topology():
    files = {file.name.removesuffix(".json") for file in CONTRACTS.glob("*.json")}
    assert files == set(EVENTS) == set(SAMPLES) == set(LISTENERS)


@each_type
def test_todays_code_writes_the_golden_message(type_: str):
    assert opened(encoded(SAMPLES[type_])) == golden(type_)


@each_type
def test_todays_code_reads_the_golden_message(type_: str):
    envelope = decode(sealed(golden(type_)), keyring=KEYS)
    assert (envelope.id, envelope.type, envelope.event) == (EVENT_ID, type_, SAMPLES[type_])


@each_type
def test_a_message_is_a_cloud_event(type_: str):
    document = golden(type_)
    assert document["specversion"] == "1.0"
    assert document["source"].lstrip("/") == type_.split(".")[0]
    assert document["source"].lstrip("/") in SERVICES
    assert document["datacontenttype"] == "application/json"
    assert document["subject"]
    assert datetime.fromisoformat(document["time"]).tzinfo


@each_type
def test_a_field_that_a_newer_sender_added_is_left_aside(type_: str):
    document = golden(type_)
    document["data"]["added_later"] = {"deep": [1, 2]}
    document["data"]["sealed"]["added_later_too"] = None
    assert decode(sealed(document), keyring=KEYS).event == SAMPLES[type_]


# -- what nobody may read ----------------------------------------------------------------------


def test_no_personal_value_stands_in_the_message():
    body = encoded(make_booked()).decode("utf-8")
    for value in (*PERSONAL.values(), "ROUTINE"):
        assert value not in body
        assert json.dumps(value)[1:-1] not in body


@given(name=st.text(st.characters(categories=["L"]), min_size=4, max_size=20))
def test_no_name_whatsoever_stands_in_the_message(name: str):
    event = make_booked(given_name=f"<{name}>", email=f"<{name}>@x")
    clear = json.loads(encoded(event))
    del clear["data"]["sealed"]
    assert f"<{name}" not in json.dumps(clear, ensure_ascii=False)
    assert decode(encoded(event), keyring=KEYS).event == event


def test_the_event_itself_shows_no_more_than_it_must():
    """Health facts may travel as urgency and visit type only, and only sealed."""
    clear = {
        field.name
        for event in EVENTS.values()
        for field in fields(event)
        if field.name not in codec._sealed_names(event)
    }
    assert not clear & {*PERSONAL, "urgency", "visit_type", "language", "date_of_birth", "phone"}


# -- round trips -------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
instants = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=5.5))])
)


@given(
    start=instants,
    version=st.integers(1, 10**6),
    notify=st.booleans(),
    given_name=texts,
    email=st.none() | texts,
    manage_url=texts,
)
def test_any_booking_comes_back_equal(**changes: Any):
    event = make_booked(**changes)
    assert decode(encoded(event), keyring=KEYS).event == event


@given(sessions=st.lists(texts, max_size=20).map(tuple), until=instants)
def test_any_revocation_comes_back_equal(**changes: Any):
    event = make_revoked(**changes)
    assert decode(encoded(event), keyring=KEYS).event == event


def test_an_instant_without_offset_never_leaves_the_house():
    with pytest.raises(ValueError, match="offset"):
        encoded(make_booked(start=datetime(2027, 3, 2, 8, 0)))


# -- what is refused ---------------------------------------------------------------------------


def booked_document(**data: Any) -> dict[str, Any]:
    document = golden(AppointmentBooked.TYPE)
    document["data"] |= data
    return document


def without(name: str) -> dict[str, Any]:
    document = booked_document()
    del document["data"][name]
    return document


NOT_OURS = {
    "empty": b"",
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe\x00\xd8",
    "a list": b"[1, 2]",
    "a text": b'"booked"',
    "null": b"null",
    "no id": b'{"type": "scheduling.appointment_booked.v1", "data": {}}',
    "id null": b'{"id": null, "type": "scheduling.appointment_booked.v1", "data": {}}',
    "id a number": b'{"id": 7, "type": "scheduling.appointment_booked.v1", "data": {}}',
    "id empty": b'{"id": "", "type": "scheduling.appointment_booked.v1", "data": {}}',
    "id too long": json.dumps({"id": "x" * 37, "type": sorted(EVENTS)[0], "data": {}}).encode(),
    "type missing": b'{"id": "1", "data": {}}',
    "type a list": b'{"id": "1", "type": ["x"], "data": {}}',
    "type an object": b'{"id": "1", "type": {"@": null}, "data": {}}',
    "type a name": b'{"id": "1", "type": "Ann@Quetzal", "data": {}}',
    "type unknown": b'{"id": "1", "type": "scheduling.nothing.v9", "data": {}}',
    "data missing": b'{"id": "1", "type": "scheduling.appointment_booked.v1"}',
    "data a list": b'{"id": "1", "type": "scheduling.appointment_booked.v1", "data": [1]}',
    "data pairs": b'{"id": "1", "type": "scheduling.appointment_booked.v1", "data": [["a", 1]]}',
    "data empty": b'{"id": "1", "type": "scheduling.appointment_booked.v1", "data": {}}',
    "one megabyte": b'{"id": "' + b"x" * 1_000_000 + b'"}',
    "deep": b"[" * 100_000,
    "deep and closed": b'{"id":"1","type":"a","data":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a number of 10,000 digits": b"9" * 10_000,
}


@pytest.mark.parametrize("body", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_no_event_is_refused(body: bytes):
    with pytest.raises(EventError) as refused:
        decode(body, keyring=KEYS)
    assert "@" not in str(refused.value)


WRONG_FIELDS = {
    "a text for a number": booked_document(version="1"),
    "a truth for a number": booked_document(version=True),
    "a fraction for a number": booked_document(version=1.0),
    "a number for a truth": booked_document(notify=1),
    "null for a text": booked_document(submission=None),
    "an object for a text": booked_document(submission={"given_name": "Quetzal"}),
    "a list for a text": booked_document(submission=["Quetzal"]),
    "no instant": booked_document(start="Quetzal Tuesday"),
    "a number for an instant": booked_document(start=1772467200),
    "an instant without offset": booked_document(start="2027-03-02T08:00:00"),
    "a field is missing": without("appointment"),
    "the sealed part is missing": without("sealed"),
    "a sealed field is missing": booked_document(sealed={"given_name": "Quetzal"}),
    "a sealed field is wrong": booked_document(
        sealed=booked_document()["data"]["sealed"] | {"given_name": ["Quetzal"]}
    ),
}


@pytest.mark.parametrize("document", WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_wrong_fields_are_refused_without_repeating_what_stands_in_them(document: dict[str, Any]):
    with pytest.raises(EventError) as refused:
        decode(sealed(document), keyring=KEYS)
    assert "Quetzal" not in str(refused.value)


@pytest.mark.parametrize("value", ["abc", {"a": 1}, None, 5, [1], [["x"]], [None]])
def test_a_list_of_texts_is_nothing_else(value: Any):
    document = golden(StaffSessionsRevoked.TYPE)
    document["data"]["sessions"] = value
    with pytest.raises(EventError):
        decode(sealed(document), keyring=KEYS)


@pytest.mark.parametrize("value", ["", "%%%", "AAAA", 7, [], {"given_name": "Ann"}, True])
def test_a_sealed_part_that_is_none_is_refused(value: Any):
    document = booked_document(sealed=value)
    with pytest.raises(EventError):
        decode(json.dumps(document).encode(), keyring=KEYS)


def test_a_message_sealed_with_another_key_is_refused():
    body = encode(make_booked(), event_id=EVENT_ID, now=NOW, keyring=make_keyring("k2"))
    with pytest.raises(EventError):
        decode(body, keyring=KEYS)


def test_personal_fields_are_believed_from_the_sealed_part_only():
    """Who can write to the broker but has no key must not be able to address a mail."""
    document = booked_document()
    document["data"] |= document["data"].pop("sealed")
    with pytest.raises(EventError):
        decode(json.dumps(document).encode(), keyring=KEYS)
    genuine = json.loads(encoded(make_booked()))
    genuine["data"]["email"] = "thief@example.com"
    with pytest.raises(EventError):
        decode(json.dumps(genuine).encode(), keyring=KEYS)


TAMPERED = {
    "another id": {"id": "6e4bd0ff-9ec6-4c55-a1c3-6a4bf2a45d15"},
    "another type": {"type": SubmissionReceived.TYPE},
    "another start": {"data": {"start": "2027-03-09T16:00:00+00:00"}},
    "another patient": {"data": {"patient": "somebody else"}},
    "told to nobody": {"data": {"notify": False}},
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_message_changed_on_the_way_is_refused(change: dict[str, Any]):
    document = json.loads(encoded(make_booked()))
    data = document["data"] | change.get("data", {})
    with pytest.raises(EventError):
        decode(json.dumps(document | change | {"data": data}).encode(), keyring=KEYS)


def test_a_message_sealed_with_the_key_before_is_still_read():
    old = encode(make_booked(), event_id=EVENT_ID, now=NOW, keyring=make_keyring("k1"))
    assert decode(old, keyring=make_keyring("k2", "k1")).event == make_booked()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_whatsoever_are_an_event_or_an_event_error(body: bytes):
    with pytest.raises(EventError):
        decode(body, keyring=KEYS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    name=st.sampled_from(["id", "type", "data", "sealed", "start", "version", "sessions", "until"]),
    value=json_values,
    type_=st.sampled_from(sorted(EVENTS)),
)
def test_any_value_in_any_place_is_an_event_or_an_event_error(name: str, value: Any, type_: str):
    document = json.loads(encoded(SAMPLES[type_]))
    place = document if name in document else document["data"]
    place[name] = value
    try:
        decode(json.dumps(document).encode(), keyring=KEYS)
    except EventError as error:
        assert "@" not in str(error)  # no e-mail address, for one
