"""Three services under one address, with and without a path in PUBLIC_URL."""

import pytest
from werkzeug.test import Client

from shared.web import links
from shared.web.cookies import clear_cookie, read_cookie, set_cookie
from shared.web.mount import mount
from tests.shared.web.builders import make_app, make_service

PLAIN = "http://127.0.0.1:8000"
PREFIXED = "https://clinic.example/visits"


@pytest.fixture
def make_client(tmp_path):
    services = []

    def make(public_url: str, *names: str) -> Client:
        apps = {}
        for name in names:
            service = make_service(tmp_path / name, PUBLIC_URL=public_url)
            services.append(service)
            apps[name] = make_app(service)
        return Client(mount(apps, public_url))

    yield make
    for service in services:
        service.close()


ADDRESSES = [
    pytest.param(PLAIN, "/scheduling/open", 200, id="plain"),
    pytest.param(PLAIN, "/notifications/open", 404, id="service elsewhere"),
    pytest.param(PLAIN, "/schedulingx/open", 404, id="similar name"),
    pytest.param(PLAIN, "/visits/scheduling/open", 404, id="prefix that is not ours"),
    pytest.param(PREFIXED, "/visits/scheduling/open", 200, id="prefix kept by the gateway"),
    pytest.param(PREFIXED, "/scheduling/open", 200, id="prefix stripped by the gateway"),
    pytest.param(PREFIXED, "/visitsscheduling/open", 404, id="prefix without a slash"),
]


@pytest.mark.parametrize(("public_url", "path", "status"), ADDRESSES)
def test_requests_reach_the_service_they_name(make_client, public_url, path, status):
    client = make_client(public_url, "scheduling")
    host = {"Host": public_url.split("/")[2]}
    response = client.get(path, headers=host)
    assert response.status_code == status
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert ("Strict-Transport-Security" in response.headers) == public_url.startswith("https")


@pytest.mark.parametrize(("public_url", "base"), [(PLAIN, ""), (PREFIXED, "/visits")])
def test_every_address_in_a_page_has_the_public_path(make_client, public_url, base):
    client = make_client(public_url, "scheduling")
    page = client.get("/scheduling/nothing", headers={"Host": public_url.split("/")[2]}).text
    assert f'href="{base}/scheduling/static/clinic.css?v=' in page


def test_the_front_door_leads_to_the_safety_check(make_client):
    client = make_client(PREFIXED, "intake")
    for path in ("/", "", "/visits", "/visits/"):
        response = client.get(path, headers={"Host": "clinic.example"})
        assert (response.status_code, response.location) == (303, "/visits/intake/")
    assert make_client(PLAIN, "scheduling").get("/").status_code == 404


def test_a_missing_slash_is_answered_with_the_public_scheme(make_client):
    client = make_client(PREFIXED, "scheduling")
    response = client.get("/scheduling", headers={"Host": "clinic.example"})
    assert response.status_code in {308, 404}
    assert "http://" not in response.headers.get("Location", "")


def test_links_know_the_public_path(tmp_path):
    service = make_service(tmp_path, PUBLIC_URL=PREFIXED)
    with make_app(service).app_context():
        assert links.to("intake", "/") == "/visits/intake/"
    service.close()


@pytest.mark.parametrize(
    ("path", "is_local"),
    [
        ("/scheduling/staff/?day=2027-03-02", True),
        ("https://evil.test/", False),
        ("//evil.test", False),
        ("/\\evil.test", False),
        ("/a\tb", False),
        ("/a\nb", False),
        ("javascript:alert(1)", False),
        ("", False),
        ("staff", False),
    ],
)
def test_only_paths_of_this_site_are_followed(path, is_local):
    assert links.is_local(path) is is_local


@pytest.mark.parametrize(
    ("public_url", "name", "flags"),
    [(PLAIN, "draft", set()), (PREFIXED, "__Host-draft", {"Secure"})],
)
def test_cookies_end_with_the_browser_and_are_closed_to_scripts(tmp_path, public_url, name, flags):
    service = make_service(tmp_path, PUBLIC_URL=public_url)
    app = make_app(service)
    with app.test_request_context(headers={"Cookie": f"{name}=kept"}):
        assert read_cookie("draft") == "kept"
        response = app.make_response("")
        set_cookie(response, "draft", "value")
        clear_cookie(response, "handoff")
    first, second = response.headers.getlist("Set-Cookie")
    assert first.startswith(f"{name}=value;")
    assert set(first.split("; ")[1:]) == {"HttpOnly", "Path=/", "SameSite=Lax"} | flags
    assert "Max-Age=0" in second
    service.close()
