"""Puts the rooms of scheduling together."""

from datetime import timedelta

from flask import Flask

from shared import web
from shared.service import Service
from shared.web.api import Api
from shared.words import LANGUAGES

from . import api, pages, queries


def create_app(service: Service) -> Flask:
    """A wrong clinic file stops the start, not the first booking."""
    queries.catalog_of(service.clinic)
    today = service.clock.now().date()
    # The holidays take about a second to compute the first time: now, not in a patient's request.
    service.clinic.closed_dates(today, today + timedelta(days=400))
    app = web.create_app(service, __name__, languages=LANGUAGES)
    Api(app).register_blueprint(api.blueprint)
    pages.register(app)
    return app
