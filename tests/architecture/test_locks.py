"""The lock files: every package by its hash, from wherever the reader's pip gets packages."""

import re

import pytest

from tests.architecture.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_version_and_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert len(entries) > 20
    assert not [entry.splitlines()[0] for entry in entries if "==" not in entry.splitlines()[0]]
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_tests_run_with_the_packages_that_are_shipped() -> None:
    """`clinic` relies on it: with the development lock installed, the other one is too."""
    shipped, development = (_pins(lock) for lock in LOCKS)
    assert shipped <= development


def _pins(lock: str) -> set[str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^([A-Za-z0-9][^\s;]*==[^\s;\\]+)", text))
