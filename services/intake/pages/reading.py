"""How a form is read: what was understood, and what has to be asked again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

LONGEST_TEXT = 10

Typed = Mapping[str, Sequence[str]]


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
            month, day, year = (whole(part) for part in parts)
            self.values[name] = read = date(year, month, day)
            return read
        except ValueError:
            self.errors[name] = unreal if any(parts) else missing
            return None


def whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_TEXT):
        raise ValueError(text)
    return int(text)
