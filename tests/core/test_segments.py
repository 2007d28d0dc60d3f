"""A body of segments gives out exactly the bytes that were asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.segments import Segment, cut, total

bodies = st.lists(st.binary(max_size=12), max_size=8)


def joined(body: list[Segment], start: int, stop: int) -> bytes:
    """What a reader gets, with every piece at the place that it names."""
    result = b""
    for piece in cut(body, start, stop):
        assert piece.count > 0
        assert piece.position == start + len(result)
        assert isinstance(piece.source, bytes)
        result += piece.source[piece.offset : piece.offset + piece.count]
    return result


@given(bodies, st.data())
def test_every_slice_equals_the_slice_of_the_whole(parts: list[bytes], data: st.DataObject) -> None:
    """Any slice of the segments is the same slice of their bytes, empty segments included."""
    body, whole = [Segment.of_bytes(part) for part in parts], b"".join(parts)
    assert total(body) == len(whole)
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert joined(body, start, stop) == whole[start:stop]


def test_a_piece_of_a_shelf_file_names_its_digest() -> None:
    """A slice inside a shelf file is told as digest, offset and count."""
    body = [Segment.of_bytes(b"head"), Segment(10, "ab" * 32), Segment.of_bytes(b"tail")]
    (piece,) = cut(body, 6, 9)
    assert (piece.source, piece.offset, piece.count, piece.position) == ("ab" * 32, 2, 3, 6)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 5), (5, 5)])
def test_bytes_outside_of_the_body_are_refused(start: int, stop: int) -> None:
    """A slice that is not in the body is an error at once, not when it is read."""
    with pytest.raises(ValueError, match="not in this body"):
        cut([Segment.of_bytes(b"four")], start, stop)
