"""Places the services' apps under /intake, /scheduling, /notifications of one address.

Used with one app and with three. Requests are accepted with and without the path of PUBLIC_URL
(a gateway may strip it); SCRIPT_NAME always has it, so that url_for builds public paths.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shared.web.headers import protect
from shared.web.links import prefix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_NOT_FOUND = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Page not found</title><h1>Page not found</h1>
<p>The address may be mistyped. If this is an emergency, call 911.</p></html>"""


def mount(apps: "Mapping[str, WSGIApplication]", public_url: str) -> "WSGIApplication":
    """One WSGI app that hands each request to the service its path names."""
    base = prefix(public_url)
    is_https = public_url.startswith("https://")

    def gateway(environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        path = _inside(environ.get("PATH_INFO", ""), base)
        name, slash, rest = path.removeprefix("/").partition("/")
        if app := apps.get(name):
            environ["SCRIPT_NAME"] = f"{base}/{name}"
            environ["PATH_INFO"] = slash + rest
            if is_https:  # TLS ends at the gateway; no forwarded header needs to be trusted
                environ["wsgi.url_scheme"] = "https"
            return app(environ, start)
        response = _elsewhere(path, f"{base}/intake/" if "intake" in apps else None)
        protect(response.headers, is_https=is_https)
        return response(environ, start)

    return gateway


def _inside(path: str, base: str) -> str:
    if base and (path == base or path.startswith(f"{base}/")):
        return path.removeprefix(base)
    return path


def _elsewhere(path: str, start_page: str | None) -> Response:
    if path in {"", "/"} and start_page:
        response = Response(status=303, headers={"Location": start_page})
    else:
        response = Response(_NOT_FOUND, status=404, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
