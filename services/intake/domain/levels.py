"""Who may change the level that the rules gave: anybody who may see it raises it, lowering takes a
clinician and a reason. The rules' own result is never touched."""

from .errors import LoweringNotAllowed, ReasonRequired
from .rules import Urgency
from .safety import ORDER

LOWERS = "clinician"
NOT_CHECKED = None


def is_lowering(before: str | None, after: str) -> bool:
    """A visit without a check is not routine: to say so is to lower it."""
    if before is NOT_CHECKED:
        return after == Urgency.ROUTINE
    return ORDER.index(Urgency(after)) > ORDER.index(Urgency(before))


def check_change(before: str | None, after: str, *, role: str, reason: str | None) -> None:
    if not is_lowering(before, after):
        return
    if role != LOWERS:
        raise LoweringNotAllowed
    if not reason:
        raise ReasonRequired


def levels_to_offer(before: str | None, *, role: str) -> tuple[str, ...]:
    """Most urgent first: the levels that this role may choose from here."""
    others = (level.value for level in ORDER if level != before)
    return tuple(level for level in others if role == LOWERS or not is_lowering(before, level))
