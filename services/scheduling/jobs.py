"""Timed work of scheduling."""

import logging

from shared.messaging.worker import Job
from shared.service import Service

from . import operations, queries

log = logging.getLogger(__name__)


def prune(service: Service) -> None:
    with service.database.write() as session:
        operations.prune(session, now=service.clock.now())


def prove_ledger(service: Service) -> None:
    """What `./clinic integrity` does once, all the time: a fault is told within a minute."""
    with service.database.read() as session:
        faults = queries.ledger_faults(session, service.clock.now())
    for fault in faults:
        log.error("ledger fault", extra={"reason": fault})


JOBS = (Job("prune", 60, prune), Job("prove the ledger", 60, prove_ledger))
