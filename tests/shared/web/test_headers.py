"""Every kind of answer carries the security headers; only our own files may be cached."""

import pytest

from tests.shared.web.builders import make_app, make_service

ANSWERS = [
    pytest.param("/open", 200, id="page"),
    pytest.param("/nothing", 404, id="missing page"),
    pytest.param("/api/v1/nothing", 404, id="missing api route"),
    pytest.param("/fails/crash", 500, id="crash"),
    pytest.param("/fails/database", 503, id="database away"),
    pytest.param("/staff/page", 303, id="redirect"),
    pytest.param("/livez", 200, id="health"),
    pytest.param("/static/nothing.css", 404, id="missing file"),
    pytest.param("/api/v1/openapi.json", 200, id="document"),
]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_is_protected_and_not_kept(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    headers = response.headers
    assert "default-src 'none'; script-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_a_foreign_host_is_refused_with_headers(client):
    response = client.get("/open", headers={"Host": "evil.test"})
    assert response.status_code == 400
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_named_with_its_hash_may_be_kept_for_long(app, client):
    with app.test_request_context():
        url = app.url_for("static", filename="clinic.css")
    assert "?v=" in url
    with client.get(url) as exact, client.get("/static/clinic.css") as bare:
        assert "immutable" in exact.headers["Cache-Control"]
        assert bare.headers["Cache-Control"] == "no-cache"


def test_https_brings_hsts_and_host_cookies(tmp_path):
    service = make_service(tmp_path, PUBLIC_URL="https://clinic.example/visits")
    headers = {"Host": "clinic.example"}
    response = make_app(service).test_client().get("/open", headers=headers)
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    service.close()


def test_pages_use_no_foreign_address_and_no_inline_code(client):
    page = client.get("/nothing").text
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert "<script>" not in page


def test_the_style_sheet_stays_small(client):
    with client.get("/static/clinic.css") as response:
        assert len(response.data) < 20_000
