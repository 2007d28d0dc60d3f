"""Sync batches: each verifies alone, any cutting says the same, and no byte can be changed unseen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core import batch
from appliance.core.batch import Batch, Log
from appliance.core.clock import Quality, Stamp
from appliance.core.entries import Entry
from appliance.core.merkle import Tree, leaf_hash
from appliance.errors import PaperError
from tests.organizer import key

BOX = key("box")
INCARNATION = 7
AT = Stamp(5, None, Quality.FLOOR, "00000000-0000-4000-8000-000000000001", 1)
HEAD = 64 * 1024


def leaves(*sizes: int) -> list[bytes]:
    """A log of entries with so many bytes of text each."""
    entries = (
        Entry(
            BOX.public.id, INCARNATION, seq, "void", AT, {"sale": "7:0", "reason": "x" * n, "returned": True, "by": 1}
        )
        for seq, n in enumerate(sizes)
    )
    return [entry.leaf() for entry in entries]


def log(of: list[bytes]) -> Log:
    return Log(BOX.public.id, INCARNATION, Tree(map(leaf_hash, of)), BOX.sign, BOX.public.raw)


def cut(of: list[bytes], first: int = 0, limit: int = batch.MAX_BATCH) -> list[bytes]:
    return [data for _, _, data in batch.cut(log(of), of[first:], first, limit)]


def read(data: bytes) -> Batch:
    return batch.read(data, BOX.public)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=25), st.data())
def test_any_cut(sizes: list[int], data: st.DataObject) -> None:
    """However a log is cut and from wherever it begins, the batches verify one by one and make up the log again."""
    of = leaves(*sizes)
    first = data.draw(st.integers(0, len(of) - 1))
    limit = HEAD + data.draw(st.integers(10_000, 100_000))
    batches = [read(part) for part in cut(of, first, limit)]
    assert [leaf for each in batches for leaf in each.leaves] == of[first:]
    assert [each.first for each in batches[1:]] == [each.last + 1 for each in batches[:-1]]
    assert [each.old for each in batches[1:]] == [each.new for each in batches[:-1]]
    assert (batches[0].old is None) == (first == 0)
    assert all(len(part) <= limit for part in cut(of, first, limit))


PART = cut(leaves(3, 4, 5, 6, 7), first=3)[0]
WHOLE = cut(leaves(3, 4, 5))[0]


@settings(max_examples=400)
@given(st.sampled_from([PART, WHOLE]), st.data())
def test_flipped_bit(written: bytes, data: st.DataObject) -> None:
    """Whatever bit of a batch flips, it is refused."""
    bent = bytearray(written)
    bent[data.draw(st.integers(0, len(bent) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PaperError):
        read(bytes(bent))


@given(st.sampled_from([PART, WHOLE]), st.data())
def test_cut_off(written: bytes, data: st.DataObject) -> None:
    """A batch that stops anywhere before its end is refused."""
    with pytest.raises(PaperError):
        read(written[: data.draw(st.integers(0, len(written) - 1))])


def bent(written: bytes, **fields: object) -> bytes:
    """The batch with another first line."""
    head, rest = written.split(b"\n", 1)
    return json.dumps({**json.loads(head), **fields}).encode() + b"\n" + rest


OTHER = log(leaves(1, 1, 1, 1, 1))


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (PART, {"first": 2}),
        (PART, {"last": 5}),
        (PART, {"old": None}),
        (PART, {"old": None, "consistency": []}),
        (PART, {"consistency": []}),
        (PART, {"consistency": ["AAAA"]}),
        (PART, {"consistency": ["not base64"]}),
        (PART, {"new": OTHER.checkpoint(5)}),
        (PART, {"old": OTHER.checkpoint(3)}),
        (PART, {"new": OTHER.checkpoint(4)}),
        (PART, {"incarnation": 8}),
        (PART, {"box": "0" * 16}),
        (PART, {"spec": 2}),
        (PART, {"more": 1}),
        (WHOLE, {"old": OTHER.checkpoint(0)}),
        (WHOLE, {"consistency": ["A" * 43 + "="]}),
        (WHOLE, {"new": OTHER.checkpoint(3)}),
    ],
)
def test_bent_first_line(written: bytes, fields: dict[str, object]) -> None:
    """A first line that says other than the entries and checkpoints do is refused."""
    with pytest.raises(PaperError):
        read(bent(written, **fields))


def test_entries_in_other_order() -> None:
    """Entries that change places, are left out or stand twice are refused."""
    head, one, two, three = WHOLE[:-1].split(b"\n")
    for lines in ([head, two, one, three], [head, one, three], [head, one, one, two, three], [head]):
        with pytest.raises(PaperError):
            read(b"".join(line + b"\n" for line in lines))


def test_another_box() -> None:
    """A batch is verified with the key of the box that it names, and no other."""
    with pytest.raises(PaperError):
        batch.read(WHOLE, key("other box").public)


def test_size() -> None:
    """More than 4 MiB is not even looked at; a log of that size is cut into batches below it."""
    with pytest.raises(PaperError) as refusal:
        read(b"x" * (batch.MAX_BATCH + 1))
    assert refusal.value.code == "doc-too-large"
    parts = cut(leaves(*[15_000] * 600))
    assert len(parts) == 3
    assert max(map(len, parts)) <= batch.MAX_BATCH


def test_nothing_to_send() -> None:
    """Of no entries there is no batch."""
    assert cut(leaves(1), first=1) == []


def test_file_name() -> None:
    """On a stick a batch bears box, incarnation and entries in its name."""
    name = batch.file_name("0123456789abcdef", 0x2A, 3, 1000)
    assert name == "STALLBOX-0123456789ABCDEF-0000002A-0000000003-0000001000.NDJSON"
