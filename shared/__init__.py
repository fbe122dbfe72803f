"""Contracts, identical plumbing and the web shell. No business rule lives here."""
