"""When a message that was not sent is tried again."""

from datetime import datetime, timedelta

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
# A mail server may take ten minutes to answer the final dot (RFC 5321, 4.5.3.2.6).
AMBIGUITY_WAIT = timedelta(minutes=10)


def next_attempt(attempts: int, *, now: datetime, jitter: float) -> datetime:
    """`attempts` counts the one just charged; `jitter` lies in -1..1 and moves the wait by 20 %."""
    wait = WAITS[attempts - 1] if attempts <= len(WAITS) else LATER
    return now + wait * (1 + JITTER * jitter)
