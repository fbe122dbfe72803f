"""The web shell: one look, one set of guards, one shape of errors for all three services."""

from shared.web.access import current_staff
from shared.web.api import require_key
from shared.web.app import create_app
from shared.web.current import current_service
from shared.web.problems import Problem

__all__ = ["Problem", "create_app", "current_service", "current_staff", "require_key"]
