"""The pages of intake, a blueprint per subject."""

from flask import Flask

from . import booking, brief, callback, checklist, details, levels


def register(app: Flask) -> None:
    for room in (booking, callback, checklist, levels, details, brief):
        app.register_blueprint(room.blueprint)
