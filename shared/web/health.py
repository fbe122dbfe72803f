"""/livez, /readyz and /metrics of a service. Counts come from the database when asked."""

import logging
from collections.abc import Callable, Iterable, Iterator

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from shared.migrations import is_at_head
from shared.service import Service
from shared.tables import inbox, outbox, parked
from shared.web.current import current_service

Source = Callable[[Session], Iterable[Metric]]
log = logging.getLogger(__name__)


def register(app: Flask, service: Service) -> None:
    app.extensions["clinic.metrics"] = [lambda session: _plumbing(service, session)]
    app.add_url_rule("/livez", "livez", _livez)
    app.add_url_rule("/readyz", "readyz", _readyz)
    registry = CollectorRegistry()
    registry.register(_Counts(app, service))
    app.add_url_rule("/metrics", "metrics", lambda: _metrics(registry))


def add_metrics(app: Flask, source: Source) -> None:
    """Let a service count something of its own at each scrape."""
    app.extensions["clinic.metrics"].append(source)


def _livez() -> Response:
    return jsonify(status="ok")


def _readyz() -> Response:
    service = current_service()
    checks = {
        "database": _passes(_ping, service),
        "schema": _passes(_at_head, service),
        "keys": _passes(_keys, service),
    }
    is_ready = all(checks.values())
    response = jsonify(status="ready" if is_ready else "not_ready", checks=checks)
    if not is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return response


def _passes(check: Callable[[Service], bool], service: Service) -> bool:
    try:
        return check(service)
    except Exception as error:  # whatever it is, this process cannot serve
        fields = {"service": service.name, "reason": check.__name__, "error": type(error).__name__}
        log.warning("readiness check failed", extra=fields)
        return False


def _ping(service: Service) -> bool:
    with service.database.read() as session:
        return bool(session.execute(text("SELECT 1")).scalar())


def _at_head(service: Service) -> bool:
    with service.database.read() as session:
        return is_at_head(service.name, session.connection())


def _keys(service: Service) -> bool:
    ring = service.secrets.service_keys(service.name).fields
    return ring.open(ring.seal(b"ready", context="readyz"), context="readyz") == b"ready"


def _metrics(registry: CollectorRegistry) -> Response:
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Counts(Collector):
    """Asks the database, so that any process of a service gives the same numbers."""

    def __init__(self, app: Flask, service: Service) -> None:
        self._app = app
        self._service = service

    def describe(self) -> Iterable[Metric]:
        return ()  # the database need not be there when the app is made

    def collect(self) -> Iterator[Metric]:
        with self._service.database.read() as session:
            for source in self._app.extensions["clinic.metrics"]:
                yield from source(session)


def _plumbing(service: Service, session: Session) -> Iterator[Metric]:
    waiting = outbox.c.published_at.is_(None)
    depth, oldest = session.execute(
        select(func.count(), func.min(outbox.c.recorded_at)).where(waiting)
    ).one()
    age = (service.clock.now() - oldest).total_seconds() if oldest else 0
    yield GaugeMetricFamily("clinic_outbox_waiting", "Events not yet published", depth)
    yield GaugeMetricFamily("clinic_outbox_oldest_seconds", "Age of the oldest of them", age)
    yield GaugeMetricFamily("clinic_parked", "Messages that need a person", _count(session, parked))
    yield GaugeMetricFamily("clinic_inbox", "Events handled and remembered", _count(session, inbox))


def _count(session: Session, table: object) -> int:
    return session.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
