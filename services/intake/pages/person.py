"""What is known so far of the person who answers, and what may therefore be asked next."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.web import current_service

from ..domain import questions
from ..domain.answers import Answers, facts_of
from ..domain.catalog import Items, label
from ..domain.conditions import Facts
from ..domain.knowledge import Knowledge, knowledge

GROUP_SIZE = 8
CHILD_NEEDS_COMPANY, ADULT = 15, 18  # years; from 15 on, Oregon lets them see us by themselves

Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """Built up page by page; `values` holds the answers as they are understood."""

    known: Knowledge
    today: date
    language: str
    values: dict[str, Any]

    @property
    def answers(self) -> Answers:
        return Answers(language=self.language, **self.values)

    @property
    def facts(self) -> Facts:
        return facts_of(self.answers, today=self.today)

    def is_child(self) -> bool:
        return bool(self.values["for_whom"] == "my_child")

    def is_known(self) -> bool:
        return bool(self.values["seen_in_last_3_years"] == "yes")

    def can_rate_pain(self) -> bool:
        return questions.is_pain_asked(self.facts)

    def signs(self) -> tuple[str, ...]:
        reason = self.values.get("visit_reason")
        return questions.symptoms_to_ask(self.known, self.facts, visit_reason=reason)

    def unticked(self) -> tuple[str, ...]:
        return tuple(code for code in self.signs() if code not in self.values["symptoms"])

    def injury_flags(self) -> tuple[str, ...]:
        return questions.injury_flags_to_ask(self.known, self.facts)

    def history_flags(self) -> tuple[str, ...]:
        return questions.history_flags_to_ask(self.known, self.facts)

    def asked(self, *lists: Collection[str]) -> str:
        """Names the questions as shown: answers to another list, or about another region, must
        not count for this one, "None of these" least of all."""
        shown = ",".join((self.values["region"], *(code for codes in lists for code in codes)))
        return hashlib.sha256(shown.encode()).hexdigest()[:12]

    def options(self, items: Items, codes: Collection[str] | None = None) -> list[Option]:
        chosen = items if codes is None else codes
        return [(code, label(items[code], self.language)) for code in chosen]

    def sided_regions(self) -> tuple[str, ...]:
        """Where to ask for the side."""
        regions = self.known.catalog.regions
        return tuple(code for code in regions if self.known.catalog.sides(code) != ("na",))

    def desk_signs(self, group: str) -> tuple[str, ...]:
        """Of one group, all that some rule can use, whatever the region."""
        items = self.known.catalog.symptoms
        used = questions.symptoms_that_count(self.known)
        return tuple(code for code in items if items[code]["group"] == group and code in used)

    def regions_of(self, signs: Collection[str]) -> list[str]:
        """Where at least one of these signs is asked."""
        items = self.known.catalog.symptoms
        return sorted({region for code in signs for region in items[code]["ask_for"]})

    def emergency_signs(self) -> tuple[str, ...]:
        items = self.known.catalog.symptoms
        return tuple(code for code in items if items[code]["emergency_sign"])

    def sign_groups(self, codes: Collection[str]) -> list[tuple[str, list[Option]]]:
        """Title and options of each group of signs, at most eight at a time."""
        items, groups = self.known.catalog.symptoms, []
        for group, item in self.known.catalog.groups.items():
            inside = [code for code in codes if items[code]["group"] == group]
            for start in range(0, len(inside), GROUP_SIZE):
                options = self.options(items, inside[start : start + GROUP_SIZE])
                groups.append((label(item, self.language), options))
        return groups


def nobody(language: str) -> Person:
    """Somebody of whom nothing is known yet."""
    service = current_service()
    today = service.clock.now().astimezone(service.clinic.time_zone).date()
    return Person(knowledge(), today, language, {})
