"""The questions in their order: when each is asked, and how its form is read and checked.
Every read starts from the raw forms, so nothing in the cookie is believed unread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from ..domain.answers import (
    FOR_WHOM,
    LONGEST_ONSET,
    SEEN,
    VISIT_REASONS,
    birth_problem,
    surgery_problem,
)
from ..domain.days import age_on
from ..domain.pain import SCALE
from .person import CHILD_NEEDS_COMPANY, Person
from .reading import Reading, Typed, whole

DAYS_IN = {"today": 0, "days": 1, "weeks": 7, "months": 30, "years": 365}
CANNOT_SAY, NOT_SURE = "cannot_say", "not_sure"


def _who(form: Reading, person: Person) -> None:
    """Who helps an adult or a child that is not theirs needs that person's permission."""
    if form.keep("for_whom", FOR_WHOM) == "someone_i_help" and form.text("permission") != "yes":
        form.errors["permission"] = "permission"


def _birth(form: Reading, person: Person) -> None:
    read_birth(form, person)
    born = form.values.get("date_of_birth")
    is_alone = person.values["for_whom"] == "me"
    if born and is_alone and age_on(person.today, born=born) < CHILD_NEEDS_COMPANY:
        form.errors.setdefault("date_of_birth", "date_of_child")


def read_birth(form: Reading, person: Person) -> None:
    born = form.day("date_of_birth", missing="date_missing", unreal="date_unreal")
    if born and (problem := birth_problem(born, person.today)):
        form.errors["date_of_birth"] = problem
    form.keep("seen_in_last_3_years", SEEN)


def read_reason(form: Reading, person: Person) -> None:
    if form.keep("visit_reason", VISIT_REASONS) != "after_surgery":
        return
    day = form.day("surgery_date", missing="surgery_missing", unreal="surgery_unreal")
    born = person.values.get("date_of_birth", date.min)
    if day and (problem := surgery_problem(day, born=born, today=person.today)):
        form.errors["surgery_date"] = problem


def read_where(form: Reading, person: Person) -> None:
    region = form.keep("region", person.known.catalog.regions)
    if "region" in form.errors:
        return
    sides = person.known.catalog.sides(region)
    if "na" not in sides:
        form.keep("side", sides)
    else:  # a side that does not apply is not worth an error
        form.values["side"] = form.text("side") if form.text("side") in sides else "na"


def read_when(form: Reading, person: Person) -> None:
    form.keep("mechanism", person.known.catalog.mechanisms)
    unit = form.choose("onset", (*DAYS_IN, NOT_SURE))
    form.values["onset_days"] = None
    if "onset" in form.errors or unit == NOT_SURE:
        return
    try:
        days = DAYS_IN[unit] and whole(form.text("number")) * DAYS_IN[unit]
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


def read_pain(form: Reading, person: Person) -> None:
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
    Step("who", ("for_whom", "permission"), _who),
    Step("birth", (*_date("date_of_birth"), "seen_in_last_3_years"), _birth),
    Step("reason", ("visit_reason", *_date("surgery_date")), read_reason, Person.is_known),
    Step("where", ("region", "side"), read_where),
    Step("when", ("onset", "number", "mechanism"), read_when),
    Step("injury", ("injury", "asked"), _injury, Person.injury_flags),
    Step("signs", ("signs", "flags", "asked"), _signs),
    Step("unsure", ("unsure", "asked"), _unsure, lambda person: person.values.get("unsure")),
    Step("pain", ("pain_worst", "pain_now", "confirm"), read_pain, Person.can_rate_pain),
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
