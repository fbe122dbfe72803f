"""A seeded scheduling service on both databases, and short ways into it."""

import pytest

from services.scheduling import operations
from tests.scheduling.build import Desk


@pytest.fixture
def desk(service, clock) -> Desk:
    """The seeded service; the clock stands at Monday, March 1, 2027, 10:00am."""
    with service.database.write() as session:
        operations.seed_practitioners(session, service.clinic)
    return Desk(service, clock)
