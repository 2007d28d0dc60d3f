"""The keys and the little ledger that foreign tools are shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.core.keys import PrivateKey
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.tlog import Checkpoint, origin, proof_text, sign_checkpoint

ENTRIES = 21


@dataclass(frozen=True)
class Ledger:
    """A box's log of a few entries, and its checkpoints and receipts as files."""

    folder: Path
    box: PrivateKey
    leaves: list[bytes]
    tree: Tree

    @property
    def origin(self) -> str:
        return origin(self.box.public.id, 3_141_592_653)

    @property
    def public(self) -> bytes:
        return self.box.public.raw

    def checkpoint(self, size: int) -> Path:
        """The signed checkpoint of the first `size` entries."""
        facts = Checkpoint(self.origin, size, self.tree.root(size))
        return self.write("checkpoint", sign_checkpoint(facts, self.box.sign, self.public))

    def receipt(self, index: int, size: int) -> Path:
        """The receipt of one entry under the checkpoint of `size`."""
        note = self.checkpoint(size).read_text()
        return self.write("receipt", proof_text(index, self.tree.inclusion(index, size), note, self.leaves[index]))

    def write(self, kind: str, text: str) -> Path:
        path = self.folder / f"{kind}-{len(list(self.folder.iterdir()))}"
        path.write_text(text)
        return path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    leaves = [f'{{"seq":{seq},"type":"sale"}}'.encode() for seq in range(ENTRIES)]
    return Ledger(tmp_path, PrivateKey(b"box" + bytes(29)), leaves, Tree(map(leaf_hash, leaves)))


@pytest.fixture
def creator() -> PrivateKey:
    return PrivateKey(b"creator" + bytes(25))
