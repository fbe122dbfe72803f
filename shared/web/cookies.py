"""The suite's cookies: session cookies with their expiry sealed inside, one shape for all.

In use: language, draft, handoff, booking, visit, visit_statement, offer, staff, staff_session.
"""

from flask import request
from werkzeug.wrappers import Response

from shared.web.current import current_service


def set_cookie(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    response.set_cookie(
        _full(name),
        value,
        max_age=max_age,
        path="/",
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
    )


def read_cookie(name: str) -> str | None:
    return request.cookies.get(_full(name))


def clear_cookie(response: Response, name: str) -> None:
    set_cookie(response, name, "", max_age=0)


def _is_https() -> bool:
    return current_service().settings.public_url.startswith("https://")


def _full(name: str) -> str:
    # Browsers accept __Host- only with Secure, so plain http (a laptop, a LAN trial) goes without.
    return f"__Host-{name}" if _is_https() else name
