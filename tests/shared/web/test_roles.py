"""The role matrix of the real services: every route has a row, every row a route."""

from importlib import import_module

import pytest

from shared.settings import SERVICES
from shared.staff import ROLES
from shared.web.access import rows_of
from tests.matrix import routes_without_row, rows_without_route

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_has_a_row_and_every_row_a_route(make_service, name):
    service = make_service(name)
    app = import_module(f"services.{name}.app").create_app(service)
    assert routes_without_row(app) == set()
    assert rows_without_route(app) == set()


@pytest.mark.parametrize("name", SERVICES)
def test_rows_name_only_roles_that_exist(database_kind, name):
    for roles in rows_of(name).values():
        assert roles == {"public"} or roles <= set(ROLES)
        assert roles
