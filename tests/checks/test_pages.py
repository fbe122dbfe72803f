"""pages: every page of a booking by keyboard, zoomed, dark, in Spanish; weight, shifts, axe."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.checks.rig import Rig, eventually
from tests.checks.walk import KeyboardPatient, Patient, fits, has_no_serious_finding

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("running", ["embedded"], indirect=True),
]
SMALL, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 900}
ZOOMED = {"width": 320, "height": 256}  # 1280 x 1024 at 400 %
MOST_TAPS = 26
HEAVIEST = 100 * 1024
MOST_SHIFT = 0.02


@pytest.fixture
def base(running: Rig) -> str:
    return f"http://127.0.0.1:{running.port}"


@pytest.fixture
def open_page(browser: Browser, base: str) -> Iterator[Any]:
    """`open_page(viewport, locale="es", …)`: a new visitor's first page; nothing foreign loads."""
    contexts, foreign = [], []

    def begin(viewport: dict[str, int], **options: Any) -> Page:
        contexts.append(browser.new_context(viewport=viewport, **options))
        page = contexts[-1].new_page()
        page.on("request", lambda one: foreign.append(one.url) if not ours(one.url) else None)
        page.on("console", lambda one: foreign.append(one.text) if one.type == "error" else None)
        return page

    def ours(url: str) -> bool:
        return url.startswith((base, "data:"))

    yield begin
    for context in contexts:
        context.close()
    # A refused form answers 422, which the console calls an error; everything else is one.
    assert [text for text in foreign if "status of 4" not in text] == []


# -- everybody gets through --------------------------------------------------------------------

VISITORS = [
    pytest.param(SMALL, {"java_script_enabled": False}, id="320 px without scripts"),
    pytest.param(ZOOMED, {}, id="400 percent"),
    pytest.param(SMALL, {"locale": "es-MX"}, id="in Spanish"),
    pytest.param(SMALL, {"locale": "es-MX", "java_script_enabled": False}, id="Spanish, no script"),
    pytest.param(WIDE, {"forced_colors": "active"}, id="forced colours"),
]


@pytest.mark.parametrize(("viewport", "options"), VISITORS)
def test_a_visit_is_booked_and_no_page_scrolls_sideways(open_page, base, viewport, options):
    page = open_page(viewport, **options)
    language = options.get("locale", "en")[:2]
    seen: list[str] = []

    def look(shown: Page) -> None:
        fits(shown)
        assert shown.locator("html").get_attribute("lang") == language, shown.url
        seen.append(shown.url)

    patient = Patient(page, base, look=look)
    assert re.fullmatch("[A-Z0-9]{6}", patient.book_a_visit())
    title = {"en": "You are booked.", "es": "Su cita está reservada."}[language]
    assert page.locator("h1").inner_text() == title
    assert len(seen) >= 10


def test_a_visit_is_booked_with_the_keyboard_alone(open_page, base):
    patient = KeyboardPatient(open_page(WIDE), base)
    assert patient.book_a_visit()


def test_an_error_takes_the_focus_and_leads_to_its_field(open_page, base):
    patient = Patient(open_page(SMALL), base)
    patient.open()
    patient.answer_the_safety_check()
    patient.choose_a_time()
    patient.go_on()
    page = patient.page
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.locator(".error-summary a").first.press("Enter")
    assert page.evaluate("document.activeElement.id") == "given_name"


def test_a_new_patient_needs_few_taps(open_page, base):
    """Pressing a choice or a button counts, typing does not."""
    patient = Patient(open_page(SMALL), base)
    patient.book_a_visit()
    print(f"taps of a new patient: {patient.taps} (at most {MOST_TAPS})")
    assert patient.taps <= MOST_TAPS


# -- axe-core ----------------------------------------------------------------------------------

LOOKS = [
    pytest.param(SMALL, "en", "light", id="320 px, English, light"),
    pytest.param(WIDE, "en", "dark", id="1280 px, English, dark"),
    pytest.param(WIDE, "es", "light", id="1280 px, Spanish, light"),
    pytest.param(SMALL, "es", "dark", id="320 px, Spanish, dark"),
]


@pytest.mark.parametrize(("viewport", "locale", "scheme"), LOOKS)
def test_axe_finds_nothing_serious_on_any_page(open_page, base, viewport, locale, scheme):
    page = open_page(viewport, locale=locale, color_scheme=scheme)
    patient = Patient(page, base, look=has_no_serious_finding, for_whom="my_child")
    patient.open()
    patient.answer_the_safety_check()
    patient.go_on()  # nothing chosen: the page with its error
    has_no_serious_finding(page)
    patient.choose_a_time()
    patient.go_on()
    has_no_serious_finding(page)
    patient.give_details()
    patient.go_on()
    has_no_serious_finding(page)
    patient.book()
    patient.open("/scheduling/book/nothing")
    patient.open("/scheduling/visit")
    page.context.clear_cookies()
    patient.open("/scheduling/book/")


@pytest.mark.parametrize(("viewport", "locale", "scheme"), LOOKS)
def test_axe_finds_nothing_serious_where_booking_stops(open_page, base, viewport, locale, scheme):
    page = open_page(viewport, locale=locale, color_scheme=scheme)
    patient = Patient(page, base, look=has_no_serious_finding, sign="saddle_numbness")
    patient.open()
    patient.answer_the_safety_check()
    assert page.locator("a[href='tel:911']").count() == 1
    patient.open("/scheduling/book/")
    assert page.locator("input[name=slot]").count() == 0


# -- weight and calm ---------------------------------------------------------------------------

OBSERVE = """
  window.shift = 0;
  window.largest = "";
  const observe = (type, read) =>
    new PerformanceObserver((list) => read(list.getEntries())).observe({type, buffered: true});
  observe("layout-shift", (all) => { for (const one of all) window.shift += one.value; });
  observe("largest-contentful-paint", (all) => {
    const last = all.at(-1);
    window.largest = last && last.element ? last.element.textContent.trim() : "";
  });
"""


def test_pages_are_light_and_stand_still(open_page, base):
    page = open_page(SMALL)
    page.add_init_script(OBSERVE)
    documents: dict[str, str] = {}

    def keep(answer: Response) -> None:
        if answer.request.resource_type == "document" and answer.status == 200:
            documents[answer.url] = re.sub(r"<[^>]+>|\s+", " ", answer.text())

    page.on("response", keep)

    def look(shown: Page) -> None:
        shown.wait_for_load_state("networkidle")
        shift, largest = shown.evaluate("[window.shift, window.largest]")
        assert shift < MOST_SHIFT, f"{shown.url}: {shift}"
        first = " ".join(largest.split())[:40]
        assert first.split(" ")[0] in documents[shown.url], f"{shown.url}: {first}"

    Patient(page, base, look=look).book_a_visit()


@pytest.mark.parametrize("path", ["/intake/", "/scheduling/book/"])
def test_a_first_load_is_small(open_page, base, path):
    page = open_page(SMALL)
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    patient = Patient(page, base)
    patient.open()
    if path != "/intake/":
        patient.answer_the_safety_check()
    page.wait_for_load_state("networkidle")
    wanted = {url: size for url, size in sizes.items() if path in url or "/static/" in url}
    static = sum(size for url, size in wanted.items() if "/static/" in url)
    print(f"{path}: {sum(wanted.values())} bytes, of them styles and scripts {static}")
    assert sum(wanted.values()) < HEAVIEST


def test_the_confirmation_prints_without_buttons(open_page, base):
    patient = Patient(open_page(WIDE), base)
    patient.book_a_visit()
    patient.page.emulate_media(media="print")
    for hidden in ("main button", "main .button", "a.language"):
        assert not any(one.is_visible() for one in patient.page.locator(hidden).all()), hidden
    assert patient.page.locator(".reference").is_visible()
    assert len(patient.page.pdf(format="Letter")) > 1000


# -- time passes -------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_a_hold_that_ran_out_costs_a_time_and_no_answer(running: Rig, open_page, base, scripts):
    patient = Patient(open_page(SMALL, java_script_enabled=scripts), base)
    page = patient.page
    patient.open()
    patient.answer_the_safety_check()
    patient.choose_a_time()
    assert re.search(r"We are holding this time until \d+:\d\d[ap]m", page.inner_text(".held"))
    assert bool(re.search(r"About \d+ minutes left", page.inner_text(".held"))) == scripts
    running.advance(minutes=9)
    page.get_by_role("button", name="I need more time").click()
    running.advance(minutes=9)
    patient.give_details()
    assert page.url.endswith("/book/check")
    running.advance(minutes=2)
    page.reload()
    assert page.get_by_role("link", name="We could keep that time no longer.").is_visible()
    assert page.get_by_role("heading", name="Closest free times").is_visible()
    page.locator("input[name=slot]").first.check()
    page.get_by_role("button", name="Hold this time").click()
    assert page.url.endswith("/book/check")
    assert "Ann O'Brien-Núñez" in page.inner_text("main")
    patient.book()
    assert page.get_by_text("You are booked.").is_visible()


# -- a machine that reads mail -----------------------------------------------------------------


def test_a_scanner_that_presses_everything_in_a_mail_changes_nothing(
    running: Rig, open_page, base
) -> None:
    """It opens every link, runs scripts, and sends every form of every page it gets."""
    address = "scanned@example.com"
    Patient(open_page(SMALL), base, email=address).book_a_visit()
    [mail] = eventually(lambda: running.sink.to(address))
    body = mail.get_body(("plain",))
    links = re.findall(rf"{re.escape(base)}\S+", body.get_content() if body else "")
    token = running.token()
    before = _visits(running, token)
    page = open_page(WIDE)
    for link in links:
        for number in range(20):
            page.goto(link)
            buttons = page.locator("main form button")
            if number >= buttons.count():
                break
            buttons.nth(number).click(no_wait_after=True)
            page.wait_for_load_state("networkidle")
            for form in page.locator("main form button").all()[:3]:
                form.click(timeout=2000)
                page.wait_for_load_state("networkidle")
                break
    assert links
    assert _visits(running, token) == before
    assert len(running.sink.to(address)) == 1


def _visits(running: Rig, token: str) -> list[tuple[Any, ...]]:
    found = running.all("scheduling", running.everything(), token)
    return [(one["id"], one["version"], one["status"], one["start"]) for one in found]
