"""`./clinic shots`: pictures of every page into docs/screens/, the same while the pages are."""

import argparse
import re
import socket
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.checks.chromium import ADVICE, CHROMIUM, launched
from tests.checks.picture import reduced
from tests.checks.rig import ROOT, Rig, eventually
from tests.checks.sink import Sink
from tests.checks.walk import Patient

FOLDER = ROOT / "docs" / "screens"
MOMENT = "2027-03-01T10:00:00-08:00"  # a Monday
WIDTHS = {320: 640, 1280: 800}
LANGUAGES = ("en", "es")
# What differs from run to run, and says nothing about the page.
STEADY = """() => {
  for (const one of document.querySelectorAll(".reference, dd, td"))
    if (/^[A-Z2-9]{6}$/.test(one.textContent.trim())) one.textContent = "7F3K9M";
  for (const one of document.querySelectorAll(".held .left")) one.remove();
}"""


class Camera:
    """Keeps a picture of each page under the page's name; `only` keeps some of them."""

    def __init__(self, browser: Browser, folder: Path, only: str) -> None:
        self.folder, self.only = folder, only
        self.darkroom = browser.new_page()
        self.taken = 0

    def take(self, page: Page, name: str, suffix: str) -> None:
        file = f"{name}-{suffix}.png"
        if self.only and self.only not in (name, file, file.removesuffix(".png")):
            return
        page.wait_for_load_state("networkidle")
        page.evaluate(STEADY)
        raw = page.screenshot(full_page=True, animations="disabled", caret="hide")
        (self.folder / file).write_bytes(reduced(self.darkroom, raw))
        self.taken += 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="clinic shots")
    parser.add_argument("--only", default="", metavar="NAME")
    only = parser.parse_args().only
    if not CHROMIUM:
        sys.exit(f"clinic: {ADVICE}")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        camera = Camera(browser, FOLDER, only)
        sink = Sink()
        rig = Rig(Path(folder), _free_port(), sink=sink)
        rig.set_clock(datetime.fromisoformat(MOMENT))
        try:
            rig.start()
            for language in LANGUAGES:
                for width, height in WIDTHS.items():
                    _patient(browser, rig, camera, language=language, size=(width, height))
            for width, height in WIDTHS.items():
                _staff(browser, rig, camera, size=(width, height))
        finally:
            rig.stop()
            sink.close()
    if not camera.taken:
        sys.exit(f"clinic: no page is called {only}")
    size = sum(file.stat().st_size for file in FOLDER.glob("*.png"))
    print(f"{camera.taken} pictures in docs/screens/, all together {size / 2**20:.1f} MB")


def _patient(
    browser: Browser, rig: Rig, camera: Camera, *, language: str, size: tuple[int, int]
) -> None:
    """The whole way of a booking; the pages with an error; where booking stops; the mail's link."""
    look, page = _looking(browser, rig, camera, locale=language, size=size)
    address = f"{language}-{size[0]}@example.com"
    patient = Patient(page, _base(rig), look=lambda shown: look(shown, ""), email=address)
    patient.open()
    patient.answer_the_safety_check()
    patient.choose_a_time()
    patient.go_on()
    look(page, "details-error")
    patient.give_details()
    patient.book()
    patient.open("/scheduling/book/nothing")
    [mail] = eventually(lambda: rig.sink.to(address))
    body = mail.get_body(("plain",))
    links = re.findall(r"https?://\S+/l/[\w-]+", body.get_content() if body else "")
    page.goto(links[0])
    look(page, "")
    for sign, name in (("saddle_numbness", "emergency"), ("fever_chills", "today")):
        _change_signs(patient, sign)
        look(page, name)
    page.context.close()


def _change_signs(patient: Patient, sign: str) -> None:
    """Back to the safety check with another answer; the others are still there."""
    patient.page.goto(f"{patient.base}/intake/signs")
    for box in patient.page.locator("input[name^=signs]:checked").all():
        box.uncheck()
    patient.page.locator(f"input[value='{sign}']").check()
    patient.go_on()
    patient.go_on()  # the pain is as it was


def _staff(browser: Browser, rig: Rig, camera: Camera, *, size: tuple[int, int]) -> None:
    look, page = _looking(browser, rig, camera, locale="en", size=size)
    made = rig.run("staff", "add", "jo@example.com", "--name", "Jo Demo", "--role", "front_desk")
    page.goto(made.split()[-1])
    look(page, "staff-day")
    page.goto(f"{_base(rig)}/notifications/staff/messages")
    look(page, "staff-messages")
    page.context.close()


def _looking(
    browser: Browser, rig: Rig, camera: Camera, *, locale: str, size: tuple[int, int]
) -> tuple[Callable[[Page, str], None], Page]:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)

    def look(page: Page, name: str) -> None:
        camera.take(page, name or _name(page, _base(rig)), f"{width}-{locale}")

    return look, context.new_page()


def _name(page: Page, base: str) -> str:
    """/intake/who -> who; the start page and the list of times have no last part."""
    path = re.sub(r"[?#].*", "", page.url.removeprefix(base))
    named = {"/intake/": "start", "/scheduling/book/": "times"}
    named["/scheduling/book/nothing"] = "not-found"
    return named.get(path) or path.rstrip("/").rsplit("/", 1)[-1]


def _base(rig: Rig) -> str:
    return f"http://127.0.0.1:{rig.port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
