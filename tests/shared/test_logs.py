"""One JSON line per event, with the allowed fields and nothing that anybody typed."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.logs import FIELDS, JsonFormatter
from shared.settings import ROOT

NAME = "Quetzal"


@pytest.fixture
def written() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """`written("shared.x")` gives the lines of that logger so far, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield lines
    root.removeHandler(handler)


ours = logging.getLogger("services.scheduling.operations")
theirs = logging.getLogger("some.library")


def test_a_line_says_when_how_bad_who_and_what(written: Callable[..., list[dict[str, Any]]]):
    ours.warning("mail refused", extra={"message_id": "m-1", "status": 550})
    [line] = written()
    moment = datetime.fromisoformat(line.pop("time"))
    assert moment.utcoffset() is not None
    assert line == {
        "level": "warning",
        "logger": "services.scheduling.operations",
        "text": "mail refused",
        "message_id": "m-1",
        "status": 550,
    }


@pytest.mark.parametrize("field", FIELDS)
def test_an_allowed_field_is_written(field: str, written: Callable[..., list[dict[str, Any]]]):
    ours.warning("something", extra={field: "x-1"})
    assert written()[0][field] == "x-1"


@pytest.mark.parametrize("field", ["email", "patient", "given_name", "body", "query", "path"])
def test_another_field_is_not(field: str, written: Callable[..., list[dict[str, Any]]]):
    ours.warning("something", extra={field: NAME})
    assert NAME not in json.dumps(written())


def test_our_texts_are_constant_and_arguments_are_not_filled_in(
    written: Callable[..., list[dict[str, Any]]],
):
    ours.warning("hello %s", NAME)
    assert written()[0]["text"] == "hello %s"


def test_an_error_logged_in_place_of_a_text_is_named_by_its_type(
    written: Callable[..., list[dict[str, Any]]],
):
    ours.error(ValueError(NAME))
    assert written()[0]["text"] == "ValueError"


def test_a_library_may_fill_in_its_texts(written: Callable[..., list[dict[str, Any]]]):
    theirs.warning("port %s is taken", 8000)
    assert written()[0]["text"] == "port 8000 is taken"


def test_of_an_exception_only_type_and_place_are_written(
    written: Callable[..., list[dict[str, Any]]],
):
    def fail() -> None:
        typed = NAME
        raise ValueError(f"cannot greet {typed}") from KeyError(NAME)

    for logger in (ours, theirs):
        try:
            fail()
        except ValueError:
            logger.exception("it failed")
    for line in written():
        assert line["exception"] == "ValueError"
        assert line["at"][-1].startswith("shared/test_logs.py:")
        assert line["at"][-1].endswith(" fail")
        assert NAME not in json.dumps(line)


@pytest.mark.parametrize("name", ["shared", "services", "suite", "shared.web", "sharedness"])
def test_who_is_ours_goes_by_whole_names(name: str, written: Callable[..., list[dict[str, Any]]]):
    logging.getLogger(name).warning("hello %s", "you")
    is_ours = name != "sharedness"
    assert written()[0]["text"] == ("hello %s" if is_ours else "hello you")


@pytest.mark.parametrize(
    "value", ["two\nlines", 'quo"te', "Núñez \u2028", "\ud800", b"bytes", object(), {1, 2}, None]
)
def test_any_value_stays_on_one_line(value: Any, written: Callable[..., list[dict[str, Any]]]):
    ours.warning("something", extra={"reason": value})
    assert len(written()) == 1


CONFIGURE = """
import logging
from shared import logs
logs.configure()
logging.getLogger("shared.x").info("our information")
logging.getLogger("some.library").info("their information")
logging.getLogger("some.library").warning("their warning")
logging.getLogger("pika").error("what the worker says shorter")
"""


def test_the_process_writes_json_to_standard_error_and_libraries_only_warnings():
    command = [sys.executable, "-c", CONFIGURE]
    run = subprocess.run(command, capture_output=True, cwd=ROOT, check=True)
    texts = [json.loads(line)["text"] for line in run.stderr.splitlines()]
    assert texts == ["our information", "their warning"]
    assert run.stdout == b""
