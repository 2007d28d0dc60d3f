"""Which box gets which numbers of an edition: the next epoch of an allotment, signed by the creator or the root.

Knows how a person writes shares, what follows for boxes that are not named, and that a number moves only after its
box gave it up where a cosigner saw it (FORMATS §2.3). Opens no key file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.core import allotment, envelope
from appliance.core.allotment import Allotment, Epochs, numbers_of, ranges_of
from appliance.core.documents import write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.manifest import Manifest
from appliance.core.trust import Chain, Trust
from appliance.errors import RequestError, WorkspaceError
from provisioning import roster, trust
from provisioning.collector import releases
from provisioning.collector.releases import Release
from provisioning.drops import DropFolder
from provisioning.papers import allotment_fields
from provisioning.workspace import Workspace

_SPANS = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*")


@dataclass(frozen=True, slots=True)
class Wish:
    """A box by its name, and the numbers it is to have; none at all is written `stall-7=`."""

    box: str
    numbers: frozenset[int]


def parse_wish(text: str) -> Wish:
    """`stall-7=1-60` or `stall-7=1-40,61-70`."""
    box, equals, spans = text.rpartition("=")
    if not box or not equals:
        raise RequestError("bad-request", f"{text!r} is no share: write BOX=1-60 or BOX=1-40,61-70.")
    return Wish(box, parse_numbers(spans))


def parse_numbers(text: str) -> frozenset[int]:
    """`1-40,61-70` as numbers; empty text is none."""
    if not text:
        return frozenset()
    if not _SPANS.fullmatch(text):
        raise RequestError("bad-request", f"{text!r} are no numbers: write 1-60 or 1-40,61-70.")
    spans = [(int(span.split("-")[0]), int(span.split("-")[-1])) for span in text.split(",")]
    if backwards := next((span for span in spans if span[0] > span[1] or span[0] < 1), None):
        raise RequestError("bad-request", f"{backwards[0]}-{backwards[1]} is no range of numbers.")
    return numbers_of(spans)


def show_numbers(numbers: frozenset[int]) -> str:
    """The numbers as `parse_numbers` reads them."""
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges_of(numbers))


def shares(epochs: Epochs | None) -> dict[str, frozenset[int]]:
    """Box id → numbers in force now."""
    return {} if epochs is None else {s.box: epochs.current.numbers(s.box) for s in epochs.current.boxes}


def free_numbers(packed: Manifest, epochs: Epochs | None) -> frozenset[int]:
    """What no box has."""
    return frozenset(range(1, (packed.size or 0) + 1)) - frozenset().union(*shares(epochs).values())


def allot(
    workspace: Workspace,
    folder: DropFolder,
    packed: Manifest,
    wishes: Sequence[Wish],
    *,
    key: PrivateKey,
    now: int,
    released: Iterable[Release] = (),
) -> Allotment:
    """Signs and keeps the next epoch: named boxes get exactly what is said, all others keep what they have.

    Of `released`, what is proven and was never stated is stated now: those numbers leave their boxes. RequestError
    where a number would move without that; PaperError where one would be given twice or lies outside the edition.
    """
    if packed.size is None:
        raise WorkspaceError(
            "workspace", f"“{packed.title}” is an open edition: every box may sell it, none has numbers."
        )
    chain = trust.chain(workspace)
    document = chain.current
    held = folder.epochs(packed, chain)
    named = _by_id(document, wishes)
    given_up = {} if held is None else releases.unstated((each for each in released if each.is_proven), held)
    wanted = _without(shares(held), given_up) | named
    last = None if held is None else held.current
    if last is not None:
        _check_moves(chain, packed.slug, last, named, given_up)
    payload = write_json(allotment_fields(packed.drop, packed.size, wanted, now, last, given_up))
    signed = envelope.sign(Kind.ALLOTMENT, payload, [key])
    grown = allotment.extend(held, [envelope.read(signed, Kind.ALLOTMENT)], packed, chain)
    if grown is None:
        raise WorkspaceError("workspace", "The new allotment does not hold.")
    folder.save_allotment(grown.current.epoch, signed)
    return grown.current


GivenUp = Mapping[tuple[str, str], frozenset[int]]


def _of(box: str, given_up: GivenUp) -> frozenset[int]:
    return frozenset().union(*(numbers for (giver, _), numbers in given_up.items() if giver == box))


def _without(held: Mapping[str, frozenset[int]], given_up: GivenUp) -> dict[str, frozenset[int]]:
    return {box: numbers - _of(box, given_up) for box, numbers in held.items()}


def _check_moves(
    chain: Chain, slug: str, last: Allotment, named: Mapping[str, frozenset[int]], given_up: GivenUp
) -> None:
    """RequestError in the organizer's words where a number would leave a box that is not known to have released it."""
    for share in last.boxes:
        box = share.box
        member = chain.ever_box(box)
        name = member.name if member else box
        gone = _of(box, given_up)
        if kept := gone & named.get(box, frozenset()):
            raise RequestError(
                "bad-request",
                f"{name} has released {show_numbers(kept)}: first they leave it. Leave them out now, and give them "
                "back with another allotment after this one.",
            )
        held = last.numbers(box) - gone
        elsewhere = frozenset().union(*(numbers for other, numbers in named.items() if other != box))
        if moved := (held - named[box]) if box in named else held & elsewhere:
            numbers = show_numbers(moved)
            raise RequestError(
                "bad-request",
                f"{name} has {numbers}, and nothing cosigned says that it released them. "
                f"Type `stallbox release {slug} {numbers}` on {name}, then collect its sales, then allot again with "
                "`--released` and the collector's folder. What it has sold stays its own.",
            )


def _by_id(document: Trust, wishes: Sequence[Wish]) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for wish in wishes:
        box = roster.box_named(document, wish.box)
        if box.key.id in found:
            raise RequestError("bad-request", f"{wish.box} is named twice: write all its numbers at once.")
        found[box.key.id] = wish.numbers
    return found
