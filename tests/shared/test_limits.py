"""Rate limits: so many per span of time and asker, on both databases, under load too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared import limits
from shared.limits import TooMany
from shared.service import Service
from shared.tables import rate_limits
from tests.conftest import FileClock, MakeService

HOUR = timedelta(hours=1)


@pytest.fixture
def service(make_service: MakeService) -> Service:
    return make_service("scheduling")


def ask(service: Service, who: str = "10.0.0.1", *, limit: int = 3) -> bool:
    try:
        with service.database.write() as session:
            now = service.clock.now()
            limits.count(session, "booking", who, limit=limit, per=HOUR, now=now)
    except TooMany as error:
        assert 0 < error.retry_after <= 3600
        return False
    return True


def test_the_one_after_the_last_is_refused_until_the_span_ends(
    service: Service, clock: FileClock
) -> None:
    assert [ask(service) for _ in range(5)] == [True, True, True, False, False]
    assert ask(service, "10.0.0.2")
    clock.advance(hours=1)
    assert ask(service)


def test_of_many_at_once_exactly_as_many_pass(service: Service) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: ask(service, limit=5), range(32))) == 5


def test_who_asked_cannot_be_read_and_is_forgotten(service: Service, clock: FileClock) -> None:
    ask(service, "ann@example.com")
    with service.database.read() as session:
        assert "ann" not in str(session.execute(select(rate_limits)).all())
    clock.advance(hours=2)
    with service.database.write() as session:
        limits.forget_old(session, now=service.clock.now())
        assert not session.execute(select(rate_limits)).all()
