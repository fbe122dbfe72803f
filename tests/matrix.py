"""The role matrix compared with an app's routes."""

from flask import Flask


def _routes(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules()}


def routes_without_row(app: Flask) -> set[str]:
    """What the guard will always deny."""
    return _routes(app) - set(app.extensions["clinic.roles"])


def rows_without_route(app: Flask) -> set[str]:
    """Rows that were left behind."""
    return set(app.extensions["clinic.roles"]) - _routes(app)
