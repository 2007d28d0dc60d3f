"""A box's ledger as its box would show it: entries, receipts and batches, signed with the box's own key."""

from __future__ import annotations

import itertools
import uuid

from appliance.core import batch
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import digest
from appliance.core.entries import Entry
from appliance.core.keys import PrivateKey
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.tlog import proof_text
from tests.organizer import NOW

_BOOT = str(uuid.UUID(int=7))


class Ledger:
    """One incarnation; its first entry is there. `restart`: fields of that which are not those of a first one."""

    def __init__(self, key: PrivateKey, incarnation: int = 5, **restart: object) -> None:
        self._key = key
        self._incarnation = incarnation
        self._tree = Tree()
        self.leaves: list[bytes] = []
        self.add("restart", **{"previous": None, "reason": "first", "blocked": [], **restart})

    @property
    def _log(self) -> batch.Log:
        return batch.Log(self._key.public.id, self._incarnation, self._tree, self._key.sign, self._key.public.raw)

    def add(self, kind: str, /, **fields: object) -> Entry:
        """Appends an entry of that type."""
        seq = len(self.leaves)
        stamp = Stamp(NOW + seq, None, Quality.FLOOR, _BOOT, seq * 1000)
        entry = Entry(self._key.public.id, self._incarnation, seq, kind, stamp, fields)
        self.put(entry.leaf())
        return entry

    def put(self, leaf: bytes) -> None:
        """Appends these very bytes, whatever they are."""
        self.leaves.append(leaf)
        self._tree.append(leaf_hash(leaf))

    def sell(self, drop: str, number: int | None, line: bytes | None, claim: str, **fields: object) -> Entry:
        """A cash sale at the list price."""
        sale: dict[str, object] = {
            "group": str(uuid.UUID(int=9)),
            "drop": drop,
            "version": 1,
            "price": "download",
            "number": number,
            "certificate": None if line is None else digest(line),
            "amount": 800,
            "discount": 0,
            "discount_reason": None,
            "tip": 0,
            "currency": "EUR",
            "method": "cash",
            "tier": None,
            "marked": False,
            "token": None,
            "owed": None,
            "claim": claim,
            "payment_ref": None,
        }
        return self.add("sale", **sale | fields)

    def checkpoint(self, size: int | None = None) -> str:
        """The signed checkpoint of the first `size` entries; of all without a size."""
        return self._log.checkpoint(len(self.leaves) if size is None else size)

    def receipt(self, seq: int) -> bytes:
        """The `.tlog-proof` of an entry under the checkpoint of now."""
        hashes = self._tree.inclusion(seq, self._tree.size)
        text = proof_text(seq, hashes, self._log.checkpoint(self._tree.size), self.leaves[seq])
        return text.encode()

    def batches(self, *cuts: int) -> list[bytes]:
        """Everything as batches that begin at 0 and at each of these entries."""
        starts = [0, *sorted(set(cuts) - {0}), len(self.leaves)]
        spans = itertools.pairwise(starts)
        return [self.batch(first, end) for first, end in spans if first < end]

    def batch(self, first: int = 0, end: int | None = None) -> bytes:
        """Everything from that entry on, and before `end`."""
        [(_, _, data)] = batch.cut(self._log, self.leaves[first:end], first)
        return data
