"""The life of a message: its states, and which may follow which."""

from enum import StrEnum

from .errors import TransitionRefused


class State(StrEnum):
    QUEUED = "queued"
    LEASED = "leased"  # a worker talks to the mail server; nothing of the mail was sent
    DATA_STARTED = "data_started"  # the body may be on its way; only an answer tells
    SENT = "sent"
    RETRY = "retry"  # provably not sent; tried again at `next_attempt_at`
    AMBIGUOUS = "ambiguous"  # perhaps sent; a confirmation is sent once more
    FAILED = "failed"
    SUPPRESSED = "suppressed"  # outdated before it was due
    EXPIRED = "expired"  # too late to be of use
    UNKNOWN = "unknown"  # perhaps sent, of a kind that is never repeated


class Ending(StrEnum):
    """How one conversation with a mail server ended."""

    SENT = "sent"
    UNAVAILABLE = "unavailable"  # not sent, nobody was there to take it
    DEFERRED = "deferred"  # not sent, refused for now
    REFUSED = "refused"  # not sent, refused for good
    AMBIGUOUS = "ambiguous"  # perhaps sent


WAITING = frozenset({State.QUEUED, State.RETRY, State.AMBIGUOUS})
IN_HAND = frozenset({State.LEASED, State.DATA_STARTED})
FINAL = frozenset(
    {State.SENT, State.FAILED, State.SUPPRESSED, State.EXPIRED, State.UNKNOWN},
)
UNDELIVERED = frozenset({State.FAILED, State.EXPIRED, State.UNKNOWN})
STOPPABLE = WAITING | {State.LEASED}  # no byte of the body is under way
SETTLED_UNSENT = frozenset({State.SUPPRESSED, State.EXPIRED, State.FAILED})

ALLOWED: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.LEASED}) | SETTLED_UNSENT,
    State.RETRY: frozenset({State.LEASED}) | SETTLED_UNSENT,
    # `sent` straight from `ambiguous`: a slow worker comes back and knows the answer after all.
    State.AMBIGUOUS: frozenset({State.LEASED, State.SENT, State.UNKNOWN}) | SETTLED_UNSENT,
    State.LEASED: frozenset({State.DATA_STARTED, State.RETRY}) | SETTLED_UNSENT,
    State.DATA_STARTED: frozenset(
        {State.SENT, State.RETRY, State.AMBIGUOUS, State.UNKNOWN, State.FAILED, State.EXPIRED},
    ),
    **{state: frozenset() for state in FINAL},
}


def check_transition(old: str, new: State) -> None:
    if new not in ALLOWED[State(old)]:
        raise TransitionRefused(f"A message that is {old} cannot become {new}.")
