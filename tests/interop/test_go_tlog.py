"""The Go project's sumdb packages read our checkpoints, cosignatures and receipts."""

from __future__ import annotations

import pytest

from appliance.core.keys import PrivateKey
from appliance.core.tlog import cosign
from tests.interop.conftest import ENTRIES, Ledger
from tests.interop.tools import cosignature_time_with_go, verify_growth_with_go, verify_receipt_with_go

pytestmark = pytest.mark.interop

COLLECTOR = PrivateKey(b"collector" + bytes(23))
NAME = "collector.nmb-2026-12"


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, ENTRIES), (5, 6), (7, 8), (12, ENTRIES), (20, ENTRIES)])
def test_go_finds_the_leaf_of_a_receipt(ledger: Ledger, index: int, size: int) -> None:
    """sumdb/note opens the checkpoint in our receipt and sumdb/tlog accepts its inclusion proof."""
    assert verify_receipt_with_go(ledger.receipt(index, size), ledger.origin, ledger.public)


@pytest.mark.parametrize(
    ("old", "new"),
    [("index 5", "index 6"), ("extra ey", "extra fy"), ("\n21\n", "\n20\n"), ("— stallbox.local", "— other.local")],
)
def test_go_refuses_a_changed_receipt(ledger: Ledger, old: str, new: str) -> None:
    """Another index, leaf, size or signer is refused by foreign software too."""
    receipt = ledger.receipt(5, ENTRIES)
    text = receipt.read_text()
    assert old in text
    receipt.write_text(text.replace(old, new))
    assert not verify_receipt_with_go(receipt, ledger.origin, ledger.public)


def test_go_refuses_another_box(ledger: Ledger) -> None:
    """A receipt is not accepted for a log that another key signs."""
    receipt = ledger.receipt(5, ENTRIES)
    assert not verify_receipt_with_go(receipt, ledger.origin, COLLECTOR.public.raw)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (8, ENTRIES), (13, ENTRIES), (ENTRIES, ENTRIES)])
def test_go_finds_that_the_log_only_grew(ledger: Ledger, old: int, new: int) -> None:
    """sumdb/tlog accepts the consistency proof between two of our checkpoints."""
    proof = ledger.tree.consistency(old, new)
    before, after = ledger.checkpoint(old), ledger.checkpoint(new)
    assert verify_growth_with_go(before, after, proof, ledger.origin, ledger.public)


def test_go_refuses_a_changed_consistency_proof(ledger: Ledger) -> None:
    """A proof with one wrong hash, or one hash less, does not show growth."""
    proof = ledger.tree.consistency(13, ENTRIES)
    before, after = ledger.checkpoint(13), ledger.checkpoint(ENTRIES)
    for wrong in ([proof[0][::-1], *proof[1:]], proof[:-1], []):
        assert not verify_growth_with_go(before, after, wrong, ledger.origin, ledger.public)


def test_go_reads_the_time_of_a_cosignature(ledger: Ledger) -> None:
    """sumdb/note finds the cosigner's line beside the box's and tells its time."""
    note = ledger.checkpoint(ENTRIES).read_text()
    cosigned = ledger.write("cosigned", cosign(note, NAME, COLLECTOR.sign, COLLECTOR.public.raw, 1_795_000_000))
    assert cosignature_time_with_go(cosigned, NAME, COLLECTOR.public.raw) == 1_795_000_000
    assert cosignature_time_with_go(cosigned, NAME, ledger.public) is None


def test_a_cosigned_checkpoint_still_serves_a_receipt(ledger: Ledger) -> None:
    """The additional line disturbs nobody who only knows the box."""
    receipt = ledger.receipt(5, ENTRIES)
    head, checkpoint = receipt.read_text().split("\n\n", 1)
    cosigned = cosign(checkpoint, NAME, COLLECTOR.sign, COLLECTOR.public.raw, 1_795_000_000)
    receipt.write_text(f"{head}\n\n{cosigned}")
    assert verify_receipt_with_go(receipt, ledger.origin, ledger.public)
