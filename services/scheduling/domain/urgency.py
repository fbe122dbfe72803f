"""Levels of urgency as intake names them; which is more, and which the desk has to call about."""

LEVELS = ("ROUTINE", "URGENT_2BD", "SAME_DAY", "EMERGENCY")
CALL_WITHIN = {"SAME_DAY": 30, "URGENT_2BD": 240}  # minutes in which the clinic is open
RAISED_WITHIN = 30


def rank(level: str | None) -> int:
    """Higher is more urgent; a visit without a safety check is not known to be urgent."""
    return LEVELS.index(level) if level in LEVELS else 0
