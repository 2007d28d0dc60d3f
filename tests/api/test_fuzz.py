"""schemathesis over the OpenAPI document, against the daemon on loopback, where every request counts as paired.

Requests that keep the document and requests that break it: no fault of the box, no answer that the document lacks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, Response
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from appliance.core.manifest import drop_id
from tests.depth import depth
from tests.organizer import NOW, Organizer
from tests.running import Daemon, selling

pytestmark = pytest.mark.fuzz

DOCUMENT = json.loads((resources.files("appliance.web") / "openapi.json").read_text())  # what the box serves
EXAMPLES = depth(50, 300)  # of each operation
SLUG = "harbour-lights"

api = schemathesis.openapi.from_dict(DOCUMENT)


@dataclass(frozen=True)
class Target:
    """The box, and real values that no random text would hit."""

    daemon: Daemon
    claim: str
    tokens: list[str]

    def aim(self, case: Case) -> None:
        """Puts real values in the place of every second text that could not mean anything."""
        _replace(case.path_parameters, "slug", SLUG)
        _replace(case.path_parameters, "code", self.claim)
        _replace(case.body, "drop", SLUG)
        _replace(case.body, "price", "download")
        text = case.body.get("token") if isinstance(case.body, dict) else None
        if isinstance(text, str) and self.tokens:
            _replace(case.body, "token", self.tokens[len(text) % len(self.tokens)])


def _replace(values: object, name: str, real: str) -> None:
    if isinstance(values, dict) and isinstance(values.get(name), str) and len(values[name]) % 2:
        values[name] = real


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("stall")
    with selling(folder, 1000) as daemon:
        daemon.open()
        claim = json.loads(json.dumps(daemon.sell()))["sales"][0]["claim"]
        yield Target(daemon, claim, _tokens(Organizer(folder)))


def _tokens(organizer: Organizer) -> list[str]:
    """Good ones, one that costs too much, one for another box."""
    drop, box = drop_id(organizer.origin, SLUG), organizer.box.public.id
    good = [organizer.token(box, drop, issued=NOW, expires=NOW + 80_000) for _ in range(5)]
    return [*good, organizer.token(box, drop, amount=20_001), organizer.token("0" * 16, drop)]


def no_fault(_context: CheckContext, response: Response, _case: Case) -> None:
    """503 is the only 5xx that the document knows."""
    assert response.status_code < 500 or response.status_code == 503, response.text


CHECKS = [
    no_fault,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]


@api.parametrize()
@settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_answers_as_documented(case: Case, target: Target) -> None:
    """Whatever is sent, the answer has a status, a type and a shape that the document names."""
    target.aim(case)
    case.call_and_validate(base_url=f"{target.daemon.address}/api/v1", checks=CHECKS)


def test_still_sells(target: Target) -> None:
    """After all that the box sells, and it ends as it should."""
    assert target.daemon.sell()["sales"]
    assert target.daemon.stop() == 0
