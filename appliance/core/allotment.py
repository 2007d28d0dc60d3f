"""Which box may sell which numbers: the table of an edition, and the chain of its epochs.

FORMATS §2.3. Each box checks the whole table. Knows no ledger: that a number was released is the signer's to check.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from appliance.core.documents import DIGEST, HEX_ID, Fields, Json, malformed, ranges, read_json
from appliance.core.envelope import Envelope, Kind
from appliance.core.manifest import Manifest
from appliance.core.trust import Chain
from appliance.errors import PaperError

Range = tuple[int, int]
REFERENCE = re.compile(r"(0|[1-9][0-9]{0,9}):(0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Share:
    """The numbers of one box."""

    box: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """Numbers that a box gave up, by the entry of its ledger that says so."""

    box: str
    ranges: tuple[Range, ...]
    entry: str


@dataclass(frozen=True)
class Allotment:
    """One epoch, its table checked by itself: ranges inside the edition and disjoint."""

    drop: str
    epoch: int
    previous: str | None
    issued: int
    boxes: tuple[Share, ...]
    reserve: tuple[Range, ...]
    released: tuple[Released, ...]
    digest: str

    def numbers(self, box: str) -> frozenset[int]:
        return self._by_box.get(box, frozenset())

    @cached_property
    def _by_box(self) -> dict[str, frozenset[int]]:
        return {share.box: numbers_of(share.ranges) for share in self.boxes}


def numbers_of(spans: Iterable[Range]) -> frozenset[int]:
    """The numbers in inclusive ranges."""
    return frozenset(n for first, last in spans for n in range(first, last + 1))


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """The fewest inclusive ranges that hold exactly these numbers, ascending."""
    spans: list[list[int]] = []
    for n in sorted(numbers):
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return spans


def parse(payload: bytes, size: int) -> Allotment:
    """Checks fields and table against an edition of `size`; `doc-malformed` otherwise."""
    f = Fields(
        read_json(payload, "The allotment", Kind.ALLOTMENT.max_payload),
        "allotment",
        *("spec", "drop", "epoch", "previous", "issued", "boxes", "reserve", "released"),
    )
    f.spec()
    allotment = Allotment(
        drop=f.text("drop", HEX_ID),
        epoch=f.integer("epoch", 1),
        previous=f.optional("previous", lambda name: f.text(name, DIGEST)),
        issued=f.time("issued"),
        boxes=tuple(_share(where, item, size) for where, item in f.items("boxes")),
        reserve=ranges(f.at("reserve"), f.raw("reserve"), size),
        released=tuple(_released(where, item, size) for where, item in f.items("released")),
        digest=Envelope(Kind.ALLOTMENT, payload, ()).digest,
    )
    _check_disjoint(allotment)
    if (allotment.epoch == 1) != (allotment.previous is None):
        raise malformed("allotment.previous is null in epoch 1 and in no other")
    return allotment


def _share(where: str, value: Json, size: int) -> Share:
    f = Fields(value, where, "box", "ranges")
    return Share(f.text("box", HEX_ID), ranges(f.at("ranges"), f.raw("ranges"), size))


def _released(where: str, value: Json, size: int) -> Released:
    f = Fields(value, where, "box", "ranges", "entry")
    return Released(f.text("box", HEX_ID), ranges(f.at("ranges"), f.raw("ranges"), size), f.text("entry", REFERENCE))


def _check_disjoint(allotment: Allotment) -> None:
    if len({share.box for share in allotment.boxes}) != len(allotment.boxes):
        raise malformed("allotment.boxes lists one box twice")
    spans = sorted([span for share in allotment.boxes for span in share.ranges] + list(allotment.reserve))
    for (_, last), (first, _) in itertools.pairwise(spans):
        if first <= last:
            raise malformed(f"The allotment gives number {first} away twice")


@dataclass(frozen=True)
class Epochs:
    """Every epoch of one drop's allotment, from 1, each following from the one before; never empty."""

    all: tuple[Allotment, ...]

    @property
    def current(self) -> Allotment:
        return self.all[-1]

    def stated_released(self, box: str) -> Mapping[int, int]:
        """How many epochs say that the box gave a number up, by number."""
        return Counter(
            number
            for epoch in self.all
            for released in epoch.released
            if released.box == box
            for number in numbers_of(released.ranges)
        )

    def ever_gave(self, box: str, number: int) -> bool:
        return any(number in allotment.numbers(box) for allotment in self.all)


def extend(epochs: Epochs | None, envelopes: Sequence[Envelope], manifest: Manifest, chain: Chain) -> Epochs | None:
    """Offers epochs, in any order, to those that are held; None where there were and are none.

    Each must be signed by a key of the drop's creator that none revokes, or by the threshold of a root that was
    in force (`doc-signature`), follow the one before (`doc-gap`, `doc-equivocation`) and move numbers only as they
    were released (`doc-malformed`).
    """
    grown = () if epochs is None else epochs.all
    offered = [(parse(e.payload, manifest.size or 0), e) for e in envelopes]
    for allotment, envelope in sorted(offered, key=lambda pair: pair[0].epoch):
        grown = _next(grown, allotment, envelope, manifest, chain)
    return Epochs(grown) if grown else None


def _next(
    grown: tuple[Allotment, ...], allotment: Allotment, envelope: Envelope, manifest: Manifest, chain: Chain
) -> tuple[Allotment, ...]:
    if allotment.drop != manifest.drop:
        raise PaperError("doc-role", f"This allotment is for another drop than “{manifest.title}”.")
    if allotment.epoch <= len(grown):
        if grown[allotment.epoch - 1].digest != allotment.digest:
            raise PaperError(
                "doc-equivocation",
                f"There are two different allotments {allotment.epoch} of “{manifest.title}”. The one held stays; "
                "tell the creator.",
            )
        return grown
    _check_signed(allotment, envelope, manifest, chain)
    if allotment.epoch != len(grown) + 1:
        raise PaperError("doc-gap", f"Allotment {len(grown) + 1} of “{manifest.title}” is missing in this bundle.")
    if grown:
        check_successor(grown[-1], allotment)
    elif allotment.released:
        raise malformed("The first allotment cannot state released numbers")
    return (*grown, allotment)


def _check_signed(allotment: Allotment, envelope: Envelope, manifest: Manifest, chain: Chain) -> None:
    by_creator = envelope.signers(chain.keys_of(manifest.origin.did))
    if not by_creator and not chain.was_root_of(envelope):
        raise PaperError(
            "doc-signature",
            f"Allotment {allotment.epoch} of “{manifest.title}” is signed neither by its creator nor by the organizer.",
        )


def check_successor(last: Allotment, new: Allotment) -> None:
    """`doc-gap` or `doc-malformed` unless `new` may follow `last` (FORMATS §2.3)."""
    if new.previous != last.digest:
        raise PaperError("doc-gap", f"Allotment {new.epoch} does not follow the allotment {last.epoch} held here.")
    given_up: dict[str, frozenset[int]] = {}
    for released in new.released:
        numbers = numbers_of(released.ranges)
        if numbers & given_up.get(released.box, frozenset()):
            raise malformed(f"Allotment {new.epoch} states a number as released twice")
        given_up[released.box] = given_up.get(released.box, frozenset()) | numbers
    for box, numbers in given_up.items():
        if strange := numbers - last.numbers(box):
            raise malformed(f"Allotment {new.epoch} releases number {min(strange)}, which box {box} did not have")
        if kept := numbers & new.numbers(box):
            raise malformed(f"Allotment {new.epoch} releases number {min(kept)} and leaves it with box {box}")
    for share in last.boxes:
        lost = last.numbers(share.box) - new.numbers(share.box) - given_up.get(share.box, frozenset())
        if lost:
            raise malformed(f"Allotment {new.epoch} takes number {min(lost)} from box {share.box} without a release")
