"""One small app with a route of every kind, on its own database."""

from datetime import UTC, datetime, timedelta

import marshmallow as ma
from flask import Flask, redirect, request
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.idempotency import KeyReused
from shared.service import Service
from shared.staff import StaffMember, sign
from shared.tables import metadata
from shared.web import Problem, create_app, current_staff, require_key
from shared.web.api import API, Api, Blueprint

NOW = datetime(2027, 3, 2, 17, 0, tzinfo=UTC)


class PersonSchema(ma.Schema):
    name = ma.fields.String(required=True)
    age = ma.fields.Integer(strict=True, load_default=0)


class VisitSchema(ma.Schema):
    patient = ma.fields.Nested(PersonSchema, required=True)


class FilterSchema(ma.Schema):
    status = ma.fields.String()


def make_service(folder, **environ):
    folder.mkdir(parents=True, exist_ok=True)
    clock = folder / "now"
    clock.write_text(NOW.isoformat())
    values = {"CLINIC_DATA": str(folder), "CLINIC_CLOCK_FILE": str(clock)}
    service = Service.start("scheduling", values | environ)
    metadata.create_all(service.database.engine)
    return service


def make_app(service) -> Flask:
    app = create_app(service, "shared.web")
    app.extensions["clinic.roles"] |= {
        "visits.create_visit": {"public"},
        "visits.list_visits": {"front_desk", "clinician", "admin"},
        "open_page": {"public"},
        "form": {"public"},
        "staff_page": {"front_desk"},
        "fails": {"public"},
    }
    Api(app).register_blueprint(_visits())
    _pages(app)
    return app


def _visits() -> Blueprint:
    visits = Blueprint("visits", __name__, url_prefix=API)

    @visits.route("/visits", methods=["POST"])
    @visits.arguments(VisitSchema)
    @visits.response(201, VisitSchema)
    def create_visit(visit):
        require_key(request.headers)
        return visit

    @visits.route("/visits", methods=["GET"])
    @visits.arguments(FilterSchema, location="query")
    @visits.response(200, VisitSchema(many=True))
    def list_visits(filters):
        return []

    return visits


def _pages(app: Flask) -> None:
    @app.get("/open")
    def open_page():
        return "<p>open</p>"

    @app.post("/form")
    def form():
        return redirect("/open")

    @app.route("/staff/page", methods=["GET", "POST"])
    def staff_page():
        member = current_staff()
        return member.name if member else "nobody"

    @app.get("/unlisted")
    def unlisted():
        return "never seen"

    failures = {
        "crash": RuntimeError("secret-name"),
        "database": OperationalError("SELECT 'secret-name'", {}, Exception("gone")),
        "constraint": IntegrityError("INSERT 'secret-name'", {}, Exception("twice")),
        "gone": Problem(410, "hold_expired", "We could not keep this time.", alternatives=[1]),
        "reused": KeyReused(),
    }

    @app.get("/fails/<how>", defaults={"api": False})
    @app.get("/api/v1/fails/<how>", defaults={"api": True})
    def fails(how, api):
        raise failures[how]


def staff_token(service, role="front_desk", *, session="s1", minutes=5) -> str:
    member = StaffMember("u1", "Demo Person", role, session)
    expires = NOW + timedelta(minutes=minutes)
    return sign(service.secrets.staff_private(), member, expires_at=expires)
