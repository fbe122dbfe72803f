"""A patient's way through the pages in a real browser. Controls are found by their names and not by
their labels, so it is the same way in every language; presses are counted."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

VENDOR = Path(__file__).resolve().parents[1] / "vendor"
AXE = (VENDOR / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
SPINE = {
    "who": {"for_whom": "me"},
    "birth": {"seen_in_last_3_years": "no"},
    "reason": {"visit_reason": "new_problem"},
    "where": {"region": "low_back"},
    "when": {"onset": "weeks", "mechanism": "none"},
    "pain": {"pain_worst": "6", "pain_now": "4"},
}
TYPED = {
    "date_of_birth": "3",
    "date_of_birth_day": "27",
    "date_of_birth_year": "1980",
    "number": "3",
    "given_name": "Ann",
    "family_name": "O'Brien-Núñez",
    "booker_name": "Bea Núñez",
    "phone": "503 555 0123",
    "email": "ann@example.com",
}
Look = Callable[[Page], None]


def nothing(_page: Page) -> None:
    """Look at no page."""


class Patient:
    """`look` is called with every new page, before anything is answered on it."""

    def __init__(self, page: Page, base: str, *, look: Look = nothing, **answers: str) -> None:
        self.page, self.base, self.look = page, base, look
        self.answers = answers
        self.taps = 0

    # -- the whole way -----------------------------------------------------------------------

    def open(self, path: str = "/") -> None:
        self.page.goto(f"{self.base}{path}")
        self.look(self.page)

    def answer_the_safety_check(self) -> None:
        """From the start page to the list of times, or to the advice that stops it."""
        start = "main a[href$='/intake/who'], main form[action$='/intake/who'] button"
        self.press(self.page.locator(start).first)
        while "/intake/" in self.page.url and (step := self._step()) != "result":
            self.look(self.page)
            self._answer(step)
            self.go_on()
        self.look(self.page)

    def choose_a_time(self, number: int = 0) -> None:
        self.press(self.page.locator("input[name=slot]").nth(number))
        self.go_on()
        self.look(self.page)

    def give_details(self) -> None:
        for name in ("given_name", "family_name", "booker_name", "phone", "email"):
            self.type(name)
        if self.page.locator("#booker_relationship").count():
            self.page.locator("#booker_relationship").select_option("parent")
            self.taps += 2
        self.choose("may_leave_message", "yes")
        self.go_on()
        self.look(self.page)

    def book(self) -> None:
        for name in ("privacy_notice", "email_ok"):
            self.choose(name, "yes")
        self.go_on()
        self.look(self.page)

    def book_a_visit(self) -> str:
        """From the start page to the confirmation; the reference."""
        self.open()
        self.answer_the_safety_check()
        self.choose_a_time()
        self.give_details()
        self.book()
        assert self.page.url.endswith("/scheduling/book/done"), self.page.url
        return self.page.locator(".reference").inner_text()

    # -- one control -------------------------------------------------------------------------

    def choose(self, name: str, value: str) -> None:
        box = self.page.locator(f"input[name='{name}'][value='{value}']")
        if box.count() and not box.first.is_checked():
            self.press(box.first)

    def type(self, name: str) -> None:
        """Nothing is typed over what stands there already."""
        field = self.page.locator(f"#{name}")
        if field.count() and not field.input_value():
            self.fill(field, self.answers.get(name, TYPED[name]))

    def go_on(self) -> None:
        """The main button of the page."""
        self.press(self.page.locator("main form .actions button:not(.plain, [name])").last)
        self.page.wait_for_load_state()

    def press(self, control: Locator) -> None:
        self.taps += 1
        control.click()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    # -- the safety check --------------------------------------------------------------------

    def _step(self) -> str:
        return re.sub(r"[?#].*", "", self.page.url).rsplit("/", 1)[-1]

    def _answer(self, step: str) -> None:
        for name, value in SPINE.get(step, {}).items():
            self.choose(name, self.answers.get(name, value))
        for name in ("date_of_birth", "date_of_birth_day", "date_of_birth_year", "number"):
            if self.page.locator(f"#{name}").is_visible():
                self.type(name)
        sign = self.answers.get("sign")
        for box in self.page.locator("input[type=checkbox][value=none]").all():
            if not (sign and (box.get_attribute("name") or "").startswith("signs")):
                self.press(box)
        if sign and step == "signs":
            self.press(self.page.locator(f"input[value='{sign}']"))
        if "permission" in self.answers:
            self.choose("permission", "yes")


class KeyboardPatient(Patient):
    """Tab, arrows, Space and Enter; every stop must be seen."""

    def press(self, control: Locator) -> None:
        self.taps += 1
        is_radio = control.get_attribute("type") == "radio"
        self._reach(control)
        if control.evaluate("e => e.tagName") in {"A", "BUTTON"}:
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")
        elif not is_radio or not control.is_checked():
            self.page.keyboard.press("Space")

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.type(text)

    def _reach(self, control: Locator) -> None:
        """A group of radio buttons is one stop; arrows move inside."""
        group = (
            "(e, a) => e === a || (e.type === 'radio' && a.name === e.name && a.type === 'radio')"
        )
        for key, is_there in (
            ("Tab", f"e => ({group})(e, document.activeElement)"),
            ("ArrowDown", "e => e === document.activeElement"),
        ):
            for _ in range(160):
                if control.evaluate(is_there):
                    break
                self.page.keyboard.press(key)
                assert self._focus_is_seen(), f"{self.page.url}: the focus is not seen"
            else:
                raise AssertionError(f"{self.page.url}: not reached by {key}")

    def _focus_is_seen(self) -> bool:
        seen: bool = self.page.evaluate(
            """() => {
              const active = document.activeElement;
              if (!active || active === document.body) return true;
              const outlined = (e) => e && getComputedStyle(e).outlineStyle !== "none";
              const box = active.getBoundingClientRect();
              const visible = box.bottom > 0 && box.top < innerHeight;
              return visible && (outlined(active) || outlined(active.closest("label")));
            }"""
        )
        return seen


# -- looking at a page -------------------------------------------------------------------------


def fits(page: Page) -> None:
    """No scrolling sideways."""
    page.wait_for_load_state()
    size = page.viewport_size
    width = page.evaluate("document.documentElement.scrollWidth")
    assert size and width <= size["width"], f"{page.url} is {width} px wide"


def has_no_serious_finding(page: Page) -> None:
    """axe-core: nothing serious or critical."""
    page.evaluate(AXE)
    found: list[Any] = page.evaluate(
        """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
             .filter((one) => ["serious", "critical"].includes(one.impact))
             .map((one) => [one.id, one.nodes.map((node) => [node.html, node.failureSummary])])"""
    )
    assert not found, f"{page.url}: {found}"
