"""Timed work: send what is due, keep the leases of mails under way, take back those of the dead.

No transaction is open while a mail server is spoken to.
"""

import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from random import SystemRandom
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.clock import real_now
from shared.messaging.worker import Job
from shared.service import Service

from . import mailer, operations, queries
from .domain.errors import LeaseLost, MessageUnfit, TransitionRefused
from .domain.states import Ending
from .operations import Lease

log = logging.getLogger(__name__)

ROUND = 5.0  # seconds after which a sender looks up, so that a stopping worker need not wait
RECORD_AGAIN = (0.2, 1.0, 3.0, 10.0)
OUR_FAULT = re.compile(r"5\d\d 5\.7\.\d|554$")  # a policy, not this recipient
A_FEW, MANY = 3, 50
JUMP = 15 * 60.0  # seconds by which a clock may differ from the passing of time
ENDINGS: dict[type[Exception], Ending] = {
    mailer.MailUnavailable: Ending.UNAVAILABLE,
    mailer.MailDeferred: Ending.DEFERRED,
    mailer.MailRefused: Ending.REFUSED,
    mailer.MailAmbiguous: Ending.AMBIGUOUS,
}
_random = SystemRandom()
_in_hand: set[str] = set()  # lease tokens of this process


class Outage:
    """Since when no mail server is there; shared by the senders of a process. They knock after a
    twentieth of the time it has lasted (1 to 30 s), so that a returning server is soon noticed
    and one that is away for long is left in peace."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._rest_until = 0.0
        self._refused = self._banned = 0  # in a row, for whatever reason; for who we are

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self._rest_until

    def note(self, *, is_there: bool) -> None:
        if is_there:
            self._since = None
            return
        now = time.monotonic()
        self._since = self._since or now
        self._rest_until = now + min(max(1.0, (now - self._since) / 20), 30.0)

    def judge(self, ending: Ending, reply: str) -> Ending:
        """A server that refuses everything refuses us and not the mails: then no mail has failed,
        and it is tried again when the server takes one."""
        if ending is Ending.SENT:
            self._refused = self._banned = 0
        if ending is not Ending.REFUSED or not reply[:1].isdigit():
            return ending
        self._refused += 1
        self._banned = self._banned + 1 if OUR_FAULT.match(reply) else 0
        if self._refused > MANY or self._banned >= A_FEW:
            return Ending.UNAVAILABLE
        return ending


class Sender:
    """One conversation at a time. Several senders run side by side, so that a server which is slow
    to answer about one mail does not hold up the others."""

    def __init__(self, outage: Outage | None = None) -> None:
        self._outage = outage or Outage()

    def __call__(self, service: Service) -> None:
        if self._outage.is_resting:
            return
        with service.database.read() as session:
            if not queries.has_due(session, service.clock.now()):
                return
        end = time.monotonic() + ROUND
        with closing(mailer.connect(service.settings.mail_url)) as out:
            while time.monotonic() < end and self._send_next(service, out):
                pass

    def _send_next(self, service: Service, out: mailer.Mailer) -> bool:
        """False when there is nothing to send, or nobody to send it through."""
        watch_clock(service)
        with service.database.write() as session:
            lease = operations.lease_next(
                session, worker_of(service), now=service.clock.now(), real_now=real_now()
            )
        if lease is None:
            return False
        _in_hand.add(lease.token)
        try:
            ending = deliver(service, out, lease, judge=self._outage.judge)
        finally:
            _in_hand.discard(lease.token)
        is_there = ending is not Ending.UNAVAILABLE
        self._outage.note(is_there=is_there)
        return is_there


def deliver(
    service: Service,
    out: mailer.Mailer,
    lease: Lease,
    *,
    judge: Callable[[Ending, str], Ending] = lambda ending, _: ending,
) -> Ending | None:
    """Send one leased message and record how that ended; None when it is another worker's now."""
    try:
        mail = _compose(service, lease)
        out.send(mail, on_data_started=lambda: _start_data(service, lease))
        ending, reply = Ending.SENT, "accepted"
    except LeaseLost:
        _log(logging.WARNING, "lease lost", lease)
        return None
    except MessageUnfit as error:
        ending, reply = Ending.REFUSED, error.code
    except mailer.MailError as error:
        ending, reply = ENDINGS[type(error)], str(error)
    ending = judge(ending, reply)
    _log(logging.INFO if ending is Ending.SENT else logging.WARNING, "mail ended", lease, reply)
    _record(service, lease, ending, reply=reply)
    return ending


def _compose(service: Service, lease: Lease) -> mailer.OutgoingMail:
    """A mail that cannot be written today - a mistake of ours - is tried again, and in the end a
    person is told; it never stops the others."""
    try:
        return mailer.compose(lease.letter, service.clinic, service.settings.public_url)
    except MessageUnfit:
        raise
    except Exception as error:
        log.exception("mail cannot be written", extra={"message_id": lease.letter.id})
        raise mailer.MailDeferred(f"composing: {type(error).__name__}") from error


def keep_leases(service: Service) -> None:
    if tokens := set(_in_hand):
        with service.database.write() as session:
            operations.renew_leases(session, tokens, real_now=real_now())


def take_back_abandoned(service: Service) -> None:
    with service.database.read() as session:
        if not queries.has_abandoned(session, real_now()):
            return
    is_repeatable = mailer.connect(service.settings.mail_url).repeatable
    with service.database.write() as session:
        taken = operations.take_back_abandoned(
            session, now=service.clock.now(), real_now=real_now(), is_repeatable=is_repeatable
        )
    for message_id in taken:
        log.warning("message taken back", extra={"message_id": message_id})


class ClockWatch:
    """Compares the machine's clock with the time that passed: reminders go by the clock, and one
    that jumps would mail everybody at once."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._passed = wall, passed
        self._offset = wall() - passed()
        self._lock = threading.Lock()

    def jump(self) -> float:
        """Seconds by which the clock went wrong since it was last asked; 0.0 for small steps."""
        with self._lock:
            drift = self._wall() - self._passed() - self._offset
            self._offset += drift
        return drift if abs(drift) > JUMP else 0.0

    def __call__(self, service: Service) -> None:
        """A clock file does not jump: there somebody lets time pass."""
        if service.settings.clock_file or not (jumped := self.jump()):
            return
        reason = f"The clock jumped by {jumped / 60:+.0f} minutes."
        with service.database.write() as session:
            operations.hold(session, reason, now=service.clock.now())
        log.error("clock jumped: reminders are held", extra={"reason": reason})


watch_clock = ClockWatch()


def sweep(service: Service) -> None:
    """Nothing may be lost in silence: what the books cannot explain is said aloud."""
    with service.database.read() as session:
        faults = queries.conservation_faults(session)
        faults += queries.message_faults(
            session, service.clock.now(), is_held=bool(queries.holds(session))
        )
    for fault in faults:
        log.error("messages do not add up", extra={"reason": fault})


def worker_of(service: Service) -> operations.Worker:
    """Message-IDs and calendar ids end in the host of PUBLIC_URL."""
    host = urlsplit(service.settings.public_url).hostname or "localhost"
    return operations.Worker(
        name=f"{socket.gethostname()}:{os.getpid()}"[-80:],
        mail_domain="localhost" if ":" in host else host,
    )


def _start_data(service: Service, lease: Lease) -> None:
    with service.database.write() as session:
        operations.start_data(session, lease)


def _record(service: Service, lease: Lease, ending: Ending, *, reply: str) -> None:
    """What is known now must not be forgotten because the database is just being restarted: a
    forgotten "accepted" would be a second mail."""
    for pause in (*RECORD_AGAIN, None):
        try:
            with service.database.write() as session:
                operations.record_ending(
                    session, lease, ending, reply=reply, now=service.clock.now(),
                    jitter=_random.uniform(-1, 1),
                )  # fmt: skip
            return
        except (LeaseLost, TransitionRefused):
            _log(logging.WARNING, "ending came too late", lease, reply)
            return
        except (DBAPIError, PoolTimeout):
            if pause is None:
                raise
            time.sleep(pause)


def _log(level: int, text: str, lease: Lease, reply: str = "") -> None:
    fields = {"message_id": lease.letter.id, "appointment": lease.letter.appointment}
    log.log(level, text, extra=fields | {"reason": reply})


_outage = Outage()
JOBS = (
    *(
        Job(f"sender-{number}", 1.0, Sender(_outage), wakes=operations.DUE)
        for number in range(1, 5)
    ),
    Job("keep-leases", 5, keep_leases),
    Job("take-back-abandoned", 5, take_back_abandoned),
    Job("sweep", 60, sweep),
)
