"""Shapes and ranges of intake's JSON. What must fit together across fields is in domain/."""
# ruff: noqa: F401

from .submissions import (
    CatalogSchema,
    LanguageSchema,
    SubmissionSchema,
    SubmitSchema,
    SubmittedSchema,
)
