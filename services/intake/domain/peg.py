"""PEG, the three questions about pain, enjoyment and activity (Krebs 2009): its score, and whether
it changed between two visits by more than chance."""

from collections.abc import Mapping
from fractions import Fraction

ITEMS = ("pain", "enjoyment", "activity")
LEAST_CHANGE = 1  # points: the smallest that patients call a difference
LEAST_SHARE = Fraction(30, 100)  # of the score before: the least that counts as better

Answers = Mapping[str, int | None]


def peg_score(answers: Answers | None) -> Fraction | None:
    """The mean in full precision; None when an item is missing."""
    given = [(answers or {}).get(item) for item in ITEMS]
    numbers = [number for number in given if number is not None]
    return Fraction(sum(numbers), len(ITEMS)) if len(numbers) == len(ITEMS) else None


def shown(score: Fraction | None) -> float | None:
    """With one decimal, half up: what people and programs see."""
    return None if score is None else (score * 10 + Fraction(1, 2)).__floor__() / 10


def change(before: Fraction | None, after: Fraction | None) -> str | None:
    """`better`, `worse` or `same`; None when there is nothing to compare."""
    if before is None or after is None:
        return None
    down = before - after
    if down >= LEAST_CHANGE and down >= before * LEAST_SHARE:
        return "better"
    return "worse" if -down >= LEAST_CHANGE else "same"
