"""The visit statement: that the browser's owner knows the birth date behind a mail link. It comes
from scheduling and says which submission may be read and written, for 15 minutes at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.statements import StatementError, Statements

VISIT_STATEMENT = "visit_statement"  # its kind, and the name of its cookie
LIVES = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whose answers may be seen. `until` ends it however much it is used; `age` is in years."""

    submission: str
    patient: str
    appointment: str
    age: int | None = None
    until: int | None = None

    def renewed(self, statements: Statements, *, now: datetime) -> str:
        """The same once more, from now; never beyond `until`."""
        expires_at = now + LIVES
        if self.until is not None:
            expires_at = min(expires_at, datetime.fromtimestamp(self.until, now.tzinfo))
        claims = {name: getattr(self, name) for name in self.__slots__}
        return statements.seal(VISIT_STATEMENT, claims, expires_at=expires_at)


def read_visit_statement(
    statements: Statements, sealed: str | None, *, now: datetime
) -> Visitor | None:
    """None for one that is missing, too old or not ours."""
    if not sealed:
        return None
    try:
        return Visitor(**statements.open(VISIT_STATEMENT, sealed, now=now))
    except (StatementError, TypeError):
        return None
