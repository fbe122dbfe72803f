"""Which questions the pages ask this person: only what can change whether, when or with whom.
A program may send any code with any region; the rules judge what is there."""

from .conditions import Facts
from .knowledge import Knowledge
from .routing import LUMPS, PROSTHESIS, is_recent_injury
from .safety import flags_worth_asking

COMMON = "common_no_triage_effect"
RATES_PAIN_FROM = 8  # years
RETURNING = ("follow_up", "after_surgery")


def symptoms_to_ask(
    known: Knowledge, facts: Facts, *, visit_reason: str | None = None
) -> tuple[str, ...]:
    """Who comes back to us is asked the short list (infection, clot, nerve, wound), unless there
    was a new injury."""
    items = known.catalog.symptoms
    asked = known.catalog.symptoms_for(facts.region)
    if visit_reason in RETURNING and not is_recent_injury(facts, known.catalog):
        return tuple(code for code in asked if items[code].get("short_list"))
    return tuple(code for code in asked if items[code]["group"] != COMMON or code in LUMPS)


def symptoms_that_count(known: Knowledge) -> frozenset[str]:
    """All that can change urgency or specialty."""
    asked = (rule.asks_for("symptoms") for rule in known.rules.rules)
    return LUMPS.union(*asked)


def injury_flags_to_ask(known: Knowledge, facts: Facts) -> tuple[str, ...]:
    """Asked right after a recent injury: was it seen, broken, put back, is it in a cast?"""
    if not is_recent_injury(facts, known.catalog):
        return ()
    return tuple(code for code in _useful(known, facts) if _is_about_injury(known, code))


def history_flags_to_ask(known: Knowledge, facts: Facts) -> tuple[str, ...]:
    """Asked beside the signs. A cast is asked for here when no injury page did."""
    before = injury_flags_to_ask(known, facts)
    return tuple(
        code
        for code in _useful(known, facts)
        if code not in before and (code == "in_cast" or not _is_about_injury(known, code))
    )


def _useful(known: Knowledge, facts: Facts) -> tuple[str, ...]:
    flags = known.catalog.flags_for(facts.region)
    symptoms = symptoms_to_ask(known, facts)
    useful = flags_worth_asking(known.rules, facts, symptoms=symptoms, flags=flags)
    return tuple(code for code in flags if code in useful or code == PROSTHESIS)


def _is_about_injury(known: Knowledge, code: str) -> bool:
    return bool(known.catalog.flags[code]["group"] == "injury")


def is_pain_asked(facts: Facts) -> bool:
    return facts.age is None or facts.age >= RATES_PAIN_FROM
