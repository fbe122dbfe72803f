"""What a service knows without its tables: the clinic file as rules, its links, handoffs."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from shared.clinic import Clinic, ClinicError
from shared.service import Service
from shared.statements import StatementExpired, StatementInvalid, Statements

from ..domain import errors
from ..domain.availability import Rules
from ..domain.catalog import URGENT, Catalog, CatalogError, VisitType
from ..domain.handoff import Handoff
from ..domain.links import Links


@lru_cache(maxsize=8)
def catalog_of(clinic: Clinic) -> Catalog:
    """Raises ClinicError; called at start, so that a wrong file is told then."""
    try:
        return Catalog.read(clinic.raw)
    except CatalogError as error:
        raise ClinicError(str(error)) from error


def links_of(service: Service) -> Links:
    return Links(service.settings.public_url, service.secrets.link_key())


def visit_type(clinic: Clinic, visit_type_id: str) -> VisitType:
    try:
        return catalog_of(clinic).visit_types[visit_type_id]
    except KeyError:
        raise errors.UnknownVisitType from None


def rules_for(clinic: Clinic, first: date, last: date) -> Rules:
    """The clinic file's rules; they know the holidays from first to last, both included."""
    return _rules(clinic, max(first.year - 1, 1), last.year)


@lru_cache(maxsize=64)
def _rules(clinic: Clinic, first_year: int, last_year: int) -> Rules:
    catalog = catalog_of(clinic)
    urgent = catalog.visit_types.get(URGENT)
    return Rules(
        zone=clinic.time_zone,
        opening=clinic.opening,
        closed=clinic.closed_dates(date(first_year, 1, 1), date(last_year, 12, 31)),
        urgent_minutes=urgent.minutes if urgent else 0,
        online=frozenset(entry.id for entry in catalog.visit_types.values() if entry.online),
        patient_notice=timedelta(minutes=catalog.patient_notice_minutes),
        patient_horizon_days=catalog.patient_horizon_days,
        staff_horizon_days=catalog.staff_horizon_days,
    )


def read_handoff(statements: Statements, token: str | None, *, now: datetime) -> Handoff | None:
    """None without a token; raises HandoffExpired or HandoffInvalid."""
    if not token:
        return None
    try:
        return Handoff.from_claims(statements.open("handoff", token, now=now))
    except StatementExpired:
        raise errors.HandoffExpired from None
    except (StatementInvalid, KeyError, TypeError, ValueError):
        raise errors.HandoffInvalid from None
