"""What stands at the address itself, in front of the services: for search engines, and for those
who found a weakness. The gateway of `docker compose` lets both through."""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from email.utils import parseaddr

from werkzeug.wrappers import Response

from shared.service import Service
from shared.web.links import prefix
from shared.words import LANGUAGES

ROBOTS, SECURITY = "/robots.txt", "/.well-known/security.txt"
VALID = timedelta(days=180)  # RFC 9116: less than a year
STATEMENT = "# Please tell us before you tell others, and look at no data of patients.\n"


def answers(service: Service) -> Mapping[str, Callable[[], Response]]:
    return {
        ROBOTS: lambda: _text(robots(service)),
        SECURITY: lambda: _text(security(service)),
    }


def robots(service: Service) -> str:
    """The start page may be found; a step of somebody's booking is no page for a search."""
    start = f"{prefix(service.settings.public_url)}/intake/"
    return f"User-agent: *\nAllow: {start}$\nDisallow: /\n"


def security(service: Service) -> str:
    """RFC 9116. Contacts are the clinic's own: its mailbox, then its phone."""
    clinic = service.clinic
    mailbox = parseaddr(str(clinic.raw.get("mail", {}).get("reply_to", "")))[1]
    mailbox = mailbox or parseaddr(str(clinic.raw.get("mail", {}).get("from", "")))[1]
    until = (service.clock.now().astimezone(UTC) + VALID).replace(microsecond=0)
    fields = [
        *([("Contact", f"mailto:{mailbox}")] if mailbox else []),
        ("Contact", f"tel:+1-{clinic.phone}"),
        ("Expires", until.isoformat().replace("+00:00", "Z")),
        ("Preferred-Languages", ", ".join(LANGUAGES)),
        ("Canonical", f"{service.settings.public_url.rstrip('/')}{SECURITY}"),
    ]
    return STATEMENT + "".join(f"{name}: {value}\n" for name, value in fields)


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")
