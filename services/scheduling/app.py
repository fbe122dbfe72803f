"""Puts the rooms of scheduling together."""

import time
from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from shared import web
from shared.service import Service
from shared.web.api import Api
from shared.web.health import Source, add_metrics
from shared.words import LANGUAGES

from . import api, pages, queries

PROVEN_EVERY = 60.0  # seconds


def create_app(service: Service) -> Flask:
    """A wrong clinic file stops the start, not the first booking."""
    queries.catalog_of(service.clinic)
    today = service.clock.now().date()
    # The holidays take about a second to compute the first time: now, not in a patient's request.
    service.clinic.closed_dates(today, today + timedelta(days=400))
    app = web.create_app(service, __name__, languages=LANGUAGES)
    Api(app).register_blueprint(api.blueprint)
    pages.register(app)
    add_metrics(app, _proof(service))
    return app


def _proof(service: Service) -> Source:
    """How many faults the claim ledger has, looked up at most once a minute."""
    looked, count = 0.0, 0

    def measure(session: Session) -> Iterator[Metric]:
        nonlocal looked, count
        if not looked or time.monotonic() - looked > PROVEN_EVERY:
            count = len(queries.ledger_faults(session, service.clock.now()))
            looked = time.monotonic()
        yield GaugeMetricFamily("clinic_ledger_faults", "Faults of the claim ledger", count)

    return measure
