"""Stock per box: what the allotments give it, what is gone of that, what is left.

Knows papers and sums. A number that a box gave up counts as its own until an allotment says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.core import allotment
from appliance.core.allotment import Allotment
from appliance.core.envelope import Kind
from appliance.core.manifest import MAX_SIZE, Manifest
from appliance.errors import PaperError
from provisioning.collector.books import Used
from provisioning.collector.known import Known

_NOTHING = Used(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shelf:
    """One drop at one box. `allotted` and `left` None: an open edition, or no allotment that holds."""

    box: str
    sold: int
    burnt: int
    allotted: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Edition:
    """One drop. `manifest` None: boxes sold it, and its papers are not here. `fault`: why no allotment counts."""

    drop: str
    manifest: Manifest | None
    shelves: tuple[Shelf, ...]
    reserve: int
    fault: str | None


def editions(known: Known, used: Mapping[tuple[str, str], Used]) -> list[Edition]:
    """Every drop that there are papers of or that was sold, by title."""
    drops = {*known.drops, *(drop for _, drop in used)}
    found = [_edition(known, drop, {box: each for (box, of), each in used.items() if of == drop}) for drop in drops]
    return sorted(found, key=lambda edition: (edition.manifest.title if edition.manifest else "", edition.drop))


def _edition(known: Known, drop: str, used: Mapping[str, Used]) -> Edition:
    manifest = known.drops.get(drop)
    table, fault = _table(known, manifest)
    shares = {share.box for share in table.boxes} if table else set()
    boxes = sorted(shares | set(used), key=lambda box: (known.box_name(box), box))
    reserve = len(allotment.numbers_of(table.reserve)) if table else 0
    return Edition(drop, manifest, tuple(_shelves(boxes, used, table)), reserve, fault)


def _shelves(boxes: list[str], used: Mapping[str, Used], table: Allotment | None) -> Iterator[Shelf]:
    for box in boxes:
        gone = used.get(box, _NOTHING)
        allotted = len(table.numbers(box)) if table else None
        left = None if allotted is None else allotted - gone.numbers - gone.burnt
        yield Shelf(box, gone.sold, gone.burnt, allotted, left)


def _table(known: Known, manifest: Manifest | None) -> tuple[Allotment | None, str | None]:
    """The newest allotment, proved epoch by epoch; else why there is none."""
    if manifest is None or not manifest.numbered:
        return None, None
    offered = [paper.envelope for paper in known.papers if paper.kind is Kind.ALLOTMENT]
    own = [each for each in offered if allotment.parse(each.payload, MAX_SIZE).drop == manifest.drop]
    try:
        epochs = allotment.extend(None, own, manifest, known.chain)
    except PaperError as fault:
        return None, fault.detail
    return (epochs.current, None) if epochs else (None, "There is no allotment of this drop here.")
