"""Scheduling: people, calendar, appointments and staff. Knows nothing of symptoms or pain."""
