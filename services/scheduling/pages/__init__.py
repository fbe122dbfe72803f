"""Pages: booking a visit, looking at it by its mail link, and the staff's list of the day."""

from flask import Flask

from shared.words import clock

from . import alternative, book, done, offer, staff, step_up, visit, words


def register(app: Flask) -> None:
    said = {name: getattr(words, name) for name in ("day", "full_date", "weekday", "birth_date")}
    app.jinja_env.filters.update(said, clock=clock)
    app.jinja_env.globals.update(words=words.words, step_up=step_up.block)
    for room in (book, done, visit, alternative, offer, step_up, staff):
        app.register_blueprint(room.blueprint)
