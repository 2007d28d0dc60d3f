"""Keys of repeated requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import RequestError
from appliance.weblib.idempotency import key_of, read_field


@pytest.mark.parametrize(
    ("field", "key"),
    [('"a b"', "a b"), (' "x" ', "x"), (r'"a\"b\\c"', 'a"b\\c'), ("7f3c:1", "7f3c:1")],
)
def test_read(field: str, key: str) -> None:
    """A quoted text is unquoted; a bare one is taken as it is."""
    assert read_field(field) == key


@pytest.mark.parametrize("field", ["", '""', '"a', 'a"', "a b", '"' + "a" * 129 + '"', '"ü"', '"\n"', "a,b"])
def test_refused(field: str) -> None:
    """What is no key is refused."""
    with pytest.raises(RequestError):
        read_field(field)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_round_trip(key: str) -> None:
    """Every printable key survives being quoted."""
    quoted = key.replace("\\", r"\\").replace('"', r"\"")
    assert read_field(f'"{quoted}"') == key


@given(st.tuples(st.text(), st.text(), st.binary()), st.tuples(st.text(), st.text(), st.binary()))
def test_fingerprint(one: tuple[str, str, bytes], other: tuple[str, str, bytes]) -> None:
    """Two requests have one fingerprint exactly when method, path and body are the same."""
    same = key_of("k", *one).fingerprint == key_of("k", *other).fingerprint
    assert same == (one == other)
