"""Shapes and ranges of intake's JSON. What must fit together across fields is in domain/."""
# ruff: noqa: F401

from .contact import CallbackSchema, CallbackTakenSchema, CallerSchema, Email, Phone, Text
from .details import (
    SECTION_SCHEMAS,
    DetailsSavedSchema,
    SaveDetailsSchema,
)
from .levels import LONGEST_REASON, LevelSchema, LevelSetSchema
from .submissions import (
    CatalogSchema,
    LanguageSchema,
    SubmissionSchema,
    SubmitSchema,
    SubmittedSchema,
)
