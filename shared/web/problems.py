"""Every refusal and failure: RFC 9457 for programs, a calm page with the phone number for people.

Domain codes are mapped to statuses at the edges that raise `Problem`, not here.
"""

import logging
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from shared.idempotency import KeyInUse, KeyReused
from shared.limits import TooMany

log = logging.getLogger(__name__)

_CODES = {
    400: "malformed",
    401: "sign_in_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
_UNAVAILABLE = "The service cannot reach its data right now. Please try again."


class Problem(Exception):
    """Refuse a request. `detail` is a sentence a patient could read; `extra` joins the JSON
    (`title` replaces the usual one)."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Sequence[dict[str, Any]] = (),
        *,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers or {}
        self.extra = extra


_KEY_REUSED = Problem(
    422, "idempotency_key_reused", "This Idempotency-Key was used with another request."
)
_KEY_IN_USE = Problem(
    409,
    "idempotency_key_in_use",
    "The first request with this key is still running.",
    headers={"Retry-After": "1"},
)


def for_programs() -> bool:
    """True when the caller expects JSON: the API and the operators' addresses."""
    return request.path.startswith("/api/") or request.path in {"/livez", "/readyz", "/metrics"}


def register(app: Flask) -> None:
    app.register_error_handler(Problem, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(KeyReused, lambda _: _refused(_KEY_REUSED))
    app.register_error_handler(KeyInUse, lambda _: _refused(_KEY_IN_USE))
    app.register_error_handler(TooMany, _too_many)


def _refused(problem: Problem) -> Response:
    if for_programs():
        parts: dict[str, Any] = {"errors": problem.errors, "headers": problem.headers}
        return _answer(problem.status, problem.code, problem.detail, **parts, **problem.extra)
    title = problem.extra.get("title", "")
    return _page(problem.status, title, problem.detail, headers=problem.headers)


def _too_many(error: TooMany) -> Response:
    headers = {"Retry-After": str(error.retry_after)}
    detail = "Too many requests came at once. Please wait, or call us."
    return _refused(Problem(429, "too_many_requests", detail, headers=headers))


def _http(error: HTTPException) -> Response:
    """Werkzeug's and flask-smorest's refusals, with their Allow, Retry-After … headers."""
    status = error.code or 500
    headers = _extra_headers(error)
    if isinstance(error, SecurityError):  # foreign Host: no URL can be built, so no page
        return _answer(status, _code(status), "This address is not served here.")
    if for_programs():
        errors = list(_field_errors(getattr(error, "data", None) or {}))
        detail = "Some fields need another look." if errors else error.description
        return _answer(status, _code(status), detail or "", errors=errors, headers=headers)
    return _page(status, headers=headers)


def _database(error: Exception) -> Response:
    """A database that is away or too busy is 503; other database errors are our mistakes."""
    is_away = isinstance(error, OperationalError | InterfaceError | PoolTimeout)
    if not is_away and not getattr(error, "connection_invalidated", False):
        raise error
    log_failure(logging.WARNING, "database unavailable", error)
    headers = {"Retry-After": "2"}
    if for_programs():
        return _answer(503, "unavailable", _UNAVAILABLE, headers=headers)
    return _page(503, headers=headers)


def log_failure(level: int, text: str, error: BaseException) -> None:
    """The formatter of `shared.logs` writes type and place of the error, never its message."""
    fields = {"request_id": g.get("request_id"), "route": request.endpoint}
    fields["method"] = request.method
    log.log(level, text, extra=fields, exc_info=error)


def _code(status: int) -> str:
    return _CODES.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "_")


def _answer(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
    **extra: Any,
) -> Response:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    response = jsonify(body | {"errors": list(errors)} | extra)
    response.status_code = status
    response.mimetype = "application/problem+json"
    response.headers.update(headers or {})
    return response


def _page(
    status: int, title: str = "", detail: str = "", *, headers: dict[str, str] | None = None
) -> Response:
    """The template has words for each status; the machine's own are for programs only."""
    page = render_template("error.html", status=status, title=title, detail=detail)
    response = Response(page, status)
    response.headers.update(headers or {})
    return response


def _extra_headers(error: HTTPException) -> dict[str, str]:
    kept = {"Allow", "WWW-Authenticate", "Retry-After", "Content-Range"}
    headers = {name: value for name, value in error.get_headers() if name in kept}
    return headers | ((getattr(error, "data", None) or {}).get("headers") or {})


def _field_errors(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """webargs' `{"json": {"patient": {"name": [...]}}}` as pointers into what was sent."""
    for place, messages in data.get("messages", {}).items():
        for path, detail in _leaves(messages):
            error = {"pointer": "".join(f"/{step}" for step in path), "detail": detail}
            yield error if place in {"json", "json_or_form"} else error | {"in": place}


def _leaves(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _leaves(inner, path if key == "_schema" else (*path, step))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _leaves(inner, path)
    else:
        yield path, str(messages)
