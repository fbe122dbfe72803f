"""Schemathesis against the WSGI app of one service: every route, as its OpenAPI document says it,
with well-formed and with broken input, under all of schemathesis's checks.

The seed is fixed: what failed once fails again. Ids and versions that exist are mixed in, so that
requests get past the door.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

SEED = 20270301
REFUSED = ["400", "401", "403", "404", "405", "409", "410", "412", "415", "422", "428", "429"]
CONFIG: dict[str, Any] = {
    "checks": {
        # What is well-formed may still be refused by a rule, a race or a precondition.
        "positive_data_acceptance": {"expected-statuses": ["2xx", *REFUSED]},
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "missing_required_header": {"expected-statuses": [*REFUSED]},
    }
}

Known = Callable[[], Mapping[str, Any]]


def operations_of(app: Any, service: str) -> Iterator[Any]:
    config = SchemathesisConfig.from_dict(CONFIG)
    path = f"/{service}/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(path, app, config=config)
    for found in schema.get_all_operations():
        yield found.ok()


def fuzz(operation: Any, *, examples: int, headers: Mapping[str, str], known: Known) -> None:
    """`known`: what exists now (`appointment_id`, `If-Match`, `slot` …), put in now and then."""
    what: dict[str, Any] = {"examples": examples, "headers": dict(headers), "known": known}
    _probe(operation, GenerationMode.POSITIVE, **what)
    with suppress(Unsatisfiable):  # a route that takes any text, or nothing, is sent nothing wrong
        _probe(operation, GenerationMode.NEGATIVE, **what)


def _probe(
    operation: Any, mode: GenerationMode, *, examples: int, headers: dict[str, str], known: Known
) -> None:
    @seed(SEED)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    def probe(case: Any, is_real: bool) -> None:
        # `status=` means what leaving it out means; the document has no word for that.
        assume(mode is GenerationMode.POSITIVE or "" not in (case.query or {}).values())
        if is_real:
            _put_in(case, known(), body=mode is GenerationMode.POSITIVE)
        case.call_and_validate(headers=headers)

    probe()


def _put_in(case: Any, known: Mapping[str, Any], *, body: bool) -> None:
    """What is broken on purpose stays broken: then only the way to the visit is put right."""
    parts = [case.path_parameters, case.headers, case.body if body else None]
    for part in parts:
        if isinstance(part, Mapping):
            for name in known.keys() & part.keys():
                part[name] = known[name]
