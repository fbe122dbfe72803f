"""The small app of builders.py, and a client for it."""

import pytest

from tests.shared.web.builders import make_app, make_service


@pytest.fixture
def service(tmp_path):
    service = make_service(tmp_path)
    yield service
    service.close()


@pytest.fixture
def app(service):
    return make_app(service)


@pytest.fixture
def client(app):
    return app.test_client()
