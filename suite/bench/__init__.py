"""Benches: one module each, named as on the command line, with `run(size) -> bool`.

A bench prints a table of ratios taken in one run against a stated limit on the same machine, and
returns whether every figure is met. Each runs on data of its own and loopback only.
"""

import pkgutil
from importlib import import_module
from typing import Any


def names() -> dict[str, str]:
    """Name to the first line of the module's docstring."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return {name: (_module(name).__doc__ or "").strip().splitlines()[0] for name in sorted(found)}


def run(name: str, size: int | None) -> bool:
    is_met: bool = _module(name).run(size)
    return is_met


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")
