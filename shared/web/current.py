"""What the running request belongs to."""

from typing import cast

from flask import current_app

from shared.service import Service


def current_service() -> Service:
    return cast(Service, current_app.extensions["clinic"])
