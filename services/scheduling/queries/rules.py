"""The clinic file as the engine's rules, and what else a service is told about itself."""

from datetime import date, timedelta
from functools import lru_cache

from shared.clinic import Clinic
from shared.service import Service

from ..domain.availability import Rules
from ..domain.catalog import Catalog, VisitType
from ..domain.errors import UnknownVisitType
from ..domain.links import Links


@lru_cache(maxsize=8)
def catalog_of(clinic: Clinic) -> Catalog:
    """Raises CatalogError; called at start, so that a wrong file is told then."""
    return Catalog.read(clinic.raw)


def links_of(service: Service) -> Links:
    return Links(service.settings.public_url, service.secrets.link_key())


def visit_type(clinic: Clinic, visit_type_id: str) -> VisitType:
    try:
        return catalog_of(clinic).visit_types[visit_type_id]
    except KeyError:
        raise UnknownVisitType from None


def rules_for(clinic: Clinic, first: date, last: date) -> Rules:
    """Rules that know the holidays from first to last, both included."""
    catalog = catalog_of(clinic)
    return Rules(
        zone=clinic.time_zone,
        opening=clinic.opening,
        closed=clinic.closed_dates(first, last),
        online=frozenset(entry.id for entry in catalog.visit_types.values() if entry.online),
        patient_notice=timedelta(minutes=catalog.patient_notice_minutes),
        patient_horizon_days=catalog.patient_horizon_days,
        staff_horizon_days=catalog.staff_horizon_days,
    )
