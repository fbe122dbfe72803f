"""browser: the patient's way through the pages in a real Chromium, with and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.checks.rig import Rig, eventually

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("running", ["embedded"], indirect=True),
]


@pytest.fixture(params=["script", "no-script"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    """A small phone: 320 CSS pixels."""
    context = browser.new_context(
        viewport={"width": 320, "height": 640}, java_script_enabled=request.param == "script"
    )
    yield context
    context.close()


def test_a_patient_books_on_a_phone_and_going_back_books_nothing_more(
    running: Rig, phone: BrowserContext
) -> None:
    page, foreign = _open(phone, running)
    answer_the_safety_check(page)
    _fits(page)
    page.locator("input[name=slot]").first.check()
    _continue(page)

    page.get_by_role("button", name="Continue").click()
    assert page.get_by_text("There is a problem").is_visible()
    _fits(page)
    address = f"phone-{id(phone)}@example.com"
    give_details(page, address)
    _fits(page)
    book(page)
    _fits(page)
    assert page.get_by_text("You are booked.").is_visible()
    reference = re.search(r"reference:\s*([A-Z0-9]{6})", page.inner_text("main"))
    assert reference
    for text in ("1515 NW 18th Ave, 3rd Floor", "503-224-8399", "Pacific time"):
        assert text in page.inner_text("main")

    page.go_back()
    page.reload()
    assert reference[1] in page.inner_text("main")
    page.goto(f"{_base(running)}/scheduling/book/")
    assert reference[1] in page.inner_text("main")
    eventually(lambda: running.sink.to(address))
    assert len(running.sink.to(address)) == 1
    assert foreign == []


def test_an_emergency_ends_with_911_and_shows_no_times(running: Rig, phone: BrowserContext) -> None:
    page, _foreign = _open(phone, running)
    answer_the_safety_check(page, sign="New numbness between your legs")
    assert page.get_by_role("heading", name="Call 911").is_visible()
    assert page.locator("input[name=slot]").count() == 0
    _fits(page)
    page.goto(f"{_base(running)}/scheduling/book/")
    assert page.locator("input[name=slot]").count() == 0


def test_the_first_link_opens_the_day_and_the_mails(running: Rig, phone: BrowserContext) -> None:
    link = running.run("staff", "add", "jo@example.com", "--name", "Jo", "--role", "front_desk")
    page = phone.new_page()
    page.goto(link.split()[-1])
    assert "/scheduling/staff/" in page.url
    _fits(page)
    page.get_by_role("link", name="Messages").click()
    assert "/notifications/staff/messages" in page.url
    _fits(page)
    stale = phone.new_page()
    stale.goto(link.split()[-1])
    assert stale.get_by_text(re.compile("link", re.IGNORECASE)).first.is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{_base(running)}/notifications/staff/messages")
    assert page.url.startswith(f"{_base(running)}/scheduling/staff/sign-in")


def test_two_presses_on_book_this_visit_book_once(running: Rig, browser: Browser) -> None:
    context = browser.new_context()
    page, _foreign = _open(context, running)
    answer_the_safety_check(page)
    page.locator("input[name=slot]").first.check()
    _continue(page)
    give_details(page, "twice@example.com")
    other = context.new_page()  # the same form in a second tab
    other.goto(page.url)
    book(other)
    book(page)
    for tab in (page, other):
        assert tab.get_by_text("You are booked.").is_visible()
    assert page.inner_text("main") == other.inner_text("main")
    context.close()


def answer_the_safety_check(page: Page, *, sign: str = "") -> None:
    """From the start page to the list of times: low back, three weeks, worst pain 6."""
    page.get_by_role("link", name="Start now").or_(
        page.get_by_role("button", name="Start now")
    ).click()
    page.get_by_label("Me", exact=True).check()
    _continue(page)
    for label, value in (("Month", "3"), ("Day", "27"), ("Year", "1980")):
        page.get_by_label(label).fill(value)
    page.get_by_label("No", exact=True).check()
    _continue(page)
    page.get_by_label("Lower back").check()
    _continue(page)
    page.get_by_label("Weeks ago").check()
    page.get_by_label("How many days").fill("3")
    page.get_by_label("No clear cause").check()
    _continue(page)
    nothing = page.get_by_label("None of these")
    if sign:
        page.get_by_label(sign).check()
        nothing.last.check()
    else:
        for box in nothing.all():
            box.check()
    _continue(page)
    for question, number in (("at its worst", "6"), ("right now", "4")):
        scale = page.get_by_role("group", name=re.compile(question))
        scale.locator(f"input[value='{number}']").check()
    _continue(page)


def give_details(page: Page, address: str) -> None:
    page.get_by_label(re.compile("first name", re.IGNORECASE)).fill("Ann")
    page.get_by_label(re.compile("last name", re.IGNORECASE)).fill("O'Brien-Núñez")
    page.get_by_label("Phone").fill("503 555 0123")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Email for your visit details").fill(address)
    _continue(page)


def book(page: Page) -> None:
    page.get_by_label(re.compile("I have read")).check()
    page.get_by_label(re.compile("You may email me")).check()
    page.get_by_role("button", name="Book this visit").click()


def _open(context: BrowserContext, rig: Rig) -> tuple[Page, list[str]]:
    """The start page, and the addresses of whatever it loads from elsewhere."""
    page, foreign = context.new_page(), []
    page.on("request", lambda r: foreign.append(r.url) if not _is_ours(r.url, rig) else None)
    page.goto(f"{_base(rig)}/")
    _fits(page)
    return page, foreign


def _is_ours(url: str, rig: Rig) -> bool:
    return url.startswith((_base(rig), "data:"))


def _base(rig: Rig) -> str:
    return f"http://127.0.0.1:{rig.port}"


def _continue(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()


def _fits(page: Page) -> None:
    """No scrolling sideways."""
    page.wait_for_load_state()
    size = page.viewport_size
    width = page.evaluate("document.documentElement.scrollWidth")
    assert size and width <= size["width"], f"{page.url} is {width} px wide"
