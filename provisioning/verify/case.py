"""What has been established so far: the trust chain, and what holds under it. Judging one file adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.core import allotment, envelope, trust
from appliance.core.allotment import Epochs
from appliance.core.entries import Entry
from appliance.core.envelope import Envelope, Kind
from appliance.core.manifest import MAX_SIZE, Manifest
from appliance.core.trust import Chain, Member
from appliance.errors import PaperError
from provisioning.verify.evidence import Piece, Sort


@dataclass
class Ledger:
    """The leaves of one incarnation that stand under checkpoints of its box, by seq."""

    leaves: dict[int, bytes] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)


@dataclass
class Case:
    pin: str | None  # where trust begins; None: there is no trust document at all
    named: bool  # whether somebody named that beginning, or it is only the oldest document at hand
    code: str | None
    now: int  # Unix seconds
    chain: Chain | None = None
    manifests: list[Manifest] = field(default_factory=list)
    epochs: dict[str, Epochs] = field(default_factory=dict)  # by drop id
    ledgers: dict[tuple[str, int], Ledger] = field(default_factory=dict)  # by box id and incarnation
    sales: dict[str, tuple[Entry, bytes]] = field(default_factory=dict)  # by certificate digest, from receipts

    @classmethod
    def open(cls, pieces: Sequence[Piece], *, pin: str | None, code: str | None, now: int) -> Case:
        """A case in which nothing is established yet but where trust begins."""
        trusts = [read for piece in pieces if piece.sort is Sort.TRUST for read in _readable(piece)]
        first = min(trusts, key=_version, default=None)
        oldest = None if first is None else first.digest
        return cls(pin or oldest, pin is not None, code, now)

    def order(self, piece: Piece) -> int:
        """Papers of one kind follow one another by version or epoch; all others stay as they were named."""
        try:
            if piece.sort is Sort.TRUST:
                return _version(envelope.read(piece.data, Kind.TRUST))
            if piece.sort is Sort.ALLOTMENT:
                read = envelope.read(piece.data, Kind.ALLOTMENT)
                return allotment.parse(read.payload, MAX_SIZE).epoch
        except PaperError:
            return 0  # judged in any order, and refused then
        return 0

    def manifest(self, drop: str, version: int | None = None) -> Manifest | None:
        """That version of a drop, or its newest."""
        found = [m for m in self.manifests if m.drop == drop and version in {None, m.version}]
        return max(found, key=lambda m: m.version, default=None)

    def box(self, box_id: str) -> Member | None:
        """A box that some trust document lists."""
        return None if self.chain is None else self.chain.ever_box(box_id)


def _readable(piece: Piece) -> list[Envelope]:
    try:
        read = envelope.read(piece.data, Kind.TRUST)
        trust.parse(read.payload)
    except PaperError:
        return []  # its own finding will say what is wrong with it
    return [read]


def _version(read: Envelope) -> int:
    return trust.parse(read.payload).version
