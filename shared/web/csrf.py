"""The CSRF guard: an unsafe request must come from our own pages (Sec-Fetch-Site, then Origin)."""

from urllib.parse import urlsplit

from flask import Flask, request

from shared.web.cookies import read_cookie
from shared.web.current import current_service
from shared.web.problems import Problem

_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_IDENTITY = ("staff", "staff_session", "visit", "visit_statement", "offer")


def register(app: Flask) -> None:
    app.before_request(_guard)


def _guard() -> None:
    if request.method in _SAFE or _is_program():
        return
    if not _is_ours():
        raise Problem(403, "cross_site_request", "This request did not come from our own pages.")


def _is_program() -> bool:
    # A browser never adds a bearer token by itself, and with one no cookie is looked at.
    return request.authorization is not None and request.authorization.type == "bearer"


def _is_ours() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    # Browsers leave Sec-Fetch-* out on plain http off localhost: this protects a LAN install.
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in {_public_origin(), request.host_url.rstrip("/")}
    return not any(read_cookie(name) for name in _IDENTITY)


def _public_origin() -> str:
    url = urlsplit(current_service().settings.public_url)
    return f"{url.scheme}://{url.netloc}"
