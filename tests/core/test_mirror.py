"""What a mirror stick holds alone: sealed lines, and the proof that it was adopted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import mirror
from appliance.core.clock import Quality, Stamp
from appliance.core.entries import Entry
from appliance.core.merkle import leaf_hash
from appliance.core.mirror import Terms
from appliance.core.tlog import Checkpoint, origin, sign_checkpoint
from appliance.errors import PaperError
from tests.organizer import NOW, key

BOX, SECRET, NONCE = key("box"), bytes(range(32)), bytes(24)
TERMS = Terms(is_sync=True, settings=("0" * 64,))
AT = Stamp(NOW, None, Quality.FLOOR, "00000000-0000-4000-8000-000000000001", 1000)


def adoption(*, reason: str = "adopted", box: str = BOX.public.id, incarnation: int = 7, signed: int = 7) -> bytes:
    restart = Entry(box, incarnation, 0, "restart", AT, {"previous": None, "reason": reason, "blocked": []})
    leaf = restart.leaf()
    note = Checkpoint(origin(BOX.public.id, signed), 1, leaf_hash(leaf))
    return mirror.adoption(leaf, sign_checkpoint(note, BOX.sign, BOX.public.raw))


DIGESTS = st.lists(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), min_size=1, max_size=2)


@given(st.booleans(), DIGESTS, st.binary(min_size=24, max_size=24))
def test_terms_come_back(is_sync: bool, settings: list[str], nonce: bytes) -> None:
    """What was sealed is read with the same secret."""
    terms = Terms(is_sync, tuple(settings))
    assert mirror.read_terms(SECRET, mirror.seal_terms(SECRET, terms, nonce)) == terms


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_changed_line(at: int, flip: int) -> None:
    """A line of which any byte is another is refused."""
    line = bytearray(mirror.seal_terms(SECRET, TERMS, NONCE))
    line[at % len(line)] ^= flip
    with pytest.raises(PaperError):
        mirror.read_terms(SECRET, bytes(line))


def test_other_secret() -> None:
    """Another card opens no line."""
    with pytest.raises(PaperError):
        mirror.read_terms(bytes(32), mirror.seal_terms(SECRET, TERMS, NONCE))


def test_adoption() -> None:
    """The proof names the incarnation that another machine has begun."""
    assert mirror.read_adoption(adoption(), BOX.public).incarnation == 7


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_changed_adoption(at: int, flip: int) -> None:
    """A proof of which any byte is another proves nothing."""
    data = bytearray(adoption())
    data[at % len(data)] ^= flip
    with pytest.raises(PaperError):
        mirror.read_adoption(bytes(data), BOX.public)


@pytest.mark.parametrize("bent", [{"reason": "restored"}, {"box": "0" * 16}, {"signed": 8}])
def test_no_adoption(bent: dict[str, str]) -> None:
    """A restart for another reason, of another box, or under another ledger's checkpoint proves nothing."""
    with pytest.raises(PaperError):
        mirror.read_adoption(adoption(**bent), BOX.public)  # type: ignore[arg-type]
    with pytest.raises(PaperError):
        mirror.read_adoption(adoption(), key("another box").public)
