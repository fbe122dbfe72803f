"""Which specialty and which kind of visit fit the answers. Urgency is decided elsewhere;
the minutes of a visit are the clinic's."""

from .answers import Answers
from .catalog import Catalog
from .conditions import Facts
from .rules import Urgency

JOINT_REPLACEMENT = "joint_replacement"
GENERAL = "general"
PROSTHESIS = "prosthetic_joint_here"
LUMPS = frozenset({"lump_growing", "lump_stable"})
WORN_JOINTS = frozenset({"hip", "knee"})
ADULT, WORN_AGE, RECENT_INJURY_DAYS = 18, 50, 42


def is_recent_injury(facts: Facts, catalog: Catalog) -> bool:
    """A start nobody is sure of counts as today."""
    return facts.mechanism in catalog.injuries and (facts.onset_days or 0) <= RECENT_INJURY_DAYS


def specialty(facts: Facts, catalog: Catalog) -> str:
    age = facts.age if facts.age is not None else ADULT
    home = str(catalog.regions[facts.region]["specialty"])
    if age < ADULT:
        return GENERAL
    if PROSTHESIS in facts.flags and home != "spine":
        return JOINT_REPLACEMENT
    if facts.symptoms & LUMPS:
        return GENERAL
    is_worn = facts.region in WORN_JOINTS and age >= WORN_AGE
    return JOINT_REPLACEMENT if is_worn and not is_recent_injury(facts, catalog) else home


def visit_type(answers: Answers, *, urgency: Urgency, specialty: str) -> str:
    """Whoever is not sure of having been here gets a first visit: the desk can shorten it."""
    if urgency is Urgency.URGENT_2BD:
        return "URG"
    is_known = answers.seen_in_last_3_years == "yes"
    if is_known and answers.visit_reason in ("follow_up", "after_surgery"):
        return "FU"
    if answers.visit_reason == "second_opinion" or specialty == JOINT_REPLACEMENT:
        return "NPX"
    return "NP"
