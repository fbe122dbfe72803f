"""Timed work of scheduling."""

import logging
from datetime import datetime

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


def follow_closures(service: Service) -> None:
    """Each patient of a closed visit gets times of their own; who did not choose is phoned.

    One transaction for each time: it locks one day, so that nothing can deadlock.
    """
    now = service.clock.now()
    with service.database.read() as session:
        new = [(one.closure_id, one.appointment_id) for one in queries.open_cases(session, "new")]
        unanswered = [
            (one.closure_id, one.appointment_id)
            for one in queries.open_cases(session, "offered")
            if not queries.kept_alternatives(session, one.appointment_id, now=now)
        ]
    for closure, visit in new:
        _keep_some(service, visit, now=now)
        _hand_over(service, closure, visit, since="new", now=now)
    for closure, visit in unanswered:
        _hand_over(service, closure, visit, since="offered", now=now)


def _keep_some(service: Service, visit: str, *, now: datetime) -> None:
    with service.database.read() as session:
        slots = operations.other_times(session, service, visit, now=now)
    kept = 0
    for slot in slots:
        if kept == operations.ALTERNATIVES:
            return
        with service.database.write() as session:
            kept += operations.keep_alternative(session, service, visit, slot, number=kept, now=now)


def _hand_over(service: Service, closure: str, visit: str, *, since: str, now: datetime) -> None:
    with service.database.write() as session:
        operations.hand_over(session, closure, visit, since=since, now=now)


def index_patients(service: Service) -> None:
    """Records that cannot be found yet, a few at a time."""
    with service.database.write() as session:
        operations.index_forgotten_patients(session)


JOBS = (
    Job("prune", 60, prune),
    Job("prove the ledger", 60, prove_ledger),
    Job("offer freed times", 3, offer_freed_times),
    Job("follow closures", 3, follow_closures),
    Job("index patients", 60, index_patients),
)
