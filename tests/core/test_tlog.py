"""Checkpoints, cosignatures and receipts: what is signed comes back, and nothing that was changed does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.keys import PrivateKey
from appliance.core.merkle import EMPTY_ROOT, Tree, leaf_hash
from appliance.core.notes import COSIGNATURE, ED25519, NoteKey, to_base64
from appliance.core.tlog import (
    Checkpoint,
    Proof,
    cosign,
    origin,
    proof_text,
    read_checkpoint,
    read_origin,
    read_proof,
    receipt_pin,
    sign_checkpoint,
    verify_cosignature,
)
from appliance.errors import PaperError

BOX = PrivateKey(b"b" * 32)
BOX_KEY = BOX.public.raw
COLLECTOR = PrivateKey(b"c" * 32)
NAME = "collector.nmb-2026-12"
LEAVES = [f'{{"seq":{seq}}}'.encode() for seq in range(21)]
TREE = Tree(map(leaf_hash, LEAVES))
CHECKPOINT = Checkpoint(origin(BOX.public.id, 7), TREE.size, TREE.root())
NOTE = sign_checkpoint(CHECKPOINT, BOX.sign, BOX_KEY)
COSIGNED = cosign(NOTE, NAME, COLLECTOR.sign, COLLECTOR.public.raw, 1_795_000_000)
RECEIPT = proof_text(5, TREE.inclusion(5, TREE.size), COSIGNED, LEAVES[5])


def code_of(read: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(PaperError) as caught:
        read(*arguments)
    return caught.value.code


def resigned(body: str) -> str:
    """A note over any text at all, with the box's valid signature."""
    name = body.split("\n", 1)[0]
    return body + "\n" + NoteKey(name, ED25519, BOX_KEY).line(BOX.sign(body.encode()))


def test_the_checkpoint_has_the_published_form() -> None:
    """Three lines, an empty line, and a signature line whose name is the origin."""
    lines = NOTE.split("\n")
    assert lines[:4] == [f"stallbox.local/box/{BOX.public.id}/7", "21", to_base64(TREE.root()), ""]
    assert lines[4].startswith(f"— {lines[0]} ")
    assert lines[5:] == [""]


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 2**32 - 1))
def test_a_checkpoint_comes_back(size: int, root: bytes, incarnation: int) -> None:
    """Reading what was signed gives the same facts."""
    checkpoint = Checkpoint(origin("0123456789abcdef", incarnation), size, root)
    assert read_checkpoint(sign_checkpoint(checkpoint, BOX.sign, BOX_KEY), BOX_KEY) == checkpoint


def test_no_changed_byte_of_a_checkpoint_is_accepted() -> None:
    """Every single byte replaced by its neighbour makes the note unreadable or unsigned."""
    data = NOTE.encode()
    for position in range(len(data)):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        text = changed.decode("utf-8", "surrogateescape")
        assert code_of(read_checkpoint, text, BOX_KEY) in {"doc-malformed", "doc-signature"}, position


def test_no_shortened_checkpoint_is_accepted() -> None:
    """A note cut off anywhere is refused."""
    for length in range(len(NOTE)):
        assert code_of(read_checkpoint, NOTE[:length], BOX_KEY) == "doc-malformed"


def test_another_key_has_not_signed() -> None:
    """A checkpoint is only accepted from the key that is asked for."""
    assert code_of(read_checkpoint, NOTE, COLLECTOR.public.raw) == "doc-signature"


def test_a_cosignature_does_not_stand_for_the_log() -> None:
    """A key of the right bytes whose line is of the cosigner's type has not signed as the log."""
    unsigned = CHECKPOINT.body().decode() + "\n"
    line = NoteKey(CHECKPOINT.origin, COSIGNATURE, BOX_KEY).line(BOX.sign(CHECKPOINT.body()))
    assert code_of(read_checkpoint, unsigned + line, BOX_KEY) == "doc-signature"


def test_unknown_signatures_are_ignored_in_any_number() -> None:
    """Sixteen post-quantum signatures by others do no harm."""
    others = "".join(NoteKey(f"w{n}.example", 0x06, BOX_KEY).line(bytes(2428)) for n in range(16))
    body, line = NOTE.split("\n\n")
    assert read_checkpoint(f"{body}\n\n{others}{line}", BOX_KEY) == CHECKPOINT


def test_one_failing_signature_of_the_log_refuses_the_note() -> None:
    """A second line by the same key that does not hold is not outvoted by the first."""
    failing = NoteKey(CHECKPOINT.origin, ED25519, BOX_KEY).line(bytes(64))
    assert code_of(read_checkpoint, NOTE + failing, BOX_KEY) == "doc-signature"


@pytest.mark.parametrize(
    "body",
    [
        "o\n1\n",
        f"o\n01\n{to_base64(EMPTY_ROOT)}\n",
        f"o\n-1\n{to_base64(EMPTY_ROOT)}\n",
        f"o\n+1\n{to_base64(EMPTY_ROOT)}\n",
        f"o\n1 \n{to_base64(EMPTY_ROOT)}\n",
        f"o\n١\n{to_base64(EMPTY_ROOT)}\n",
        f"o\n{10**16}\n{to_base64(EMPTY_ROOT)}\n",
        f"o\n1\n{to_base64(EMPTY_ROOT)[:-1]}\n",
        f"o\n1\n{to_base64(EMPTY_ROOT[:-1])}\n",
        f"o\n1\n{to_base64(EMPTY_ROOT)}\nan extension\n",
    ],
)
def test_a_signed_text_of_another_form_is_no_checkpoint(body: str) -> None:
    """A valid signature does not excuse a text that has other lines or other numbers."""
    assert code_of(read_checkpoint, resigned(body), BOX_KEY) == "doc-malformed"


def test_a_cosignature_tells_its_time_and_leaves_the_checkpoint_as_it_was() -> None:
    """The cosigned note reads as before for the log's key, and gives the cosigner's time for its own."""
    assert COSIGNED.startswith(NOTE)
    assert read_checkpoint(COSIGNED, BOX_KEY) == CHECKPOINT
    assert verify_cosignature(COSIGNED, NAME, COLLECTOR.public.raw) == 1_795_000_000


def test_the_newest_of_several_cosignatures_counts() -> None:
    """A cosigner that signed twice last saw the checkpoint at the later time."""
    twice = cosign(COSIGNED, NAME, COLLECTOR.sign, COLLECTOR.public.raw, 1_795_000_060)
    assert verify_cosignature(twice, NAME, COLLECTOR.public.raw) == 1_795_000_060


def test_no_changed_byte_of_a_cosigned_checkpoint_is_accepted() -> None:
    """A change in body, name, time or signature makes it fail; the box's own line is not its matter."""
    data = COSIGNED.encode()
    start, end = len(CHECKPOINT.body()) + 1, len(NOTE.encode())
    for position in [*range(start), *range(end, len(data))]:
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        text = changed.decode("utf-8", "surrogateescape")
        codes = {"doc-malformed", "doc-signature"}
        assert code_of(verify_cosignature, text, NAME, COLLECTOR.public.raw) in codes, position


def test_a_cosignature_is_found_by_name_and_key() -> None:
    """Another name or another key has not cosigned, and a note without cosignature has none."""
    assert code_of(verify_cosignature, COSIGNED, "collector.other", COLLECTOR.public.raw) == "doc-signature"
    assert code_of(verify_cosignature, COSIGNED, NAME, BOX_KEY) == "doc-signature"
    assert code_of(verify_cosignature, NOTE, NAME, COLLECTOR.public.raw) == "doc-signature"


def test_a_cosignature_too_short_or_beyond_time_is_refused() -> None:
    """A line without room for a signature fails, and so does a time that no calendar holds."""
    key = NoteKey(NAME, COSIGNATURE, COLLECTOR.public.raw)
    assert code_of(verify_cosignature, NOTE + key.line(b"1234"), NAME, key.public) == "doc-signature"
    assert code_of(verify_cosignature, NOTE + key.line(b"\xff" * 72), NAME, key.public) == "doc-malformed"


def test_only_checkpoints_are_cosigned() -> None:
    """A cosigner puts its key under no other signed note."""
    note = "any text\n\n" + NOTE.split("\n\n")[1]
    assert code_of(cosign, note, NAME, COLLECTOR.sign, COLLECTOR.public.raw, 1) == "doc-malformed"


@given(st.integers(0, TREE.size - 1))
def test_a_receipt_comes_back_and_stands(index: int) -> None:
    """A receipt read again has its parts unchanged and its leaf under its checkpoint."""
    hashes = TREE.inclusion(index, TREE.size)
    proof = read_proof(proof_text(index, hashes, COSIGNED, LEAVES[index]))
    assert proof == Proof(index, tuple(hashes), COSIGNED, LEAVES[index])
    assert proof.stands_under(read_checkpoint(proof.checkpoint, BOX_KEY))


def test_the_receipt_has_the_published_form() -> None:
    """Head, extra, index, one line per hash, an empty line, the checkpoint verbatim."""
    lines = RECEIPT.split("\n")
    hashes = [to_base64(each) for each in TREE.inclusion(5, TREE.size)]
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", f"extra {to_base64(LEAVES[5])}", "index 5"]
    assert lines[3 : 3 + len(hashes)] == hashes
    assert RECEIPT.endswith("\n\n" + COSIGNED)


def test_no_changed_byte_of_a_receipt_stands() -> None:
    """Leaf, index, hashes and checkpoint: one changed byte and the receipt fails."""

    def stands(text: str) -> bool:
        try:
            proof = read_proof(text)
            return proof.stands_under(read_checkpoint(proof.checkpoint, BOX_KEY))
        except PaperError:
            return False

    data = proof_text(5, TREE.inclusion(5, TREE.size), NOTE, LEAVES[5]).encode()
    assert stands(data.decode())
    for position in range(len(data)):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        assert not stands(changed.decode("utf-8", "surrogateescape")), position


@pytest.mark.parametrize(
    "text",
    [
        "",
        RECEIPT.replace("@v1", "@v2"),
        RECEIPT.replace("extra ", "other "),
        RECEIPT.replace("index 5", "index 05"),
        RECEIPT.replace("index 5", "index -5"),
        RECEIPT.replace("index 5", "index"),
        RECEIPT.replace("index 5\n", ""),
        RECEIPT.replace("\n\n", "\nAAAA\n\n", 1),
        RECEIPT.split("\n\n")[0],
        RECEIPT.split("\n\n")[0] + "\n\n",
        RECEIPT.replace("\n", "\r\n"),
    ],
)
def test_another_form_is_no_receipt(text: str) -> None:
    """Whatever is not exactly a .tlog-proof with a leaf is doc-malformed."""
    assert code_of(read_proof, text) == "doc-malformed"


def test_a_huge_receipt_is_refused() -> None:
    """The size has a limit."""
    assert code_of(read_proof, "x" * 300_000) == "doc-too-large"


def test_the_origin_names_box_and_incarnation() -> None:
    """What origin() writes, read_origin() reads; other names are refused."""
    assert read_origin(origin("0123456789abcdef", 2**32 - 1)) == ("0123456789abcdef", 2**32 - 1)
    for name in ("", "stallbox.local/box/0123456789ABCDEF/1", f"stallbox.local/box/{'0' * 16}/01"):
        assert code_of(read_origin, name) == "doc-malformed"
    assert code_of(read_origin, origin("0123456789abcdef", 2**32)) == "doc-malformed"


def test_the_pin_fits_a_small_code() -> None:
    """A receipt pin has FORMATS §5's fields in the alphabet of alphanumeric QR codes."""
    pin = receipt_pin("0123456789abcdef", 0xBEEF, 5, TREE.root(6))
    assert pin == f"SB1R:0123456789ABCDEF:0000BEEF:5:{TREE.root(6)[:8].hex().upper()}"
