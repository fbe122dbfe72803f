"""The JSON routes of intake, a blueprint per subject."""

from shared.web.api import Api

from . import callbacks, details, levels, submissions


def register(api: Api) -> None:
    for room in (submissions, levels, callbacks, details):
        api.register_blueprint(room.blueprint)
