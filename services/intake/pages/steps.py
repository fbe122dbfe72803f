"""The questions in their order: when each is asked, and how its form is read and checked.
Every read starts from the raw forms, so nothing in the cookie is believed unread."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..domain import questions
from ..domain.answers import (
    FOR_WHOM,
    LONGEST_ONSET,
    SEEN,
    VISIT_REASONS,
    Answers,
    birth_problem,
    facts_of,
    surgery_problem,
)
from ..domain.catalog import Items, label
from ..domain.conditions import Facts
from ..domain.knowledge import Knowledge
from ..domain.pain import SCALE

LONGEST_TEXT = 10
DAYS_IN = {"today": 0, "days": 1, "weeks": 7, "months": 30, "years": 365}
CANNOT_SAY, NOT_SURE = "cannot_say", "not_sure"
GROUP_SIZE = 8

Typed = Mapping[str, Sequence[str]]
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """What is known so far, and what may therefore be asked next."""

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

    def is_known(self) -> bool:
        return bool(self.values["seen_in_last_3_years"] == "yes")

    def can_rate_pain(self) -> bool:
        return questions.is_pain_asked(self.facts)

    def signs(self) -> tuple[str, ...]:
        return questions.symptoms_to_ask(self.known, self.values["region"])

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

    def sign_groups(self, codes: Collection[str]) -> list[tuple[str, list[Option]]]:
        """Title and options of each group of signs, at most eight at a time."""
        items, groups = self.known.catalog.symptoms, []
        for group, item in self.known.catalog.groups.items():
            inside = [code for code in codes if items[code]["group"] == group]
            for start in range(0, len(inside), GROUP_SIZE):
                options = self.options(items, inside[start : start + GROUP_SIZE])
                groups.append((label(item, self.language), options))
        return groups


class Reading:
    """One form being read: what was understood, and field -> code of the error's sentence."""

    def __init__(self, fields: Typed) -> None:
        self.fields = fields
        self.values: dict[str, Any] = {}
        self.errors: dict[str, str] = {}

    def about(self, asked: str) -> None:
        """Answers to other questions than these count as no answers, and are not shown again."""
        if self.text("asked") != asked:
            self.fields = {}

    def text(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "").strip()

    def choose(self, name: str, allowed: Collection[str], error: str = "") -> str:
        value = self.text(name)
        if value not in allowed:
            self.errors[name] = error or name
        return value

    def keep(self, name: str, allowed: Collection[str]) -> str:
        """A choice that is an answer as it stands."""
        self.values[name] = value = self.choose(name, allowed)
        return value

    def tick(self, name: str, allowed: Collection[str]) -> tuple[str, ...]:
        return tuple(sorted(set(self.fields.get(name, ())) & set(allowed)))

    def tick_or_none(self, name: str, allowed: Collection[str], error: str) -> tuple[str, ...]:
        """At least one, or "none" alone."""
        ticked = self.tick(name, (*allowed, "none"))
        if not ticked:
            self.errors[name] = error
        elif "none" in ticked and len(ticked) > 1:
            self.errors[name] = "none_and_more"
        return tuple(code for code in ticked if code != "none")

    def day(self, name: str, *, missing: str, unreal: str) -> date | None:
        parts = [self.text(part) for part in (name, f"{name}_day", f"{name}_year")]
        try:
            month, day, year = (_whole(part) for part in parts)
            self.values[name] = read = date(year, month, day)
            return read
        except ValueError:
            self.errors[name] = unreal if any(parts) else missing
            return None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_TEXT):
        raise ValueError(text)
    return int(text)


def _who(form: Reading, person: Person) -> None:
    form.keep("for_whom", FOR_WHOM)


def _birth(form: Reading, person: Person) -> None:
    born = form.day("date_of_birth", missing="date_missing", unreal="date_unreal")
    if born and (problem := birth_problem(born, person.today)):
        form.errors["date_of_birth"] = problem
    form.keep("seen_in_last_3_years", SEEN)


def _reason(form: Reading, person: Person) -> None:
    if form.keep("visit_reason", VISIT_REASONS) != "after_surgery":
        return
    day = form.day("surgery_date", missing="surgery_missing", unreal="surgery_unreal")
    born = person.values["date_of_birth"]
    if day and (problem := surgery_problem(day, born=born, today=person.today)):
        form.errors["surgery_date"] = problem


def _where(form: Reading, person: Person) -> None:
    region = form.keep("region", person.known.catalog.regions)
    if "region" in form.errors:
        return
    sides = person.known.catalog.sides(region)
    if "na" not in sides:
        form.keep("side", sides)
    else:  # a side that does not apply is not worth an error
        form.values["side"] = form.text("side") if form.text("side") in sides else "na"


def _when(form: Reading, person: Person) -> None:
    form.keep("mechanism", person.known.catalog.mechanisms)
    unit = form.choose("onset", (*DAYS_IN, NOT_SURE))
    form.values["onset_days"] = None
    if "onset" in form.errors or unit == NOT_SURE:
        return
    try:
        days = DAYS_IN[unit] and _whole(form.text("number")) * DAYS_IN[unit]
    except ValueError:
        form.errors["number"] = "number"
        return
    if days > LONGEST_ONSET:
        form.errors["number"] = "number_range"
    form.values["onset_days"] = days


def _injury(form: Reading, person: Person) -> None:
    flags = person.injury_flags()
    form.about(person.asked(flags))
    form.values["flags"] = form.tick_or_none("injury", flags, "injury")


def _signs(form: Reading, person: Person) -> None:
    symptoms, flags = person.signs(), person.history_flags()
    form.about(person.asked(symptoms, flags))
    ticked = form.tick_or_none("signs", (*symptoms, NOT_SURE), "signs")
    form.values["symptoms"] = tuple(code for code in ticked if code != NOT_SURE)
    if NOT_SURE in ticked:
        form.values["unsure"] = (NOT_SURE,)  # until the next page says which
    if flags:
        about = form.tick_or_none("flags", flags, "flags")
        form.values["flags"] = (*person.values.get("flags", ()), *about)


def _unsure(form: Reading, person: Person) -> None:
    form.about(person.asked(person.unticked()))
    form.values["unsure"] = form.tick("unsure", person.unticked())
    if not form.values["unsure"]:
        form.errors["unsure"] = "unsure"


def _pain(form: Reading, person: Person) -> None:
    scores: dict[str, int | None] = {}
    for name in ("pain_worst", "pain_now"):
        said = form.choose(name, (*map(str, SCALE), CANNOT_SAY), "pain")
        scores[name] = int(said) if name not in form.errors and said != CANNOT_SAY else None
    worst, now = scores.values()
    form.values |= scores
    if worst is not None and now is not None and now > worst and form.text("confirm") != "yes":
        form.errors["pain_now"] = "pain_now_higher"


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    fields: tuple[str, ...]
    read: Callable[[Reading, Person], None]
    applies: Callable[[Person], object] = lambda _: True


def _date(name: str) -> tuple[str, str, str]:
    return name, f"{name}_day", f"{name}_year"


STEPS = (
    Step("who", ("for_whom",), _who),
    Step("birth", (*_date("date_of_birth"), "seen_in_last_3_years"), _birth),
    Step("reason", ("visit_reason", *_date("surgery_date")), _reason, Person.is_known),
    Step("where", ("region", "side"), _where),
    Step("when", ("onset", "number", "mechanism"), _when),
    Step("injury", ("injury", "asked"), _injury, Person.injury_flags),
    Step("signs", ("signs", "flags", "asked"), _signs),
    Step("unsure", ("unsure", "asked"), _unsure, lambda person: person.values.get("unsure")),
    Step("pain", ("pain_worst", "pain_now", "confirm"), _pain, Person.can_rate_pain),
)
NAMES = tuple(step.name for step in STEPS)


def walk(forms: Mapping[str, Typed], person: Person, *, until: str | None = None) -> list[Step]:
    """The way through the questions that apply, filling in `person`. It ends with the first one
    that is not answered, with `until`, or when all is answered."""
    path: list[Step] = []
    for step in STEPS:
        if not step.applies(person):
            continue
        path.append(step)
        reading = Reading(forms.get(step.name, {}))
        step.read(reading, person)
        if step.name == until or reading.errors:
            break
        person.values.update(reading.values)
    return path
