"""Names for DNS-SD."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.dns_sd import MAX_LABEL, instance_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Stall 7", "Stall 7"),
        ("Ana's  Zines No. 3", "Ana's Zines No 3"),
        ("Cafe\u0301", "Café"),
        ("...", "stallbox"),
        ("港" * 40, "港" * 20),
    ],
)
def test_as_dns_sd_wants_it(name: str, expected: str) -> None:
    """Net-Unicode without dots, cut between characters, with room for a number."""
    assert instance_name(name, "stallbox") == expected


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_always_fits(name: str) -> None:
    """Whatever the box is called, the name with a number behind it fits into a label of DNS."""
    label = instance_name(name, "stallbox")
    assert label
    assert "." not in label
    assert len(f"{label}-99".encode()) <= MAX_LABEL
