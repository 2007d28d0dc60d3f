"""Which bytes have gone out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from appliance.core.coverage import Coverage

PARTS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=12)
PLACES = [(10, 30, "a"), (40, 50, "b")]  # the header and the directory of an archive lie around them


@given(PARTS)
def test_spans(parts: list[tuple[int, int]]) -> None:
    """Whatever the order and overlap, the spans hold exactly the bytes that went out, ascending and apart."""
    coverage = Coverage({}, 0)
    for position, count in parts:
        coverage.add("a", position, count)
    out = {byte for position, count in parts for byte in range(position, position + count)}
    spans = coverage.spans.get("a", [])
    assert {byte for start, stop in spans for byte in range(start, stop)} == out
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))
    assert coverage.bytes_out == sum(count for _, count in parts)
    assert coverage.bytes_covered == len(out)


@given(PARTS)
def test_within(parts: list[tuple[int, int]]) -> None:
    """Bytes of an archive count for the files in which they lie; those between files cost nothing."""
    coverage = Coverage({}, 0)
    for position, count in parts:
        coverage.add_within(PLACES, position, count)
    out = [byte for position, count in parts for byte in range(position, position + count)]
    files = [byte for byte in out if 10 <= byte < 30 or 40 <= byte < 50]
    assert coverage.bytes_out == len(files)
    assert coverage.is_whole({"a": 20, "b": 10}) == (set(files) == {*range(10, 30), *range(40, 50)})


def test_empty_files() -> None:
    """A file without bytes has always gone out."""
    assert Coverage({}, 0).is_whole({"empty": 0})
    assert not Coverage({}, 0).is_whole({"a": 1})
