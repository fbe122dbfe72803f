"""What one running service holds: settings, clock, database, clinic facts and keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.clinic import Clinic
from shared.clock import Clock
from shared.database import Database
from shared.keys import Secrets, load
from shared.settings import Settings, SettingsError
from shared.statements import Statements


@dataclass(frozen=True, slots=True)
class Service:
    """Made once per process and service; web and worker share it."""

    name: str
    settings: Settings
    clock: Clock
    database: Database
    clinic: Clinic
    secrets: Secrets
    statements: Statements

    @classmethod
    def start(cls, name: str, environ: Mapping[str, str] | None = None) -> "Service":
        """Raises SettingsError or ClinicError with a sentence that says what to change."""
        settings = Settings.from_env(name, environ)
        clock = Clock(settings.clock_file)
        try:
            clock.now()
        except (OSError, ValueError) as error:
            raise SettingsError(f"CLINIC_CLOCK_FILE cannot be used: {error}") from error
        secrets = load(settings.secrets_file, may_create=settings.is_demo)
        clinic = Clinic.load(settings.clinic_file)
        info = {"keys": secrets.service_keys(name), "clinic": clinic}  # in every session.info
        return cls(
            name=name,
            settings=settings,
            clock=clock,
            database=Database(settings.database_url, info),
            clinic=clinic,
            secrets=secrets,
            statements=Statements(secrets.keyring("statements")),
        )

    def close(self) -> None:
        self.database.close()
