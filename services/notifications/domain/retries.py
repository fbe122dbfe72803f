"""When a message that was not sent is tried again, and when it is given up."""

from datetime import datetime, timedelta

from .states import State

# The wait after the 1st, 2nd, ... charged attempt; the first attempt itself is at once.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
)
LATER = timedelta(hours=4)
JITTER = 0.2
LIFE = timedelta(hours=72)
# A mail server may take ten minutes to answer the final dot (RFC 5321, 4.5.3.2.6).
AMBIGUITY_WAIT = timedelta(minutes=10)
STAFF_DELAY = timedelta(seconds=90)


def due_at(now: datetime, booked_by: str) -> datetime:
    """What staff do waits 90 seconds, so that an undo un-sends; a patient's mail goes at once."""
    return now + STAFF_DELAY if booked_by == "staff" else now


def next_attempt(attempts: int, *, now: datetime, jitter: float) -> datetime:
    """`attempts` counts the one just charged; `jitter` lies in -1..1 and moves the wait by 20 %."""
    wait = WAITS[attempts - 1] if attempts <= len(WAITS) else LATER
    return now + wait * (1 + JITTER * jitter)


def overdue_state(due: datetime, start: datetime | None, *, at: datetime) -> State | None:
    """What becomes of a message not sent by `at`: expired once the visit has begun (the mail is of
    no use any more), failed after three days of trying; None while there is hope."""
    if start and at >= start:
        return State.EXPIRED
    return State.FAILED if at >= due + LIFE else None
