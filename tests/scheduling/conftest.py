"""A seeded scheduling service on both databases, and short ways into it."""

import pytest

from services.scheduling import operations
from shared.service import Service
from tests.scheduling.build import Desk


@pytest.fixture
def service(make_service) -> Service:
    """Without limits: in most tests Ann books as often as she likes."""
    return make_service("scheduling", CLINIC_LIMITS="off")


@pytest.fixture
def desk(service, clock) -> Desk:
    """The seeded service; the clock stands at Monday, March 1, 2027, 10:00am."""
    return _seeded(service, clock)


@pytest.fixture
def limited_desk(make_service, clock) -> Desk:
    """The same with the limits of the shipped clinic file."""
    return _seeded(make_service("scheduling"), clock)


def _seeded(service: Service, clock) -> Desk:
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return Desk(service, clock)
