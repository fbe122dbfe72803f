"""Who may do what: denied without a row, by role with one, and renewed or told to sign in."""

from datetime import timedelta

import pytest
from flask import Flask

from shared.tables import revoked_sessions
from tests.matrix import routes_without_row, rows_without_route
from tests.shared.web.builders import NOW, staff_token

LIST = "/api/v1/visits"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_route_without_a_row_is_denied_to_everybody(app, client, service):
    assert routes_without_row(app) == {"unlisted"}
    assert client.get("/unlisted", headers=bearer(staff_token(service, "admin"))).status_code == 403
    assert client.get("/unlisted").status_code == 303


def test_a_row_without_a_route_is_found(app):
    app.extensions["clinic.roles"]["left_behind"] = {"public"}
    assert "left_behind" in rows_without_route(app)


@pytest.mark.parametrize(
    ("role", "status"),
    [("front_desk", 200), ("clinician", 403), ("admin", 403), ("unheard_of", 403)],
)
def test_the_role_decides(client, service, role, status):
    response = client.get("/staff/page", headers=bearer(staff_token(service, role)))
    assert response.status_code == status


def test_a_browser_statement_works_like_a_token(client, service):
    client.set_cookie("staff", staff_token(service))
    assert client.get("/staff/page").text == "Demo Person"


def test_a_program_without_a_good_token_is_told_so(client, service):
    assert client.get(LIST).status_code == 401
    assert client.get(LIST, headers=bearer("nonsense")).status_code == 401
    assert client.get(LIST, headers=bearer("")).status_code == 401
    assert client.get(LIST, headers=bearer(staff_token(service, minutes=0))).status_code == 401
    assert client.get(LIST, headers=bearer(staff_token(service))).status_code == 200


def test_a_bad_token_is_refused_on_public_routes_too(client):
    assert client.post(LIST, json={}, headers=bearer("nonsense")).status_code == 401


def test_a_bad_token_is_not_rescued_by_a_cookie(client, service):
    client.set_cookie("staff", staff_token(service))
    assert client.get(LIST, headers=bearer("nonsense")).status_code == 401


def test_a_revoked_session_ends_at_once(client, service):
    token = staff_token(service, session="s9")
    assert client.get(LIST, headers=bearer(token)).status_code == 200
    row = {"session": "s9", "until": NOW + timedelta(hours=1)}
    with service.database.write() as session:
        session.execute(revoked_sessions.insert().values(row))
    assert client.get(LIST, headers=bearer(token)).status_code == 401


def test_a_stale_browser_is_sent_to_scheduling_and_back(client, service):
    client.set_cookie("staff", staff_token(service, minutes=-1))
    response = client.get("/staff/page?day=2027-03-02")
    assert response.status_code == 303
    target = "/scheduling/staff/renew?next=%2Fstaff%2Fpage%3Fday%3D2027-03-02"
    assert response.headers["Location"] == target


def test_a_stale_form_keeps_its_body_on_the_way(client):
    response = client.post("/staff/page", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 307


def test_the_shell_itself_needs_no_row_of_a_service(service):
    from shared.web import create_app

    app: Flask = create_app(service, "shared.web")
    assert routes_without_row(app) == set()
