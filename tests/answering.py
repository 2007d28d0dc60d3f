"""The collector as the box meets it: answers to batches, cosigned, every field bendable."""

from __future__ import annotations

from appliance.core.documents import write_json
from appliance.core.keys import PrivateKey
from appliance.core.tlog import cosign
from appliance.stall.stall import Stall
from tests.organizer import NOW, Organizer

NOTE = "collector.nmb-2026-12"


def cosigned(stall: Stall, organizer: Organizer, size: int | None = None, *, at: int = NOW + 600) -> str:
    """The box's checkpoint at this size (all there is), with the line of the organizer's cosigner."""
    ledger = stall.house.ledger
    checkpoint = ledger.log(ledger.incarnation).checkpoint(ledger.head.size if size is None else size)
    return signed(checkpoint, organizer.cosigner, at)


def signed(checkpoint: str, cosigner: PrivateKey, at: int = NOW + 600, name: str = NOTE) -> str:
    return cosign(checkpoint, name, cosigner.sign, cosigner.public.raw, at)


def answer(stall: Stall, checkpoint: str | None, **fields: object) -> bytes:
    """An answer about the incarnation that is written now; `fields` replace its own."""
    house = stall.house
    usual = {
        "spec": 1,
        "box": house.box_id,
        "incarnation": house.ledger.incarnation,
        "checkpoint": checkpoint,
        "missing": [],
        "verdicts": [],
        "papers": [],
    }
    return write_json({**usual, **fields})


def file_name(stall: Stall, last: int) -> str:
    """The answer as a file (FORMATS §6)."""
    return f"STALLBOX-{stall.house.box_id.upper()}-{stall.house.ledger.incarnation:08X}-{last:010}.ACK.JSON"
