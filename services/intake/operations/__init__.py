"""The verbs of intake. Each works in the caller's transaction and never commits."""
# ruff: noqa: F401

from .submissions import link_to_visit, shown, submit_answers
