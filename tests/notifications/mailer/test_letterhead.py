"""The `[mail]` section of the clinic file."""

from dataclasses import replace

import pytest

from services.notifications.mailer.letterhead import KNOWN, read_letterhead
from shared.clinic import Clinic, ClinicError
from shared.settings import ROOT
from tests.notifications.builders import make_clinic


def test_the_clinic_file_of_this_repository_has_a_letterhead() -> None:
    letterhead = read_letterhead(Clinic.load(ROOT / "shared" / "clinic.toml"), "es")
    assert letterhead.header.endswith(f"<{letterhead.sender}>")
    assert letterhead.staff_alerts == "desk@osm.example"
    assert letterhead.floor == "Estamos en el 3er piso."
    assert letterhead.directions == ("Suba en elevador al 3er piso.",)


def test_only_the_sender_is_needed() -> None:
    letterhead = read_letterhead(make_clinic(), "es")
    assert letterhead.staff_alerts == letterhead.sender == "visits@osm.example"
    assert (letterhead.reply_to, letterhead.map_url) == (None, None)
    assert (letterhead.floor, letterhead.directions) == ("", ())


def test_english_stands_in_for_what_was_not_translated() -> None:
    clinic = make_clinic(floor="Upstairs.", directions=["Ring twice."])
    letterhead = read_letterhead(clinic, "es")
    assert (letterhead.floor, letterhead.directions) == ("Upstairs.", ("Ring twice.",))


def test_an_address_may_have_a_name() -> None:
    letterhead = read_letterhead(make_clinic(staff_alerts="Front desk <desk@osm.example>"))
    assert letterhead.staff_alerts == "desk@osm.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", None),
        ("from", "OSM"),
        ("from", "OSM <visits>"),
        ("from", "Klinik Süd <visits@osm.example>"),
        ("from", "OSM\r\nBcc: x@evil.test <visits@osm.example>"),
        ("from", "=?utf-8?q?=0d=0aBcc:_x@evil.test?= <visits@osm.example>"),
        ("reply_to", "nobody"),
        ("staff_alerts", ["desk@osm.example"]),
        ("map_url", "maps.example"),
        ("map_url", 'javascript:alert("x")'),
        ("floor", 3),
        ("floor_es", "two\nlines"),
        ("directions", "no list"),
        ("directions_es", [1]),
        ("directons", ["a slip of the pen"]),
    ],
)
def test_a_wrong_entry_is_named(name: str, value: object) -> None:
    with pytest.raises(ClinicError, match=rf"^mail\.{name} "):
        read_letterhead(make_clinic(**{name: value}))


@pytest.mark.parametrize("section", ["visits@osm.example", [{}]])
def test_mail_is_a_section(section: object) -> None:
    clinic = make_clinic()
    with pytest.raises(ClinicError, match=r"^mail must be a section"):
        read_letterhead(replace(clinic, raw={**clinic.raw, "mail": section}))


def test_every_entry_is_explained_in_the_clinic_file() -> None:
    text = (ROOT / "shared" / "clinic.toml").read_text(encoding="utf-8")
    section = text.partition("# Who writes the mails")[2].partition("[[visit_types]]")[0]
    assert all(name.removesuffix("_es") in section for name in KNOWN)
