"""Deny by default: every route has a row in shared/roles.toml, and no row outlives its route."""

import pytest

from shared.settings import SERVICES
from shared.web.access import rows_of
from suite import services
from tests.conftest import MakeService
from tests.matrix import routes_without_row, rows_without_route

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])
ROLES = {"front_desk", "clinician", "admin"}


@pytest.mark.parametrize("name", SERVICES)
def test_routes_and_rows_are_the_same(make_service: MakeService, name: str) -> None:
    app = services._app(make_service(name))
    assert not routes_without_row(app)
    assert not rows_without_route(app)


@pytest.mark.parametrize("name", SERVICES)
def test_a_row_says_public_or_names_roles(name: str, database_kind: str) -> None:
    for endpoint, roles in rows_of(name).items():
        assert roles == {"public"} or (roles and roles <= ROLES), endpoint
