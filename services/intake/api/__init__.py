"""The JSON routes of intake, a blueprint per subject."""

from shared.web.api import Api

from . import submissions


def register(api: Api) -> None:
    for room in (submissions,):
        api.register_blueprint(room.blueprint)
