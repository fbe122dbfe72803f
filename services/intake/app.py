"""Puts the rooms of intake together."""

from flask import Flask

from shared import web
from shared.service import Service
from shared.web.api import Api
from shared.words import LANGUAGES

from . import api, pages


def create_app(service: Service) -> Flask:
    app = web.create_app(service, __name__, languages=LANGUAGES)
    api.register(Api(app))
    pages.register(app)
    return app
