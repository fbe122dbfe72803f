"""Addresses between the services. PUBLIC_URL may have a path: nobody writes "/intake" by hand."""

from urllib.parse import urlsplit

from shared.web.current import current_service


def prefix(public_url: str) -> str:
    """The path part of PUBLIC_URL: "" or "/clinic"."""
    return urlsplit(public_url).path.rstrip("/")


def to(service: str, path: str) -> str:
    """The path of another service's page, for redirects and hrefs: to("intake", "/")."""
    return f"{prefix(current_service().settings.public_url)}/{service}{path}"


def is_local(path: str) -> bool:
    """True for a path on this site: no scheme, no host, nothing a browser would read as one."""
    if not path.startswith("/") or path.startswith("//"):
        return False
    return path.isascii() and path.isprintable() and "\\" not in path
