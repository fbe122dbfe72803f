"""A strict reader of calendar entries, by the letter of RFC 5545: what it takes, calendars take.

Written from the RFC and not from our writer or its library; it refuses what lenient readers mend.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

NAME = r"[A-Za-z0-9-]+"
SAFE = r'[^\x00-\x08\x0a-\x1f\x7f";:,]*'
QUOTED = r'"[^\x00-\x08\x0a-\x1f\x7f"]*"'
PARAMETER = rf";({NAME})=((?:{QUOTED}|{SAFE})(?:,(?:{QUOTED}|{SAFE}))*)"
LINE = re.compile(rf"({NAME})((?:{PARAMETER})*):([^\x00-\x08\x0a-\x1f\x7f]*)")
TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "UID"}
ONCE = {
    "VCALENDAR": {"PRODID", "VERSION", "METHOD"},
    "VEVENT": {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "CLASS", "SUMMARY",
        "LOCATION", "DESCRIPTION", "ORGANIZER", "ATTENDEE",
    },
    "VALARM": {"ACTION", "TRIGGER", "DESCRIPTION"},
}  # fmt: skip


class Refused(Exception):
    """Not a calendar entry."""


@dataclass
class Component:
    name: str
    values: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)
    children: list["Component"] = field(default_factory=list)

    def instant(self, name: str) -> datetime:
        """FORM #2: date with UTC time (3.3.5)."""
        if self.parameters[name]:
            raise Refused(f"{name} has parameters")
        return datetime.strptime(self.values[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def read(content: bytes) -> Component:
    """The one calendar in it, each property once and none unknown."""
    root = Component("")
    open_components = [root]
    for line in _unfolded(content):
        name, parameters, value = _split(line)
        if name == "BEGIN":
            open_components.append(_begin(open_components[-1], value))
        elif name == "END":
            _end(open_components.pop(), value)
        else:
            _put(open_components[-1], name, parameters, value)
    if open_components != [root] or [one.name for one in root.children] != ["VCALENDAR"]:
        raise Refused("not exactly one closed calendar")
    return root.children[0]


def _unfolded(content: bytes) -> list[str]:
    """3.1: lines end in CRLF and hold at most 75 octets; a line that begins with a space goes on.
    A character of several octets must not be torn apart by strict readers' own decoding."""
    if not content.endswith(b"\r\n") or re.search(rb"(?<!\r)\n|\r(?!\n)", content):
        raise Refused("a line does not end in CRLF")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    for line in lines:
        line.decode()
        if not 1 <= len(line) <= 75:
            raise Refused("an empty or too long line")
    return content.decode().removesuffix("\r\n").replace("\r\n ", "").split("\r\n")


def _split(line: str) -> tuple[str, dict[str, str], str]:
    found = LINE.fullmatch(line)
    if not found:
        raise Refused(f"no content line: {line!r}")
    parameters = {name: value.strip('"') for name, value in re.findall(PARAMETER, found[2])}
    return found[1].upper(), parameters, found[5]


def _begin(parent: Component, name: str) -> Component:
    if name not in ONCE:
        raise Refused(f"unknown component {name}")
    child = Component(name)
    parent.children.append(child)
    return child


def _end(component: Component, name: str) -> None:
    if component.name != name:
        raise Refused(f"{component.name} ended by {name}")
    missing = ONCE[name] - component.values.keys()
    if missing:
        raise Refused(f"{name} lacks {missing}")


def _put(component: Component, name: str, parameters: dict[str, str], value: str) -> None:
    if name in component.values or name not in ONCE.get(component.name, set()):
        raise Refused(f"{name} twice or unknown in {component.name}")
    if name in TEXTS:
        if not TEXT.fullmatch(value):
            raise Refused(f"{name} is not escaped")
        value = re.sub(r"\\(.)", lambda found: found[1].replace("n", "\n"), value)
    component.values[name] = value
    component.parameters[name] = parameters
