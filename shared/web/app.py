"""Makes the Flask app of a service: shell, guards, health and the role matrix, in that order."""

import logging
import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from shared.service import Service
from shared.web import access, body, csrf, headers, health, language, links, problems

_TEMPLATES = headers.STATIC.parent / "templates"


class Application(Flask):
    """Flask with two habits: forms are answered with 303, and logs hold no personal data."""

    def redirect(self, location: str, code: int = 303) -> Response:
        # flask.redirect() says 302 when nobody chose; a form must be followed by a GET.
        return super().redirect(location, 303 if code == 302 else code)

    def log_exception(self, exc_info: Any) -> None:
        problems.log_failure(logging.ERROR, "unexpected error", exc_info[1])


def create_app(
    service: Service, import_name: str, *, languages: tuple[str, ...] = ("en",)
) -> Flask:
    """`import_name` is the service's app module: its folder's `templates/` come first;
    `languages` are those that all its pages for patients are written in."""
    app = Application(import_name, static_folder=headers.STATIC, static_url_path="/static")
    app.extensions["clinic"] = service
    app.config.update(TRUSTED_HOSTS=_hosts(service), PROVIDE_AUTOMATIC_OPTIONS=False)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _templates(app, service)
    if service.settings.proxies:  # only then is X-Forwarded-For written by somebody we know
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=service.settings.proxies, x_proto=0)  # type: ignore[method-assign]
    app.before_request(_name_the_request)
    headers.register(app, is_https=service.settings.public_url.startswith("https://"))
    csrf.register(app)
    language.register(app, languages)
    access.register(app, service.name)
    body.register(app)
    problems.register(app)
    health.register(app, service)
    return app


def _templates(app: Flask, service: Service) -> None:
    own = FileSystemLoader(str(_TEMPLATES))
    app.jinja_loader = ChoiceLoader([loader for loader in (app.jinja_loader, own) if loader])
    app.jinja_env.undefined = StrictUndefined  # a misspelt name is an error, not an empty place
    app.jinja_env.globals.update(clinic=service.clinic, link_to=links.to)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def signed_in() -> dict[str, Any]:
        return {"staff": g.get("staff")}  # known on staff routes only: no look-up for a page


def _hosts(service: Service) -> list[str]:
    public = urlsplit(service.settings.public_url).hostname or "localhost"
    return [f"[{public}]" if ":" in public else public, "127.0.0.1", "localhost", "[::1]"]


def _name_the_request() -> None:
    g.request_id = uuid.uuid4().hex
