"""How much one visitor may ask for, so that nobody can fill the calendar of others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The [limits] of the clinic file. The hourly ones count by network address, which a family,
    a library or a care home shares: they are high on purpose. None binds staff."""

    visits_per_patient: int = 3  # still to come
    visits_per_email: int = 8
    bookings_per_hour: int = 60
    holds_per_hour: int = 300
