"""The published W3C libraries for Node verify our certificates without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.core.certificate import Copy, issue, numbered_copy, open_copy
from appliance.core.keys import PrivateKey
from tests.interop.tools import verify_certificate_with_node

pytestmark = pytest.mark.interop

DROP = "0123456789abcdef"
PACKED = 1_764_000_000
OTHER = PrivateKey(b"other" + bytes(27)).public


@pytest.mark.parametrize(
    "copy", [numbered_copy(DROP, "Harbour Lights – Ø", 17, 100), open_copy(DROP, "Zine", "f" * 16, 7, 12)]
)
def test_node_verifies_a_certificate(tmp_path: Path, creator: PrivateKey, copy: Copy) -> None:
    """A certificate of a numbered and of an open edition verifies as it is handed out."""
    path = tmp_path / "certificate.json"
    path.write_bytes(issue(copy, creator, PACKED))
    assert verify_certificate_with_node(path)


def _number(certificate: dict[str, Any]) -> None:
    certificate["credentialSubject"]["number"] = 18


def _title(certificate: dict[str, Any]) -> None:
    certificate["credentialSubject"]["title"] = "Harbour Light"


def _issuer(certificate: dict[str, Any]) -> None:
    certificate["issuer"] = OTHER.did


def _signer(certificate: dict[str, Any]) -> None:
    certificate["issuer"] = OTHER.did
    certificate["proof"]["verificationMethod"] = f"{OTHER.did}#{OTHER.multibase}"


def _created(certificate: dict[str, Any]) -> None:
    certificate["proof"]["created"] = "2025-01-01T00:00:00Z"


@pytest.mark.parametrize("change", [_number, _title, _issuer, _signer, _created])
def test_node_refuses_a_changed_certificate(
    tmp_path: Path, creator: PrivateKey, change: Callable[[dict[str, Any]], None]
) -> None:
    """Another number, title, issuer, signing key or time is refused by foreign software too."""
    certificate = json.loads(issue(numbered_copy(DROP, "Harbour Lights", 17, 100), creator, PACKED))
    change(certificate)
    path = tmp_path / "certificate.json"
    path.write_text(json.dumps(certificate))
    assert not verify_certificate_with_node(path)


def test_node_refuses_a_certificate_of_tomorrow(tmp_path: Path, creator: PrivateKey) -> None:
    """Stock verifiers read validFrom: packing with a clock that runs ahead makes refusable certificates."""
    path = tmp_path / "certificate.json"
    path.write_bytes(issue(numbered_copy(DROP, "Harbour Lights", 17, 100), creator, 4_000_000_000))
    assert not verify_certificate_with_node(path)
