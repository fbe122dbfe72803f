"""Exercise and what stands in its way: the card that a clinician sees, and who may be shown the
page "Back pain and moving". Our own questions after OSM's handout, no validated scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rules import Urgency

SPINE = ("neck", "mid_back", "low_back")
CALM = (Urgency.ROUTINE, Urgency.URGENT_2BD)
BROKEN = frozenset({"er_fracture_diagnosed", "in_cast"})
MAY_BE_BROKEN = ("U-13", "U-19", "U-41")  # rules that suspect or know a recent fracture


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseCard:
    done: int | None  # days of last week, never more than planned
    planned: int | None
    pain_control_first: bool


def exercise_card(answers: Mapping[str, Any]) -> ExerciseCard:
    """Without a plan there is no adherence to speak of."""
    planned, done = answers.get("plan_days_per_week"), answers.get("done_days_last_week")
    has_plan = answers.get("exercise_plan") == "yes" and planned and done is not None
    return ExerciseCard(
        done=min(done, planned) if has_plan and planned and done is not None else None,
        planned=planned if has_plan else None,
        pain_control_first="hurts_more" in (answers.get("exercise_barriers") or ()),
    )


def may_read_about_moving(document: Mapping[str, Any], level: str | None) -> bool:
    """Only for the spine, and never where moving could harm: told to be seen at once, a recent
    fracture known or suspected, after surgery, or nothing known."""
    inputs = document.get("inputs")
    if not inputs or not {level, document["urgency"]} <= set(CALM):
        return False
    fired = {rule["id"] for rule in document["rules"]}
    is_after_surgery = (
        inputs["postop_days"] is not None
        or inputs["mechanism"] == "surgery"
        or inputs["visit_reason"] == "after_surgery"
    )
    is_broken = BROKEN.intersection(inputs["flags"]) or fired.intersection(MAY_BE_BROKEN)
    return inputs["region"] in SPINE and not is_broken and not is_after_surgery
