"""Pages: booking a visit, looking at it by its mail link, and the staff's list of the day."""

from flask import Flask

from . import alternative, book, offer, staff, visit, words


def register(app: Flask) -> None:
    app.jinja_env.filters.update(day=words.day, clock=words.clock)
    for room in (book, visit, alternative, offer, staff):
        app.register_blueprint(room.blueprint)
