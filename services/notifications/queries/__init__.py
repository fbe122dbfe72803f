"""Reads: lists for staff and the API, what is due, what was said, and whether the books agree."""

from .accounts import (
    conservation_faults,
    counts_by_state,
    message_faults,
    message_notes,
    oldest_unsent,
)
from .listing import (
    MessageFilter,
    attempts_of,
    content_of,
    copies,
    letter_of,
    message,
    message_page,
)
from .sending import abandoned, due, has_abandoned, has_due, holds, is_intake_open, turns
from .telling import (
    UNSAID,
    is_superseded,
    is_unsaid,
    version_of,
    was_written,
    why_silent,
)

__all__ = [
    "UNSAID",
    "MessageFilter",
    "abandoned",
    "attempts_of",
    "conservation_faults",
    "content_of",
    "copies",
    "counts_by_state",
    "due",
    "has_abandoned",
    "has_due",
    "holds",
    "is_intake_open",
    "is_superseded",
    "is_unsaid",
    "letter_of",
    "message",
    "message_faults",
    "message_notes",
    "message_page",
    "oldest_unsent",
    "turns",
    "version_of",
    "was_written",
    "why_silent",
]
