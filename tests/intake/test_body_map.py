"""The drawing beside the list of regions: it presses the list, and is no control itself."""

import re

import pytest
from flask import render_template

from services.intake.app import create_app
from services.intake.domain.knowledge import knowledge

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def drawing(service) -> str:
    with create_app(service).test_request_context():
        return render_template("intake/_body.html")


def test_every_region_of_the_list_is_drawn_and_nothing_else(drawing):
    drawn = set(re.findall(r'data-value="([^"]+)"', drawing))
    assert drawn == set(knowledge().catalog.regions) - {"other"}


def test_the_drawing_is_not_read_out_and_holds_no_control(drawing):
    assert 'aria-hidden="true" focusable="false"' in drawing
    assert not re.search("<input|<a |<button|tabindex|role=|onclick", drawing)


def test_search_engines_get_the_facts_of_the_clinic_file(service):
    with create_app(service).test_request_context():
        page = render_template("intake/_clinic_jsonld.html")
    for fact in ('"MedicalClinic"', "+1-503-224-8399", '"postalCode": "97209"', '"08:00"'):
        assert fact in page
    assert page.count("OpeningHoursSpecification") == 5
