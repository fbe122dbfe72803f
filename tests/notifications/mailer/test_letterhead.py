"""The `[mail]` section of the clinic file."""

import pytest

from services.notifications.mailer.letterhead import read_letterhead
from shared.clinic import Clinic, ClinicError
from shared.settings import ROOT
from tests.notifications.builders import make_clinic


def test_the_clinic_file_of_this_repository_has_a_letterhead() -> None:
    letterhead = read_letterhead(Clinic.load(ROOT / "shared" / "clinic.toml"))
    assert letterhead.header.endswith(f"<{letterhead.sender}>")


@pytest.mark.parametrize(
    "mail",
    [
        {"from": None},
        {"from": "OSM"},
        {"from": "OSM <visits>"},
        {"from": "Klinik Süd <visits@osm.example>"},
        {"reply_to": "nobody"},
        {"directions": [1]},
    ],
)
def test_a_wrong_entry_is_named(mail: dict[str, object]) -> None:
    with pytest.raises(ClinicError, match=r"mail\."):
        read_letterhead(make_clinic(**mail))
