"""From a letter to its words: subject, text and HTML, all from one template per language.

The template is written once; `button`, `link`, `strong` and `struck` mean something else on paper
(text) and on screen (HTML), so both say the same words.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.clinic import Clinic

from ..domain.content import Letter, check_complete
from ..domain.errors import MessageUnfit
from ..domain.wording import LANGUAGES
from .words import words_of

_FOLDER = FileSystemLoader(Path(__file__).parents[1] / "templates" / "email")
_SETTINGS: dict[str, Any] = {
    "loader": _FOLDER,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "auto_reload": False,
}
TEXT = Environment(autoescape=False, **_SETTINGS)  # noqa: S701 - plain text
HTML = Environment(autoescape=True, **_SETTINGS)
# Style tags stay too: only there a mail program finds the colours for dark screens.
INLINER = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str
    text: str
    html: str


def draft(letter: Letter, clinic: Clinic, public_url: str) -> Draft:
    check_complete(letter.kind, letter.content)
    if letter.language not in LANGUAGES:
        raise MessageUnfit("There is no text in the language of this message.")
    words = words_of(letter, clinic, public_url)
    subject = _line(TEXT, letter, "subject", words)
    text = [*_body(TEXT, letter, words), *_foot(TEXT, letter, words)]
    html = HTML.get_template("letter.html").render(
        language=letter.language,
        subject=subject,
        preheader=_line(TEXT, letter, "preheader", words),
        body=_on_screen(_body(HTML, letter, words)),
        foot=_on_screen(_foot(HTML, letter, words)),
    )
    return Draft(subject, "\n\n".join(text) + "\n", INLINER.inline(html))


def _body(paper: Environment, letter: Letter, words: dict[str, Any]) -> list[str]:
    return _paragraphs(_block(paper, f"{letter.kind}/{letter.language}", "body", words))


def _foot(paper: Environment, letter: Letter, words: dict[str, Any]) -> list[str]:
    return _paragraphs(_block(paper, f"clinic/{letter.language}", "body", words))


def _line(paper: Environment, letter: Letter, block: str, words: dict[str, Any]) -> str:
    return " ".join(_block(paper, f"{letter.kind}/{letter.language}", block, words).split())


def _block(paper: Environment, name: str, block: str, words: dict[str, Any]) -> str:
    template = paper.get_template(f"{name}.letter")
    return "".join(template.blocks[block](template.new_context(words)))


def _paragraphs(text: str) -> list[str]:
    found = (part.strip() for part in re.split(r"\n\s*\n", text))
    return [part for part in found if part]


def _on_screen(paragraphs: list[str]) -> Markup:
    """The paragraphs were escaped by their templates; line ends become visible."""
    lines = (part.removeprefix("<br>").replace("\n", "<br>\n") for part in paragraphs)
    return Markup("\n".join(f"<p>{line}</p>" for line in lines))  # noqa: S704


def _text_button(label: str, url: str, *, named: bool = False, quiet: bool = False) -> str:
    return f"{label}: {url}" if named else url


def _html_button(label: str, url: str, *, named: bool = False, quiet: bool = False) -> Markup:
    """In place of the address stands the label; `named` says that the text needs it too."""
    look = "button quiet" if quiet else "button"
    return Markup('<br><a class="{}" href="{}">{}</a>').format(look, url, label)


def _text_strong(words: str, *, large: bool = False) -> str:
    return words


def _html_strong(words: str, *, large: bool = False) -> Markup:
    look = Markup(' class="large"') if large else ""
    return Markup("<strong{}>{}</strong>").format(look, words)


TEXT.globals.update(button=_text_button, link=str, strong=_text_strong, struck=str, whole=str)
HTML.globals.update(
    button=_html_button,
    link=Markup('<a href="{0}">{0}</a>').format,
    strong=_html_strong,
    struck=Markup("<s>{}</s>").format,
    whole=Markup('<span class="whole">{}</span>').format,  # numbers are not broken
)
