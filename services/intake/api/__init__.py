"""The JSON routes of intake, a blueprint per subject."""

from shared.web.api import Api

from . import callbacks, levels, submissions


def register(api: Api) -> None:
    for room in (submissions, levels, callbacks):
        api.register_blueprint(room.blueprint)
