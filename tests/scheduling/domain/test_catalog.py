"""The scheduling part of the clinic file."""

from copy import deepcopy

import pytest

from services.scheduling.domain.catalog import SPECIALTIES, Catalog, CatalogError, read_hours
from tests.scheduling.build import make_clinic


def test_every_online_visit_type_is_offered_for_every_specialty():
    catalog = Catalog.read(make_clinic().raw)
    online = {entry.id for entry in catalog.visit_types.values() if entry.online}
    assert online == {"NP", "NPX", "FU", "URG"}
    for specialty in SPECIALTIES:
        people = [one for one in catalog.practitioners if one["specialty"] == specialty]
        assert online <= {offered for one in people for offered in one["visit_types"]}, specialty


def test_practitioners_of_the_shipped_file_are_plainly_invented():
    assert all("Demo" in one["name"] for one in Catalog.read(make_clinic().raw).practitioners)


def test_practitioners_work_inside_the_clinics_hours():
    clinic = make_clinic()
    for one in Catalog.read(clinic.raw).practitioners:
        for weekday, spans in read_hours(one["hours"]).items():
            opens, closes = clinic.opening[weekday]
            assert all(opens <= first and last <= closes for first, last in spans)


@pytest.mark.parametrize(
    ("section", "change", "named"),
    [
        pytest.param("visit_types", {"minutes": 20}, "visit_types.NP.minutes", id="minutes"),
        pytest.param("visit_types", {"minutes": True}, "visit_types.minutes", id="no number"),
        pytest.param("visit_types", {"colour": "red"}, "visit_types needs exactly", id="unknown"),
        pytest.param("practitioners", {"specialty": "x"}, "specialty must be", id="specialty"),
        pytest.param("practitioners", {"visit_types": ["XX"]}, "'XX'", id="visit type"),
        pytest.param("practitioners", {"hours": {"moonday": []}}, "hours must look", id="weekday"),
        pytest.param(
            "practitioners", {"hours": {"monday": [["9:00", "8"]]}}, "hours must look", id="span"
        ),
        pytest.param("practitioners", {"id": "birch"}, "same id", id="the same id twice"),
        pytest.param("practitioners", {"name": ""}, "practitioners.name", id="an empty name"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(section, change, named):
    raw = deepcopy(make_clinic().raw)
    raw[section][0].update(change)
    with pytest.raises(CatalogError, match=named):
        Catalog.read(raw)


def test_a_file_without_practitioners_is_refused():
    with pytest.raises(CatalogError, match="practitioners"):
        Catalog.read({**make_clinic().raw, "practitioners": []})
