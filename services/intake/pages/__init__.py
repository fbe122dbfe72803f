"""The pages of intake, a blueprint per subject."""

from flask import Flask

from . import booking


def register(app: Flask) -> None:
    for room in (booking,):
        app.register_blueprint(room.blueprint)
