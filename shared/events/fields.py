"""How an event marks the fields that the codec seals."""

from typing import Annotated, TypeVar

T = TypeVar("T")

SEALED = "sealed"
Sealed = Annotated[T, SEALED]
