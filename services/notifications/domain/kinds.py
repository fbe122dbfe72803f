"""What the kinds of messages differ in: who goes first, what is repeated, when each is given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .content import NEEDS, Content
from .states import State

LIFE = timedelta(hours=72)
LATE = timedelta(hours=6)
BEFORE_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rules:
    """`life`: how long after it was due a message is still tried. `end`: what it is called then.
    `margin`: so long before the visit it is of no use any more.

    `is_repeated`: sent once more when nobody can say whether the first copy arrived.
    `is_courtesy`: when it comes too late for that, nobody needs to be phoned.
    """

    priority: int = 0
    is_repeated: bool = True
    is_courtesy: bool = False
    life: timedelta = LIFE
    end: State = State.FAILED
    margin: timedelta = timedelta(0)


_REMINDER = Rules(priority=1, is_repeated=False, life=LATE, end=State.EXPIRED, margin=BEFORE_VISIT)
RULES: Mapping[str, Rules] = dict.fromkeys(NEEDS, Rules()) | {
    "reminder_3d": _REMINDER,
    "reminder_1d": _REMINDER,
    "intake_nudge": Rules(
        priority=1,
        is_repeated=False,
        is_courtesy=True,
        life=timedelta(hours=24),
        end=State.EXPIRED,
    ),
    "no_show": Rules(priority=1, is_courtesy=True, life=LATE, end=State.EXPIRED),
    "waitlist_offer": Rules(is_courtesy=True, end=State.EXPIRED),
    "callback_received": Rules(life=LATE),
}
# What tells a visit's state: of these the newest counts, and none is sent twice in a row.
NEWS = frozenset(
    {"confirmation", "rescheduled", "cancelled", "cancelled_by_clinic", "waitlist_result"}
)
CANCELLED = frozenset({"cancelled", "cancelled_by_clinic"})
REMINDERS = ("reminder_3d", "reminder_1d")
PLANNED = (*REMINDERS, "intake_nudge")  # what follows from a booked visit by itself
# Somebody without e-mail is phoned about these; about the others nobody needs to hear.
PHONED = NEWS | {"waitlist_offer"}
FIRST_HELD = 1  # the first priority that a hold holds


def turn(kind: str, *, was_tried: bool) -> int:
    return 2 * RULES[kind].priority + was_tried


TURNS = sorted({turn(kind, was_tried=tried) for kind in RULES for tried in (False, True)})


def overdue_state(kind: str, content: Content, *, due: datetime, at: datetime) -> State | None:
    """What becomes of a message not sent by `at`: of no use any more, or tried for too long; None
    while there is hope."""
    rules = RULES[kind]
    useless = _useless_from(kind, content)
    if useless and at >= useless - rules.margin:
        return State.EXPIRED
    return rules.end if at > due + rules.life else None


def _useless_from(kind: str, content: Content) -> datetime | None:
    if kind in {"no_show", "visit_links", "callback_received", "staff_alert"}:
        return None
    if kind == "waitlist_offer":
        return content.expires_at
    return content.start
