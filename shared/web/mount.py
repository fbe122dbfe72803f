"""Places the services' apps under /intake, /scheduling, /notifications of one address.

Used with one app and with three. Requests are accepted with and without the path of PUBLIC_URL
(a gateway may strip it); SCRIPT_NAME always has it, so that url_for builds public paths.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shared.web.headers import protect
from shared.web.links import prefix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_NOWHERE = "/nothing-here"  # no app has it: it answers with the page that says so


def mount(
    apps: "Mapping[str, WSGIApplication]",
    public_url: str,
    door: Mapping[str, Callable[[], Response]] | None = None,
) -> "WSGIApplication":
    """Hands each request to the service that its path names, or to `door`: path to answer."""
    base = prefix(public_url)
    is_https = public_url.startswith("https://")
    at_the_door = dict(door or {})
    if "intake" in apps:
        at_the_door["/"] = lambda: Response(status=303, headers={"Location": f"{base}/intake/"})

    def gateway(environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        path = _inside(environ.get("PATH_INFO", ""), base)
        name, slash, rest = path.removeprefix("/").partition("/")
        if answer := at_the_door.get(path or "/"):
            response = answer()
            response.headers["Cache-Control"] = "no-store"
            protect(response.headers, is_https=is_https)
            return response(environ, start)
        if name not in apps:
            name, slash, rest = next(iter(apps)), _NOWHERE, ""
        environ["SCRIPT_NAME"] = f"{base}/{name}"
        environ["PATH_INFO"] = slash + rest
        if is_https:  # TLS ends at the gateway; no forwarded header needs to be trusted
            environ["wsgi.url_scheme"] = "https"
        return apps[name](environ, start)

    return gateway


def _inside(path: str, base: str) -> str:
    if base and (path == base or path.startswith(f"{base}/")):
        return path.removeprefix(base)
    return path
