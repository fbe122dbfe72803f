"""PEG: the score of three answers, and when a change between two visits is one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.peg import change, peg_score, shown

SCORES = [
    ((5, 5, 5), 5.0),  # the published worked example
    ((0, 0, 0), 0.0),
    ((10, 10, 10), 10.0),
    ((8, 7, 6), 7.0),
    ((4, 5, 5), 4.7),  # 4.666… goes up
    ((0, 0, 1), 0.3),
    ((7, None, 3), None),
    ((None, None, None), None),
]


def answers(pain: int | None, enjoyment: int | None, activity: int | None) -> dict[str, int | None]:
    return {"pain": pain, "enjoyment": enjoyment, "activity": activity}


@pytest.mark.parametrize(("given_answers", "expected"), SCORES, ids=str)
def test_the_score_is_the_mean_of_three(
    given_answers: tuple[int | None, int | None, int | None], expected: float | None
) -> None:
    assert shown(peg_score(answers(*given_answers))) == expected


def test_nobody_who_was_not_asked_has_a_score() -> None:
    assert peg_score(None) is None
    assert peg_score({"pain": 5}) is None


def test_the_score_itself_is_not_rounded() -> None:
    assert peg_score(answers(4, 5, 5)) == Fraction(14, 3)


@given(st.tuples(*[st.integers(0, 10)] * 3))
def test_what_is_shown_is_within_half_a_tenth(three: tuple[int, int, int]) -> None:
    score = peg_score(answers(*three))
    assert score is not None
    assert abs(Fraction(str(shown(score))) - score) <= Fraction(1, 20)


CHANGES = [
    (10, 9, "same"),  # a point, but only a tenth
    (10, 7, "better"),  # exactly 30 percent
    (3, 2, "better"),  # a point, and a third
    (Fraction(10, 3), Fraction(7, 3), "better"),  # a point, and exactly 30 percent
    (4, 3, "same"),  # a point, but a quarter
    (2, Fraction(4, 3), "same"),  # a third, but less than a point
    (1, 0, "better"),
    (5, 5, "same"),
    (5, Fraction(17, 3), "same"),  # up by two thirds of a point
    (5, 6, "worse"),
    (0, 1, "worse"),
    (None, 5, None),
    (5, None, None),
]


@pytest.mark.parametrize(("before", "after", "label"), CHANGES, ids=str)
def test_a_change_is_one_point_and_for_better_30_percent(
    before: Fraction | None, after: Fraction | None, label: str | None
) -> None:
    def exact(number: Fraction | None) -> Fraction | None:
        return None if number is None else Fraction(number)

    assert change(exact(before), exact(after)) == label
