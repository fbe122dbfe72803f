"""Pages: booking a visit, looking at it by its mail link, and the staff's list of the day."""

from flask import Flask

from . import book, offer, staff, step_up, visit, words


def register(app: Flask) -> None:
    app.jinja_env.filters.update(day=words.day, clock=words.clock)
    app.jinja_env.globals["step_up"] = step_up.block
    for room in (book, visit, offer, step_up, staff):
        app.register_blueprint(room.blueprint)
