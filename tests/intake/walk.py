"""A visitor with a browser: reads the form of a page and sends it back filled in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import Client, TestResponse

LINK_STEPS = 20

BACK_PAIN: dict[str, Any] = {
    "for_whom": "me",
    "date_of_birth": "3",
    "date_of_birth_day": "27",
    "date_of_birth_year": "1980",
    "seen_in_last_3_years": "no",
    "region": "low_back",
    "onset": "weeks",
    "number": "3",
    "mechanism": "none",
    "signs_end": "none",
    "flags": "none",
    "pain_worst": "6",
    "pain_now": "4",
}


@dataclass
class Page(HTMLParser):
    """What a browser would know of one page."""

    html: str
    forms: int = 0
    text: str = ""
    headings: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    controls: dict[str, list[str]] = field(default_factory=dict)  # name -> values offered
    chosen: dict[str, list[str]] = field(default_factory=dict)  # what stands in the form already
    ids: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)  # ids that labels and links point at
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._in_heading = False
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self._in_heading = self._in_heading or tag == "h1"
        self.forms += tag == "form"
        if "id" in known:
            self.ids.append(known["id"])
        if tag == "a":
            self.links.append(known.get("href", ""))
            if known.get("href", "").startswith("#"):
                self.targets.append(known["href"][1:])
        if tag == "label" and "for" in known:
            self.targets.append(known["for"])
        self.targets += known.get("aria-describedby", "").split()
        if tag == "input":
            self._control(known)

    def _control(self, known: dict[str, str]) -> None:
        name, value = known["name"], known.get("value", "")
        kind = known.get("type", "text")
        if kind == "hidden":
            self.hidden[name] = value
            return
        self.controls.setdefault(name, []).append(value)
        if "checked" in known or (kind == "text" and value):
            self.chosen.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        self.text += data + " "
        if self._in_heading and data.strip():
            self.headings.append(data.strip())


def open_page(client: Client, path: str) -> Page:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status, response.headers.get("Location"))
    return Page(response.get_data(as_text=True))


def send(client: Client, path: str, **answers: Any) -> TestResponse:
    """Fill in the form at `path` with those of the answers that it asks for."""
    page = open_page(client, path)
    form = {name: value for name, value in answers.items() if name in page.controls}
    return client.post(path, data=page.hidden | form)


def walk(client: Client, *, start: str = "/intake/who", **changes: Any) -> tuple[list[str], str]:
    """Answer page after page; the pages seen, and the address where the questions end."""
    answers, path, seen = BACK_PAIN | changes, start, []
    for _ in range(LINK_STEPS):
        seen.append(path.rpartition("/")[2])
        response = send(client, path, **answers)
        assert response.status_code == 303, (path, response.get_data(as_text=True))
        path = response.headers["Location"]
        if not path.startswith("/intake/") or path == "/intake/result":
            return seen, path
    raise AssertionError(f"no end after {seen}")


def cookie(client: Client, name: str) -> str | None:
    found = client.get_cookie(name)
    return found.value if found else None
