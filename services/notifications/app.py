"""Puts the rooms of the notifications service together."""

from collections.abc import Iterator
from datetime import datetime

from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.orm import Session

from shared import web
from shared.service import Service
from shared.web.api import Api
from shared.web.health import add_metrics

from . import api, pages, queries
from .domain.states import State
from .mailer import connect, read_letterhead


def create_app(service: Service) -> Flask:
    """A wrong MAIL_URL or `[mail]` section stops the start, not the first mail."""
    connect(service.settings.mail_url).close()
    read_letterhead(service.clinic)
    app = web.create_app(service, __name__)
    Api(app).register_blueprint(api.blueprint)
    pages.register(app)
    add_metrics(app, lambda session: _message_counts(session, service.clock.now()))
    return app


def _message_counts(session: Session, now: datetime) -> Iterator[Metric]:
    gauge = GaugeMetricFamily("clinic_messages", "Messages by state", labels=["state"])
    for state, count in (dict.fromkeys(State, 0) | queries.counts_by_state(session)).items():
        gauge.add_metric([state], count)
    yield gauge
    oldest, holds = queries.oldest_unsent(session, now), queries.holds(session)
    yield GaugeMetricFamily(
        "clinic_messages_oldest_seconds", "How long the oldest unsent message is overdue", oldest
    )
    yield GaugeMetricFamily("clinic_reminders_held", "Reminders wait for a person", len(holds))
    faults = queries.conservation_faults(session)
    yield GaugeMetricFamily("clinic_message_faults", "Debts unaccounted for", len(faults))
