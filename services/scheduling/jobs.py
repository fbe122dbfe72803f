"""Timed work of scheduling."""

from shared.messaging.worker import Job
from shared.service import Service

from . import operations


def prune(service: Service) -> None:
    with service.database.write() as session:
        operations.prune(session, now=service.clock.now())


JOBS = (Job("prune", 60, prune),)
