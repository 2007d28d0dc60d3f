"""Batches of a box's ledger, and what a ledger says about one sale: its void, its newest claim code."""

from __future__ import annotations

from appliance.core import batch
from appliance.core.audit import audit
from appliance.core.claim import claim_hash, normalise
from appliance.core.documents import read_json
from appliance.core.entries import Entry
from provisioning.verify.case import Case, Ledger
from provisioning.verify.evidence import Piece
from provisioning.verify.finding import Finding, Link, fails, holds, missing
from provisioning.verify.papers import NO_TRUST, trusted

_MAX_HEAD = 64 * 1024


def judge_batch(case: Case, piece: Piece) -> Finding:
    """A run of entries between two checkpoints that the box signed."""
    head = read_json(piece.data.partition(b"\n")[0], "The batch", _MAX_HEAD)
    box_id = str(head.get("box"))
    what = f"ledger of box {box_id}"
    if case.chain is None:
        return Finding(str(piece.path), what, (NO_TRUST,))
    box = case.box(box_id)
    if box is None:
        return Finding(str(piece.path), what, (fails("box", f"no trust document lists box {box_id}."),))
    read = batch.read(piece.data, box.key)
    ledger = case.ledgers.setdefault((read.box, read.incarnation), Ledger())
    for fact in audit(read.box, read.incarnation, read.first, read.leaves):
        if ledger.leaves.setdefault(fact.seq, fact.leaf) != fact.leaf:
            link = fails("fork", f"{box.name} has signed two different entries {fact.seq}: keep both files.")
            return Finding(str(piece.path), what, (link,))
        if fact.entry is None:
            link = fails("entry", f"{box.name} has signed something that is no entry, at {fact.seq}: {fact.fault}")
            return Finding(str(piece.path), what, (link,))
        ledger.entries[fact.seq] = fact.entry
    what = f"ledger of {box.name}, incarnation {read.incarnation}, entries {read.first} to {read.last}"
    signed = holds("checkpoint", f"signed by {box.name} at size {read.last + 1}; every entry stands under it.")
    return Finding(str(piece.path), what, (signed, trusted(case.chain)))


def _after(case: Case, sale: Entry, kind: str) -> list[Entry]:
    """Entries of that kind about the sale, in whatever incarnation of its box."""
    ledgers = sorted((key, ledger) for key, ledger in case.ledgers.items() if key[0] == sale.box)
    found = [entry for _, ledger in ledgers for _, entry in sorted(ledger.entries.items())]
    return [entry for entry in found if entry.type == kind and entry.fields["sale"] == sale.reference]


def later_void(case: Case, sale: Entry, leaf: bytes) -> Link:
    """Whether the sale was taken back, as far as the ledger at hand reaches."""
    voids = _after(case, sale, "void")
    if voids:
        return fails(
            "later void", f"the sale was taken back by entry {voids[0].reference}: {voids[0].fields['reason']}"
        )
    ledger = case.ledgers.get((sale.box, sale.incarnation), Ledger())
    if ledger.leaves.get(sale.seq, leaf) != leaf:
        return fails("entry", f"the box's ledger has another entry {sale.reference}: keep both files as evidence.")
    reach = sale.seq
    while reach + 1 in ledger.leaves:
        reach += 1
    if reach == sale.seq:
        return missing("later void", f"give a newer export of box {sale.box}.", needed=False)
    return holds("later void", f"none up to entry {sale.incarnation}:{reach}.")


def claim_code(case: Case, sale: Entry) -> Link:
    """Whether the holder knows the code of the sale's newest claim."""
    if case.code is None:
        return missing("claim code", "give it with --code, if you hold the copy.", needed=False)
    code = normalise(case.code)
    rotated = [entry.fields["claim"] for entry in _after(case, sale, "claim") if entry.fields["claim"] is not None]
    newest = rotated[-1] if rotated else sale.fields["claim"]
    if code is None or claim_hash(code) != newest:
        return fails("claim code", "this is not the code of the sale's claim, as far as the ledger at hand reaches.")
    return holds("claim code", "the holder knows it.")
