"""The pages of intake, a blueprint per subject."""

from flask import Flask

from . import booking, callback


def register(app: Flask) -> None:
    for room in (booking, callback):
        app.register_blueprint(room.blueprint)
