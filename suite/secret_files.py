"""Writes the secrets file of the suite and, on request, one per service."""

import json
import os
from pathlib import Path

from shared import keys
from shared.settings import SERVICES, Settings


def make(*, split: bool) -> list[Path]:
    """The files that now exist. A file that was there is never overwritten."""
    path = Settings.from_env("scheduling", {**os.environ, "CLINIC_ENV": "demo"}).secrets_file
    keys.load(path, may_create=True)
    if not split:
        return [path]
    document = json.loads(path.read_text(encoding="utf-8"))
    parts = {path.with_name(f"{path.name}.{name}"): name for name in SERVICES}
    for part, name in parts.items():
        keys.write(part, keys.part_for(document, name))
    return [path, *parts]
