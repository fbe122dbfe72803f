"""Sealed bytes open with the right key, in the right place, unchanged; and in no other case."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.database import Database, new_metadata
from shared.sealing import Keyring, SealError, ServiceKeys, reveal_row, seal_row
from tests.shared.builders import make_keyring, random_key

RING = make_keyring("k1")
CONTEXT = "patients/1"
ANN = {"given_name": "Ann", "family_name": "O'Brien-Núñez", "notes": None, "list": [1, 2.5, True]}


@given(plain=st.binary(max_size=500), context=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_in_the_same_context_only(plain: bytes, context: str):
    sealed = RING.seal(plain, context=context)
    assert RING.open(sealed, context=context) == plain
    with pytest.raises(SealError):
        RING.open(sealed, context=context + "!")


def test_sealing_twice_gives_two_different_texts():
    assert RING.seal(b"same", context="a") != RING.seal(b"same", context="a")


def test_sealed_bytes_show_nothing_of_the_plain_ones():
    assert b"Quetzal" not in RING.seal(b"Quetzal", context=CONTEXT)


def test_a_change_of_any_bit_is_noticed():
    sealed = RING.seal(b"plain", context=CONTEXT)
    for place in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[place] ^= 1 << bit
            with pytest.raises(SealError):
                RING.open(bytes(changed), context=CONTEXT)


def test_no_part_of_sealed_bytes_opens():
    sealed = RING.seal(b"plain", context=CONTEXT)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            RING.open(sealed[:length], context=CONTEXT)
        with pytest.raises(SealError):
            RING.open(sealed[length + 1 :], context=CONTEXT)
    with pytest.raises(SealError):
        RING.open(sealed + b"\0", context=CONTEXT)


@given(garbage=st.binary(max_size=100))
def test_garbage_is_a_seal_error(garbage: bytes):
    with pytest.raises(SealError):
        RING.open(garbage, context=CONTEXT)
    with pytest.raises(SealError):  # right head, then garbage
        RING.open(RING.seal(b"", context="x")[:4] + garbage, context=CONTEXT)


# -- keys --------------------------------------------------------------------------------------


def test_another_key_does_not_open():
    sealed = RING.seal(b"plain", context=CONTEXT)
    with pytest.raises(SealError):
        make_keyring("k2").open(sealed, context=CONTEXT)
    with pytest.raises(SealError):  # a key of the same name is not the same key
        Keyring("k1", {"k1": bytes(32)}).open(sealed, context=CONTEXT)


def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens():
    old = make_keyring("k1").seal(b"old", context=CONTEXT)
    both = make_keyring("k2", "k1")
    new = both.seal(b"new", context=CONTEXT)
    assert both.open(old, context=CONTEXT) == b"old"
    assert make_keyring("k2").open(new, context=CONTEXT) == b"new"
    with pytest.raises(SealError):
        make_keyring("k1").open(new, context=CONTEXT)


GOOD = random_key()
BAD_KEYRINGS: dict[str, Any] = {
    "no active key": {"keys": {"k1": GOOD}},
    "active key missing": {"active": "k2", "keys": {"k1": GOOD}},
    "no keys": {"active": "k1"},
    "keys a list": {"active": "k1", "keys": [GOOD]},
    "a short key": {"active": "k1", "keys": {"k1": base64.b64encode(bytes(16)).decode()}},
    "a long key": {"active": "k1", "keys": {"k1": base64.b64encode(bytes(33)).decode()}},
    "an empty key": {"active": "k1", "keys": {"k1": ""}},
    "a second key that is short": {"active": "k1", "keys": {"k1": GOOD, "k0": "AAAA"}},
    "not base64": {"active": "k1", "keys": {"k1": GOOD + "!"}},
    "an id that is not ASCII": {"active": "ключ", "keys": {"ключ": GOOD}},
    "an id too long": {"active": "k" * 17, "keys": {"k" * 17: GOOD}},
    "an empty id": {"active": "", "keys": {"": GOOD}},
    "a text": "k1",
    "null": None,
}


@pytest.mark.parametrize("document", BAD_KEYRINGS.values(), ids=BAD_KEYRINGS)
def test_a_keyring_that_cannot_work_is_refused_at_once(document: Any):
    with pytest.raises(SealError) as refused:
        Keyring.parse(document)
    assert GOOD not in str(refused.value)


def test_keys_are_not_shown_by_accident():
    secret = make_keyring("k1").keys["k1"]
    shown = repr(ServiceKeys(RING, RING, secret)) + repr(RING)
    assert repr(secret)[2:-1] not in shown


# -- looking up --------------------------------------------------------------------------------


def test_the_index_of_a_value_depends_on_value_purpose_and_key():
    keys, others = ServiceKeys(RING, RING, b"a" * 32), ServiceKeys(RING, RING, b"b" * 32)
    index = keys.index("email", "ann@example.com")
    assert index == keys.index("email", "ann@example.com")
    assert len(index) == 64
    different = {
        index,
        keys.index("email", "bob@example.com"),
        keys.index("phone", "ann@example.com"),
        others.index("email", "ann@example.com"),
        keys.index("ema", "ilann@example.com"),
    }
    assert len(different) == 5


# -- rows --------------------------------------------------------------------------------------


class Base(DeclarativeBase):
    metadata = new_metadata()


class Patient(Base):
    __tablename__ = "patients"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Contact(Base):
    __tablename__ = "contacts"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, {"keys": ServiceKeys(RING, RING, b"a" * 32)})
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def test_a_row_keeps_its_document_sealed(database: Database):
    with database.write() as session:
        patient = Patient(id="p-1")
        seal_row(session, patient, ANN)
        session.add(patient)
    assert b"Ann" not in patient.sealed
    with database.read() as session:
        stored = session.get(Patient, "p-1")
        assert stored is not None
        assert reveal_row(session, stored) == ANN


def test_a_sealed_document_opens_in_its_own_row_and_table_only(database: Database):
    with database.write() as session:
        patient = Patient(id="p-1")
        seal_row(session, patient, ANN)
        for thief in (Patient(id="p-2", sealed=patient.sealed), Contact(id="p-1")):
            thief.sealed = patient.sealed
            with pytest.raises(SealError):
                reveal_row(session, thief)
        assert reveal_row(session, patient) == ANN


def test_a_row_that_was_never_sealed_is_a_seal_error(database: Database, tmp_path: Path):
    with database.read() as session, pytest.raises(SealError):
        reveal_row(session, Patient(id="p-1"))
