"""A mail server of our own, and a service that owes one mail through it."""

from collections.abc import Iterator

import pytest

from shared.service import Service
from tests.conftest import MakeService
from tests.notifications.builders import handle, make_booked
from tests.notifications.scripted import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def sending(make_service: MakeService, server: ScriptedServer) -> Service:
    """The service with a mail server, and one confirmation to send."""
    service = make_service("notifications", MAIL_URL=server.url)
    handle(service, make_booked())
    return service
