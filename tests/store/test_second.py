"""The second place: two slots, of which a torn write can hurt only the one that is being written."""

from __future__ import annotations

import hashlib
import resource
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import StoreError
from appliance.store.second import SLOT, Head, SecondPlace


def head(size: int, incarnation: int = 7) -> Head:
    return Head(incarnation, size, hashlib.sha256(b"%d" % size).digest(), {"0123456789abcdef": size + 1})


HEADS = st.builds(
    Head,
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**40),
    st.binary(min_size=32, max_size=32),
    st.dictionaries(st.from_regex(r"[0-9a-f]{16}", fullmatch=True), st.integers(1, 10_000), max_size=20),
)


@contextmanager
def place(data: bytes | None = None) -> Iterator[tuple[SecondPlace, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "second-place"
        if data is not None:
            path.write_bytes(data)
        with closing(SecondPlace(path)) as made:
            yield made, path


def written(*heads: Head) -> bytes:
    """The file after these heads."""
    with place() as (second, path):
        for each in heads:
            second.write(each)
        return path.read_bytes()


def read(data: bytes) -> Head | None:
    with place(data) as (second, _):
        return second.read()


def test_new() -> None:
    """A new second place holds nothing, has both slots' room already, and nobody else can read it."""
    with place() as (second, path):
        assert second.read() is None
        assert path.stat().st_size == 2 * SLOT
        assert path.stat().st_mode & 0o777 == 0o600


def test_cut_while_it_was_made() -> None:
    """A file that a cut left short is completed and used."""
    for length in (0, 1, 35, SLOT, 2 * SLOT - 1):
        with place(bytes(length)) as (second, path):
            assert second.read() is None
            assert path.stat().st_size == 2 * SLOT
            second.write(head(1))
            assert second.read() == head(1)


@settings(max_examples=50)
@given(st.lists(HEADS, min_size=1, max_size=6))
def test_newest(heads: list[Head]) -> None:
    """What was written last is read, also by the next process, which goes on in the other slot."""
    data = written(*heads)
    assert read(data) == heads[-1]
    with place(data) as (second, path):
        second.read()
        second.write(head(99))
        assert second.read() == head(99)
        assert _slots(path.read_bytes()) == {heads[-1].size, 99}


def _slots(data: bytes) -> set[int]:
    """The sizes in both slots."""
    return {found.size for part in (data[:SLOT] + bytes(SLOT), bytes(SLOT) + data[SLOT:]) if (found := read(part))}


def test_torn_at_every_byte() -> None:
    """A write that stops after any byte leaves the head before it, or the new one if nothing of it is missing."""
    before, after = written(head(1), head(2)), written(head(1), head(2), head(3))
    changed = [at for at in range(2 * SLOT) if before[at] != after[at]]
    start, stop = changed[0], changed[-1] + 1
    with place() as (second, path):
        for cut in range(start, stop + 1):
            path.write_bytes(after[:cut] + before[cut:])
            assert second.read() == (head(2) if cut < stop else head(3))


@settings(max_examples=200)
@given(st.integers(0, 1), st.integers(0, 200), st.integers(0, 7))
def test_flipped_bit(slot: int, offset: int, bit: int) -> None:
    """A bit that flips in one slot costs at most that slot."""
    data = bytearray(written(head(1), head(2)))
    data[slot * SLOT + offset] ^= 1 << bit
    found = read(bytes(data))
    assert found in (head(1), head(2))


@settings(max_examples=50)
@given(st.binary(max_size=3 * SLOT))
def test_anything(data: bytes) -> None:
    """Any other bytes are no head, and never an error."""
    assert read(data) is None


def test_both_slots_gone() -> None:
    """With both slots overwritten nothing is known."""
    assert read(b"\xff" * 2 * SLOT) is None


def test_refused_write(tmp_path: Path) -> None:
    """A write that the kernel refuses is an OSError, and what stood stands; the next one takes the same slot."""
    with closing(SecondPlace(tmp_path / "second-place")) as second:
        second.write(head(1))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            for _ in range(2):
                with pytest.raises(OSError, match=r"large|only a part"):
                    second.write(head(2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert second.read() == head(1)
        second.write(head(3))
        assert second.read() == head(3)


def test_unusable(tmp_path: Path) -> None:
    """A second place that cannot be opened is said in a sentence."""
    (tmp_path / "second-place").mkdir()
    with pytest.raises(StoreError, match=r"second place .* cannot be used"):
        SecondPlace(tmp_path / "second-place")
