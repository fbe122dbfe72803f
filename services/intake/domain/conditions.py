"""What a rule may ask of the facts: codes, numbers, and their combinations, each a small value
with one question, `truth`. Which rules exist and how they are read is in rules.py."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

# None = cannot be told yet, because something it depends on has not been answered.
Truth = bool | None
Unanswered = frozenset[str]
NOTHING: Unanswered = frozenset()

NUMBERS = ("age", "onset_days", "nrs_worst", "nrs_now", "postop_days")
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one safety check knows. A missing number is None; missing codes are just absent."""

    region: str
    mechanism: str
    age: int | None = None
    onset_days: int | None = None
    nrs_worst: int | None = None
    nrs_now: int | None = None
    postop_days: int | None = None
    symptoms: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()


class Condition(Protocol):
    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth: ...


@dataclass(frozen=True, slots=True)
class Ticked:
    """At least one of these symptoms, unsure signs or flags was ticked."""

    attribute: str
    codes: frozenset[str]

    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth:
        ticked: frozenset[str] = getattr(facts, self.attribute)
        if not self.codes.isdisjoint(ticked):
            return True
        return False if self.codes.isdisjoint(unanswered) else None


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """The region or the mechanism is one of these."""

    attribute: str
    codes: frozenset[str]

    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth:
        return getattr(facts, self.attribute) in self.codes


@dataclass(frozen=True, slots=True)
class Number:
    attribute: str
    comparison: str
    bound: int

    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth:
        if self.attribute in unanswered:
            return None
        value: int | None = getattr(facts, self.attribute)
        return value is not None and COMPARISONS[self.comparison](value, self.bound)


@dataclass(frozen=True, slots=True)
class Several:
    """All parts ("all": one False decides) or any part ("any": one True decides)."""

    parts: tuple[Condition, ...]
    decider: bool

    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth:
        known: Truth = not self.decider
        for part in self.parts:
            answer = part.truth(facts, unanswered)
            if answer is self.decider:
                return answer
            known = None if answer is None else known
        return known


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def truth(self, facts: Facts, unanswered: Unanswered = NOTHING) -> Truth:
        answer = self.part.truth(facts, unanswered)
        return None if answer is None else not answer


def leaves(condition: Condition) -> Iterator[Ticked | IsOneOf | Number]:
    """Everything the condition looks at, without the logic between."""
    if isinstance(condition, Several):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    elif isinstance(condition, Ticked | IsOneOf | Number):
        yield condition
