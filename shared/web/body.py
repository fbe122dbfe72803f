"""Refuses what no honest program sends, before a view sees it: broken, deep or ambiguous input."""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import Flask, request

from shared.web.problems import Problem, for_programs

MAX_BYTES = 64 * 1024
_MAX_DEPTH = 20
_MAX_DIGITS = 18  # what every database's BIGINT holds


def register(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.before_request(_guard)


def _guard() -> None:
    if request.endpoint is None:
        return
    _refuse_nul(_texts(request.args.lists()), request.path)
    if for_programs():
        _refuse_repeats(request.args.lists())
        _guard_json()
    elif request.method == "POST":
        _refuse_nul(_texts(request.form.lists()))


def _guard_json() -> None:
    data = request.get_data(cache=True)
    if not data or request.method in {"GET", "HEAD", "DELETE"}:
        return
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype != "application/json" or charset != "utf-8":
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    try:
        check_json(data)
    except (ValueError, RecursionError):
        raise _malformed("The body is not well-formed JSON.") from None


def check_json(data: bytes) -> None:
    """Raise ValueError for JSON that two readers could understand differently, or that is huge."""
    document = json.loads(
        data.decode("utf-8"),
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_int=_bounded_int,
        parse_float=_finite,
    )
    _check_depth(document, _MAX_DEPTH)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("duplicate key")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise ValueError("number too large")
    return int(digits)


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError("number too large")
    return number


def _check_depth(value: Any, left: int) -> None:
    if isinstance(value, str):
        value.encode("utf-8")  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
        if "\0" in value:
            raise ValueError("NUL")
    elif isinstance(value, dict | list):
        if left == 0:
            raise ValueError("too deep")
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        for part in inner:
            _check_depth(part, left - 1)


def _texts(lists: Iterable[tuple[str, list[str]]]) -> str:
    return "".join(name + "".join(values) for name, values in lists)


def _refuse_nul(*texts: str) -> None:
    # PostgreSQL cannot store it; no keyboard types it.
    if any("\0" in text for text in texts):
        raise _malformed("The request holds a NUL character.")


def _refuse_repeats(lists: Iterable[tuple[str, list[str]]]) -> None:
    for name, values in lists:
        if len(values) > 1:
            raise _malformed(f"The parameter {name!r} is given twice.")


def _malformed(detail: str) -> Problem:
    return Problem(400, "malformed", detail)
