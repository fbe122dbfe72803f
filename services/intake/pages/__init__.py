"""The pages of intake, a blueprint per subject."""

from flask import Flask

from . import booking, callback, checklist, levels


def register(app: Flask) -> None:
    for room in (booking, callback, checklist, levels):
        app.register_blueprint(room.blueprint)
