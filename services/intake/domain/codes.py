"""Short codes that people read out."""

import secrets

# Of each group that looks alike (0DOQ 1IL 2Z 5S 6G 8B UV) one or none; no vowels, so no words.
ALPHABET = "3467CDFHJKMNPRTVWXY9"


def new_reference() -> str:
    """Four characters that a patient and the desk can compare on the phone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(4))
