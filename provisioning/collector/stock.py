"""Stock per box: what the allotments give it, what is gone of that, what is left.

Knows papers, sums and releases. A number that a box gave up is its own no more, as at the box itself, until a later
allotment gives it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.core import allotment
from appliance.core.allotment import Epochs
from appliance.core.envelope import Kind
from appliance.core.manifest import MAX_SIZE, Manifest
from appliance.errors import PaperError
from provisioning.collector import releases
from provisioning.collector.books import Used
from provisioning.collector.known import Known
from provisioning.collector.releases import Release

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


def editions(known: Known, used: Mapping[tuple[str, str], Used], given_up: Sequence[Release] = ()) -> list[Edition]:
    """Every drop that there are papers of or that was sold, by title. `given_up`: every release that is held."""
    drops = {*known.drops, *(drop for _, drop in used)}
    found = [
        _edition(known, drop, {box: each for (box, of), each in used.items() if of == drop}, given_up) for drop in drops
    ]
    return sorted(found, key=lambda edition: (edition.manifest.title if edition.manifest else "", edition.drop))


def _edition(known: Known, drop: str, used: Mapping[str, Used], given_up: Sequence[Release]) -> Edition:
    manifest = known.drops.get(drop)
    epochs, fault = _epochs(known, manifest)
    shares = _shares(epochs, given_up) if epochs else None
    boxes = sorted({*(shares or ()), *used}, key=lambda box: (known.box_name(box), box))
    reserve = len(allotment.numbers_of(epochs.current.reserve)) if epochs else 0
    return Edition(drop, manifest, tuple(_shelves(boxes, used, shares)), reserve, fault)


def _shares(epochs: Epochs, given_up: Sequence[Release]) -> dict[str, int]:
    """How many numbers each box has and did not give up."""
    counts = {share.box: len(epochs.current.numbers(share.box)) for share in epochs.current.boxes}
    for (box, _), numbers in releases.unstated(given_up, epochs).items():
        counts[box] -= len(numbers)
    return counts


def _shelves(boxes: list[str], used: Mapping[str, Used], shares: Mapping[str, int] | None) -> Iterator[Shelf]:
    for box in boxes:
        gone = used.get(box, _NOTHING)
        allotted = None if shares is None else shares.get(box, 0)
        left = None if allotted is None else allotted - gone.numbers - gone.burnt
        yield Shelf(box, gone.sold, gone.burnt, allotted, left)


def _epochs(known: Known, manifest: Manifest | None) -> tuple[Epochs | None, str | None]:
    """The allotments, proved epoch by epoch; else why there are none."""
    if manifest is None or not manifest.numbered:
        return None, None
    offered = [paper.envelope for paper in known.papers if paper.kind is Kind.ALLOTMENT]
    own = [each for each in offered if allotment.parse(each.payload, MAX_SIZE).drop == manifest.drop]
    try:
        epochs = allotment.extend(None, own, manifest, known.chain)
    except PaperError as fault:
        return None, fault.detail
    return (epochs, None) if epochs else (None, "There is no allotment of this drop here.")
