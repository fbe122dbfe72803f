"""Staff pages: every mail with invented data, as a mail program shows it, as text, as entry.

The mail's HTML stands in a frame without any rights, under a policy of its own: styles may stand in
its tags, as mails have them; nothing runs, nothing is loaded, nothing is sent.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request

from shared.web import Problem, current_service
from shared.web.headers import POLICY

from .. import mailer
from ..domain.content import Letter
from ..domain.samples import sample_letter, sample_names
from ..domain.wording import LANGUAGES

blueprint = Blueprint("preview", __name__)

LANGUAGE_NAMES = dict(zip(LANGUAGES, ("English", "Spanish"), strict=True))
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)


@blueprint.get("/staff/preview")
def index() -> str:
    items = [
        {"name": name, "subjects": {code: _draft(name, code).subject for code in LANGUAGES}}
        for name in sample_names()
    ]
    return render_template("notifications/previews.html", items=items, languages=LANGUAGE_NAMES)


@blueprint.get("/staff/preview/<name>")
def mail(name: str) -> Response:
    language = request.args.get("language", LANGUAGES[0])
    if language not in LANGUAGES:
        raise Problem(404, "not_found", "No mail is written in this language.")
    words, entry = _draft(name, language), _entry(name, language)
    match request.args.get("part"):
        case None:
            return _page(name=name, chosen=language, words=words, entry=entry)
        case "html":
            return _part(words.html, "text/html", policy=MAIL_POLICY)
        case "text":
            return _part(words.text, "text/plain")
        case "ics" if entry:
            return _part(entry.decode(), "text/plain")
    raise Problem(404, "not_found", "This mail has no such part.")


def _page(**context: Any) -> Response:
    page = render_template("notifications/preview.html", languages=LANGUAGE_NAMES, **context)
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response


def _part(text: str, mimetype: str, *, policy: str | None = None) -> Response:
    response = Response(text, mimetype=mimetype)
    if policy:
        response.headers["Content-Security-Policy"] = policy
    return response


def _draft(name: str, language: str) -> mailer.Draft:
    service = current_service()
    return mailer.draft(_letter(name, language), service.clinic, service.settings.public_url)


def _entry(name: str, language: str) -> bytes | None:
    return mailer.entry_of(_letter(name, language), current_service().clinic)


def _letter(name: str, language: str) -> Letter:
    service = current_service()
    letter = sample_letter(
        name,
        language,
        zone=service.clinic.time_zone,
        public_url=service.settings.public_url,
        mail_domain=urlsplit(service.settings.public_url).hostname or "localhost",
    )
    if letter is None:
        raise Problem(404, "not_found", "There is no mail of this kind.")
    return letter
