"""Logs: one JSON line per event on standard error. Constant texts, ids as fields, no names."""

import json
import logging
import sys
from datetime import UTC, datetime

# An allow-list: whatever else a caller passes in `extra` is not written.
_FIELDS = (
    "service request_id event_id message_id appointment job method route endpoint status code"
    " error reason trace"
)
FIELDS = tuple(_FIELDS.split())
OURS = ("shared", "services", "suite", "clinic")


class JsonFormatter(logging.Formatter):
    """Time, level, logger, text and the allowed fields; of an exception only type and place."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": _text(record),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = _places(record)
        return json.dumps(line, ensure_ascii=True, default=str)


def configure() -> None:
    """For the whole process; libraries speak only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # the worker says it once, and shorter


def _text(record: logging.LogRecord) -> str:
    """Ours are constant, so that what somebody typed cannot get in; of an exception the type."""
    if record.name.split(".")[0] not in OURS:
        return record.getMessage()
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__


def _places(record: logging.LogRecord) -> list[str]:
    """file:line of each frame: a message or a local variable may hold what a patient typed."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace:
        code = trace.tb_frame.f_code
        file = "/".join(
            code.co_filename.rsplit("/", 2)[-2:]
        )  # three services have an operations.py
        places.append(f"{file}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]
