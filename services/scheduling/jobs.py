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


def offer_freed_times(service: Service) -> None:
    """The waitlist's chain: what nobody answered is over, and each free time goes to the next.

    Reading first, so that nothing is locked while there is nobody to ask. Each step is judged
    anew in its own transaction: another worker may have been faster.
    """
    now = service.clock.now()
    with service.database.read() as session:
        over = list(queries.offers_due(session, now=now))
    for offer_id in over:
        with service.database.write() as session:
            operations.expire_offer(session, service, offer_id, now=now)
    with service.database.read() as session:
        people = queries.waiting_people(session, service, now=now)
        times = queries.freed_times(session, service, now=now) if people else []
        asked = [
            time for time in times if queries.next_in_line(session, service, time, people, now=now)
        ]
    for time in asked:
        with service.database.write() as session:
            operations.offer_next(session, service, time, now=now)


def index_patients(service: Service) -> None:
    """Records that cannot be found yet, a few at a time."""
    with service.database.write() as session:
        operations.index_forgotten_patients(session)


JOBS = (
    Job("prune", 60, prune),
    Job("prove the ledger", 60, prove_ledger),
    Job("offer freed times", 3, offer_freed_times),
    Job("index patients", 60, index_patients),
)
