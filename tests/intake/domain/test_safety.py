"""What must hold for any answers at all, found by trying many; and the lean to the safe side."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.conditions import Facts
from services.intake.domain.knowledge import knowledge
from services.intake.domain.rules import Rule, Urgency
from services.intake.domain.safety import ORDER, evaluate, flags_worth_asking

KNOWN = knowledge()
CATALOG, RULES = KNOWN.catalog, KNOWN.rules
SYMPTOMS, FLAGS = sorted(CATALOG.symptoms), sorted(CATALOG.flags)


def codes(of: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(of), max_size=6)


facts_of_anyone = st.builds(
    Facts,
    region=st.sampled_from(sorted(CATALOG.regions)),
    mechanism=st.sampled_from(sorted(CATALOG.mechanisms)),
    age=st.integers(0, 120),
    onset_days=st.none() | st.integers(0, 120) | st.integers(0, 36500),
    nrs_worst=st.none() | st.integers(0, 10),
    nrs_now=st.none() | st.integers(0, 10),
    postop_days=st.none() | st.integers(0, 200),
    symptoms=codes(SYMPTOMS),
    unsure=codes(SYMPTOMS),
    flags=codes(FLAGS),
)


def make_facts(**known: object) -> Facts:
    return replace(Facts(region="knee", mechanism="none", age=40), **known)  # type: ignore[arg-type]


@given(facts=facts_of_anyone, symptom=st.sampled_from(SYMPTOMS))
def test_adding_any_symptom_never_lowers_urgency(facts: Facts, symptom: str) -> None:
    more = replace(facts, symptoms=facts.symptoms | {symptom})
    before, after = evaluate(RULES, facts), evaluate(RULES, more)
    assert ORDER.index(after.urgency) <= ORDER.index(before.urgency)
    assert set(before.fired) <= set(after.fired)


@given(facts=facts_of_anyone, symptom=st.sampled_from(SYMPTOMS))
def test_being_unsure_never_lowers_urgency(facts: Facts, symptom: str) -> None:
    more = replace(facts, unsure=facts.unsure | {symptom})
    before, after = evaluate(RULES, facts), evaluate(RULES, more)
    assert ORDER.index(after.urgency) <= ORDER.index(before.urgency)


@given(facts=facts_of_anyone, data=st.data())
def test_the_order_of_the_answers_changes_nothing(facts: Facts, data: st.DataObject) -> None:
    shuffled = frozenset(data.draw(st.permutations(sorted(facts.symptoms))))
    assert evaluate(RULES, replace(facts, symptoms=shuffled)) == evaluate(RULES, facts)


@given(facts=facts_of_anyone)
def test_every_result_but_routine_names_a_rule_of_its_level(facts: Facts) -> None:
    result = evaluate(RULES, facts)
    levels = {rule.level for rule in result.fired}
    assert (result.urgency is Urgency.ROUTINE) == (not result.fired)
    assert levels == set() or min(levels, key=ORDER.index) is result.urgency
    assert set(result.signs) <= facts.symptoms


@given(facts=facts_of_anyone)
def test_a_missing_number_is_never_less_urgent_than_its_stand_in(facts: Facts) -> None:
    unknown = replace(facts, onset_days=None, nrs_worst=None, nrs_now=None)
    filled = replace(facts, onset_days=0, nrs_worst=5, nrs_now=5)
    assert evaluate(RULES, unknown).urgency is evaluate(RULES, filled).urgency


@given(facts=facts_of_anyone, flag=st.sampled_from(FLAGS))
def test_a_flag_that_is_not_asked_could_not_have_changed_the_rules(facts: Facts, flag: str) -> None:
    asked = flags_worth_asking(RULES, facts, symptoms=SYMPTOMS, flags=FLAGS)
    if flag not in asked:
        without, having = facts.flags - {flag}, facts.flags | {flag}
        fired = evaluate(RULES, replace(facts, flags=without)).fired
        assert evaluate(RULES, replace(facts, flags=having)).fired == fired


def fired(**known: object) -> set[str]:
    return {rule.id for rule in evaluate(RULES, make_facts(**known)).fired}


def test_a_start_nobody_is_sure_of_counts_as_today() -> None:
    assert "S-52" in fired(onset_days=None, symptoms=frozenset({"hot_swollen_joint"}))


def test_pain_that_cannot_be_told_counts_as_five() -> None:
    assert "U-40" in fired(mechanism="sports", onset_days=2)
    assert "U-91" not in fired(mechanism="none", onset_days=2)


def test_without_a_surgery_date_no_rule_about_surgery_fires() -> None:
    fever = frozenset({"fever_chills"})
    assert "S-57" not in fired(symptoms=fever, onset_days=200)
    assert "S-57" in fired(symptoms=fever, onset_days=200, postop_days=90)
    assert "S-57" not in fired(symptoms=fever, onset_days=200, postop_days=91)


def test_the_most_urgent_rule_decides_and_its_signs_are_named() -> None:
    symptoms = frozenset({"hot_swollen_joint", "fever_chills", "limp"})
    result = evaluate(RULES, make_facts(symptoms=symptoms, onset_days=3))
    assert result.urgency is Urgency.EMERGENCY
    assert result.signs == ("fever_chills", "hot_swollen_joint")


def test_every_rule_can_fire() -> None:
    def can_fire(rule: Rule) -> bool:
        everything = {"symptoms": frozenset(SYMPTOMS), "unsure": frozenset(SYMPTOMS)}
        some_flags = (frozenset(FLAGS), frozenset(FLAGS) - {"er_evaluated"})
        return any(
            rule.when.truth(
                Facts(region=region, mechanism=mechanism, age=age, onset_days=days, nrs_worst=10,
                      nrs_now=10, postop_days=10, flags=flags, **everything)
            )
            for region in CATALOG.regions
            for mechanism in CATALOG.mechanisms
            for age in (10, 40, 80)
            for days in (1, 20, 60)
            for flags in some_flags
        )  # fmt: skip

    assert [rule.id for rule in RULES.rules if not can_fire(rule)] == []


ASKED = {
    # nothing to do with bones or feet: only what a hot joint, a cast or a growth could change
    "old shoulder ache": (
        {"region": "shoulder", "onset_days": 400},
        {"immunosuppressed", "iv_drug_use", "in_cast"},
    ),
    "new back pain": (
        {"region": "low_back", "onset_days": 21},
        {"cancer_history", "immunosuppressed", "iv_drug_use", "recent_infection",
         "recent_spine_procedure", "er_fracture_diagnosed", "dislocation_reduced"},
    ),
    "foot": (
        {"region": "foot_ankle", "onset_days": 400},
        {"immunosuppressed", "iv_drug_use", "in_cast", "diabetes"},
    ),
    "fall on the back": (
        {"region": "mid_back", "onset_days": 30, "mechanism": "fall_or_twist"},
        {"cancer_history", "immunosuppressed", "iv_drug_use", "recent_infection",
         "recent_spine_procedure", "osteoporosis", "steroid_longterm"},
    ),
    # the only rule that a flag can silence: it has to be asked for
    "crash, sore neck": (
        {"region": "neck", "onset_days": 3, "mechanism": "high_energy"},
        {"cancer_history", "immunosuppressed", "iv_drug_use", "recent_infection",
         "recent_spine_procedure", "er_evaluated", "er_fracture_diagnosed", "dislocation_reduced"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("known", "flags"), ASKED.values(), ids=ASKED)
def test_only_flags_that_a_rule_can_use_are_asked(
    known: dict[str, object], flags: set[str]
) -> None:
    facts = make_facts(**known)
    symptoms = CATALOG.symptoms_for(facts.region)
    asked = flags_worth_asking(RULES, facts, symptoms=symptoms, flags=tuple(CATALOG.flags))
    assert set(asked) == flags
