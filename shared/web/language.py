"""Which language a page speaks: what `?lang=` asks for, else the cookie, else what the page knows
about its reader, else what the browser prefers. Staff pages are English; so is every page of a
service that has no other language."""

import tomllib
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request

from shared.web.cookies import read_cookie, set_cookie
from shared.web.headers import STATIC

_SHELL = tomllib.loads((STATIC.parent / "shell.toml").read_text(encoding="utf-8"))
_COOKIE = "language"


def register(app: Flask, languages: tuple[str, ...]) -> None:
    app.extensions["clinic.languages"] = languages
    app.jinja_env.globals["say"] = say

    @app.after_request
    def keep(response: Response) -> Response:
        if (asked := request.args.get("lang")) in languages and len(languages) > 1:
            set_cookie(response, _COOKIE, str(asked))
        return response

    @app.context_processor
    def speak() -> dict[str, Any]:
        return {"language": current_language(), "other_languages": _others()}


def prefer(language: str) -> None:
    """What this page speaks unless its reader asked for another language."""
    g.preferred_language = language


def current_language() -> str:
    spoken = _spoken()
    for wanted in (request.args.get("lang"), read_cookie(_COOKIE), g.get("preferred_language")):
        if wanted in spoken:
            return str(wanted)
    return request.accept_languages.best_match(spoken) or spoken[0]


def say(name: str) -> Any:
    """A word of the shell itself (base.html, fields.html, error.html) in the page's language."""
    return _SHELL[current_language()][name]


def _spoken() -> tuple[str, ...]:
    languages: tuple[str, ...] = current_app.extensions["clinic.languages"]
    # The address tells who a page is for even before the sign-in.
    return languages[:1] if g.get("staff") or request.path.startswith("/staff/") else languages


def _others() -> list[tuple[str, str, str]]:
    """The other languages: code, name, and this page's address in it. Answers that were typed
    stay: they are not in the address."""
    here = request.script_root + request.path
    kept = [(name, text) for name, text in request.args.items(multi=True) if name != "lang"]
    return [
        (code, _SHELL[code]["name"], f"{here}?{urlencode([*kept, ('lang', code)])}")
        for code in _spoken()
        if code != current_language()
    ]
