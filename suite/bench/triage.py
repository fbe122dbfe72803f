"""triage: one safety check, from answers to advice, in under a millisecond at the median."""

import random
import statistics
import time
from datetime import UTC, date, datetime
from typing import Any

from services.intake.domain.answers import Answers, facts_of
from services.intake.domain.knowledge import Knowledge, knowledge
from services.intake.domain.safety import evaluate
from services.intake.operations.submissions import judge
from shared.clinic import Clinic
from shared.settings import ROOT

LIMIT = 0.001  # seconds
USUAL = 5000  # checks
NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)


def run(size: int | None) -> bool:
    known, clinic = knowledge(), Clinic.load(ROOT / "shared" / "clinic.toml")
    chance = random.Random(1)  # noqa: S311
    asked = [_answers(known, chance) for _ in range(size or USUAL)]
    judge(asked[0], known, clinic=clinic, now=NOW)  # the holidays are computed once

    def rules_only(answers: Answers) -> Any:
        return evaluate(known.rules, facts_of(answers, today=NOW.date()))

    def whole(answers: Answers) -> Any:
        return judge(answers, known, clinic=clinic, now=NOW)

    print(f"{len(asked)} checks of {len(known.rules.rules)} rules; limit {LIMIT * 1e6:.0f} µs")
    print("                    median     p99   median/limit")
    met = [_measure("rules alone", asked, rules_only), _measure("all of it", asked, whole)]
    return all(met)


def _measure(name: str, asked: list[Answers], work: Any) -> bool:
    spans = []
    for answers in asked:
        began = time.perf_counter()
        work(answers)
        spans.append(time.perf_counter() - began)
    median, slow = statistics.median(spans), sorted(spans)[len(spans) * 99 // 100]
    print(f"{name:<19} {median * 1e6:4.0f} µs {slow * 1e6:5.0f} µs   {median / LIMIT:.3f}")
    return median < LIMIT


def _answers(known: Knowledge, chance: random.Random) -> Answers:
    catalog = known.catalog
    region = chance.choice(list(catalog.regions))
    return Answers(
        for_whom="me",
        date_of_birth=date(chance.randint(1920, 2026), 3, 27),
        seen_in_last_3_years="no",
        region=region,
        side=catalog.sides(region)[0],
        onset_days=chance.randint(0, 100),
        mechanism=chance.choice(list(catalog.mechanisms)),
        symptoms=tuple(chance.sample(list(catalog.symptoms), 3)),
        flags=tuple(chance.sample(list(catalog.flags), 2)),
        pain_worst=chance.randint(0, 10),
        pain_now=chance.randint(0, 10),
    )
