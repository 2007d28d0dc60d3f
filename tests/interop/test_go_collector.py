"""The Go project's sumdb packages read what the collector gives: its acknowledgements, and the proofs of its cases."""

from __future__ import annotations

import base64
import contextlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.tlog import origin
from provisioning.collector import database, evidence
from tests.depth import depth
from tests.interop.tools import verify_answer_with_go, verify_receipt_with_go
from tests.provisioning.collecting import BOX, COSIGNER, NOTE, OTHER, sold, take
from tests.provisioning.ledgers import Ledger

pytestmark = pytest.mark.interop

LOG = (origin(BOX.public.id, 5), BOX.public.raw)
CLOUD = (NOTE, COSIGNER.public.raw)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(database.connect(tmp_path / "collector.db")) as connection:
        yield connection


@pytest.fixture
def acknowledgement(db: sqlite3.Connection, tmp_path: Path) -> Path:
    """The cosigned checkpoint that answers two batches, the later one first."""
    ledger = sold(Ledger(BOX), *range(1, 30))
    take(db, ledger.batch(17))
    answered = take(db, ledger.batch(0, 17))
    assert answered.checkpoint is not None
    path = tmp_path / "acknowledgement"
    path.write_text(answered.checkpoint)
    return path


def test_go_verifies_an_acknowledgement_with_both_keys(acknowledgement: Path) -> None:
    """The box's Ed25519 line and the cosigner's tlog-cosignature v1 hold; with another key neither does."""
    assert verify_answer_with_go(acknowledgement, LOG, CLOUD)
    assert not verify_answer_with_go(acknowledgement, (LOG[0], OTHER.public.raw), CLOUD)
    assert not verify_answer_with_go(acknowledgement, LOG, (NOTE, OTHER.public.raw))
    assert not verify_answer_with_go(acknowledgement, LOG, ("collector.elsewhere", COSIGNER.public.raw))


def test_go_refuses_a_flipped_bit(acknowledgement: Path) -> None:
    """Wherever a bit is another, in the text or in either signature, one of the two keys does not hold."""
    whole = acknowledgement.read_bytes()
    chance = random.Random(3)
    for place in chance.sample(range(8 * len(whole)), depth(60, 8 * len(whole))):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        if _signatures(changed) == _signatures(whole):
            continue  # stray bits of base64, which Go's decoder passes over: not one byte is another
        acknowledgement.write_bytes(changed)
        assert not verify_answer_with_go(acknowledgement, LOG, CLOUD), changed


def test_go_verifies_the_evidence_of_a_case(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Each exhibit is a receipt that shows its entry under its own box's checkpoint."""
    take(db, sold(Ledger(BOX), *range(1, 40)).batch())
    take(db, sold(Ledger(OTHER), 50, 17, 51).batch())
    [found] = evidence.cases(db)
    case = evidence.case(db, found.id)
    assert case is not None
    keys = {each.public.id: each.public.raw for each in (BOX, OTHER)}
    assert {exhibit.box for exhibit in case.exhibits} == set(keys)
    for exhibit in case.exhibits:
        assert exhibit.receipt is not None
        path = tmp_path / "receipt"
        path.write_text(exhibit.receipt)
        assert verify_receipt_with_go(path, origin(exhibit.box, 5), keys[exhibit.box])
        path.write_text(exhibit.receipt.replace("\nindex ", "\nindex 1", 1))
        assert not verify_receipt_with_go(path, origin(exhibit.box, 5), keys[exhibit.box])


def _signatures(note: bytes) -> list[bytes]:
    """The text, and each signature line's name and bytes, as a decoder reads them that forgives stray bits."""
    text, _, lines = bytes(note).rpartition(b"\n\n")
    found = [text]
    for line in lines.splitlines():
        name, _, signed = line.rpartition(b" ")
        try:
            found += [name, base64.b64decode(signed, validate=True)]
        except ValueError:
            found.append(line)
    return found
