"""JSON routes: OpenAPI 3.1 at /api/v1/openapi.json, every error problem+json, strict input.

Blueprints use `url_prefix=API`; services register them on `Api(app)`.
"""

import re
from http import HTTPStatus
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Flask
from flask_smorest.utils import prepare_response
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import Headers

from shared.service import Service
from shared.web import links
from shared.web.problems import Problem

API = "/api/v1"
_PROBLEM = "application/problem+json"
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")


class FieldErrorSchema(ma.Schema):
    pointer = ma.fields.String(metadata={"description": "JSON Pointer into what was sent"})
    detail = ma.fields.String(required=True)
    in_ = ma.fields.String(data_key="in", metadata={"description": "Where, if not in the body"})


class ProblemSchema(ma.Schema):
    """RFC 9457. `code` is stable; some refusals carry further members."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema), required=True)


class _StrictParser(FlaskParser):
    """A misspelt filter must not silently mean "all of them"."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = _StrictParser()


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest with our errors and our place in the world."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        service: Service = app.extensions["clinic"]
        app.config.update(
            API_TITLE=f"{service.clinic.short_name} {service.name}",
            API_VERSION="1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX=API,
        )
        server = f"{links.prefix(service.settings.public_url)}/{service.name}"
        super().__init__(app, spec_kwargs={"servers": [{"url": server}]})
        scheme = {"type": "http", "scheme": "bearer", "description": "./clinic token create"}
        self.spec.components.security_scheme("staff", scheme)

    def _register_error_handlers(self) -> None:
        """`shared.web.problems` answers for all routes, pages too."""

    def _register_responses(self) -> None:
        names = {status.name: status.phrase for status in HTTPStatus if status >= 200}
        for name, phrase in (names | {"DEFAULT_ERROR": "Any refusal or failure"}).items():
            response: dict[str, Any] = {"description": phrase}
            if name not in {"NO_CONTENT", "NOT_MODIFIED"}:
                response["schema"] = self.ERROR_SCHEMA
            prepare_response(response, self.spec, _PROBLEM)
            self.spec.components.response(name, response, lazy=True)


def require_key(headers: Headers) -> str:
    """The Idempotency-Key of a request that must not act twice."""
    key = headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        detail = "Send an Idempotency-Key of 22 to 64 letters, digits, - or _."
        raise Problem(400, "idempotency_key_required", detail)
    return key
