"""The parts of the three services, by name: web app, event handlers, jobs."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask

from shared import migrations
from shared.messaging.worker import Handler, Job, Worker
from shared.service import Service
from shared.settings import SERVICES
from shared.web.mount import mount
from suite import door

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def start_all() -> list[Service]:
    return [Service.start(name) for name in SERVICES]


def migrate(names: Sequence[str] = SERVICES) -> None:
    """Bring the named services' databases to head."""
    for name in names:
        service = Service.start(name)
        try:
            migrations.upgrade(name, service.database)
        finally:
            service.close()


def web(services: Sequence[Service]) -> "WSGIApplication":
    """One WSGI application for one service or for all three."""
    apps: dict[str, Any] = {service.name: _app(service) for service in services}
    return mount(apps, services[0].settings.public_url, door.answers(services[0]))


def workers(services: Sequence[Service]) -> list[Worker]:
    return [Worker(service, _handlers(service.name), _jobs(service.name)) for service in services]


def _app(service: Service) -> Flask:
    app: Flask = import_module(f"services.{service.name}.app").create_app(service)
    return app


def _handlers(name: str) -> dict[str, Handler]:
    handlers: dict[str, Handler] = getattr(_room(name, "handlers"), "HANDLERS", {})
    return handlers


def _jobs(name: str) -> Sequence[Job]:
    jobs: Sequence[Job] = getattr(_room(name, "jobs"), "JOBS", ())
    return jobs


def _room(name: str, room: str) -> Any:
    """A room that a service need not have."""
    path = f"services.{name}.{room}"
    return import_module(path) if find_spec(path) else None
