"""Security headers and caching, on every response: pages, JSON, redirects, errors, files."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it browsers send `Origin: null` and the CSRF guard refuses every form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR = 365 * 24 * 60 * 60


def protect(headers: Headers, *, is_https: bool) -> None:
    """Put the security headers on; also used where no Flask app answers."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)  # a page that shows what is not ours has its own policy
    if is_https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"


def register(app: Flask, *, is_https: bool) -> None:
    @app.after_request
    def finish(response: Response) -> Response:
        protect(response.headers, is_https=is_https)
        response.headers["Cache-Control"] = _caching(response)
        return response

    @app.url_defaults
    def name_the_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (version := _version(values["filename"])):
            values["v"] = version


def _caching(response: Response) -> str:
    if request.endpoint != "static" or response.status_code >= 400:
        return "no-store"
    is_exact = request.args.get("v") == _version((request.view_args or {}).get("filename", ""))
    return f"public, max-age={_YEAR}, immutable" if is_exact else "no-cache"


@cache
def _version(filename: str) -> str | None:
    """Hash of a file that we ship, so that its address changes with its content."""
    path = STATIC / filename
    if path not in STATIC.rglob("*"):
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
