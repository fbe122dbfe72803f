"""Staff pages: the messages that are owed, and samples of every mail."""

from flask import Flask

from . import messages, preview


def register(app: Flask) -> None:
    for room in (messages, preview):
        app.register_blueprint(room.blueprint)
