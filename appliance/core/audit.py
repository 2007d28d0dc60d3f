"""What the leaves of a ledger say: read strictly one by one, and which things each of them takes for good.

The first half of an audit: leaves in, facts out. What facts mean together is `settle`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.core import entries
from appliance.core.entries import Entry
from appliance.core.merkle import leaf_hash
from appliance.errors import PaperError


class Once(StrEnum):
    """What may be given away once only."""

    NUMBER = "number"
    TOKEN = "token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Fact:
    """One leaf in its place. `entry` is None where it is signed, and yet no entry: `fault` says why."""

    seq: int
    leaf: bytes
    hash: bytes
    entry: Entry | None
    fault: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Taking:
    """An entry takes something: `name` is `<drop id>:17` for a number, `<issuer>:<cti>` for a payment token."""

    once: Once
    name: str


def audit(box: str, incarnation: int, first: int, leaves: Sequence[bytes]) -> Iterator[Fact]:
    """The facts of leaves that follow one another from seq `first` on."""
    for seq, leaf in enumerate(leaves, first):
        yield _fact(box, incarnation, seq, leaf)


def _fact(box: str, incarnation: int, seq: int, leaf: bytes) -> Fact:
    try:
        entry = entries.read(leaf)
    except PaperError as fault:
        return Fact(seq, leaf, leaf_hash(leaf), None, fault.detail)
    if (entry.box, entry.incarnation, entry.seq) != (box, incarnation, seq):
        return Fact(seq, leaf, leaf_hash(leaf), None, "The entry names another place than the one where it stands.")
    return Fact(seq, leaf, leaf_hash(leaf), entry)


def takings(entry: Entry) -> tuple[Taking, ...]:
    """What the entry takes: a sale its number and its token, an owed entry its token."""
    found = []
    if entry.type == "sale" and entry.fields["number"] is not None:
        found.append(Taking(Once.NUMBER, f"{entry.fields['drop']}:{entry.fields['number']}"))
    token = entry.fields["token"] if entry.type in {"sale", "owed"} else None
    if isinstance(token, dict):
        found.append(Taking(Once.TOKEN, f"{token['issuer']}:{token['cti']}"))
    return tuple(found)
