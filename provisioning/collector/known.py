"""The signed papers that a collector was given: who its boxes are, what drops are called, what boxes should hear.

Reads folders and believes signatures alone; a file that is no paper is passed over. It signs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from appliance.core import allotment, clock_reset, envelope, manifest, trust
from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind
from appliance.core.manifest import MAX_SIZE, Manifest
from appliance.core.trust import Chain
from appliance.errors import PaperError, StoreError
from appliance.files import read_limited

T = TypeVar("T")
ENDING = ".dsse.json"
_MAX_SENT = 2 * 1024 * 1024  # bytes of papers in one answer


@dataclass(frozen=True, slots=True)
class Paper:
    """One envelope: its length as it lies on the disk, and what an answer holds of it. `boxes` None: for every box."""

    kind: Kind
    length: int
    sent: object
    envelope: Envelope
    boxes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the papers say together; `drops` by drop id, newest version."""

    chain: Chain
    drops: dict[str, Manifest]
    papers: tuple[Paper, ...]

    def box_name(self, box: str) -> str:
        member = self.chain.ever_box(box)
        return member.name if member else box

    def title(self, drop: str) -> str:
        manifest = self.drops.get(drop)
        return manifest.title if manifest else f"Drop {drop}"

    def option(self, drop: str, price: str) -> str:
        """What a price option is called."""
        manifest = self.drops.get(drop)
        found = manifest.price(price) if manifest else None
        return found.title if found else price

    def is_removed(self, box: str) -> bool:
        """Whether the newest trust document lists the box no more, or revokes its key."""
        member = self.chain.current.box(box)
        return member is None or member.key.did in self.chain.revoked_keys

    def sent_to(self, box: str) -> list[object]:
        """The papers for a box, as an answer holds them (FORMATS §6); what is too much waits for another way."""
        found: list[object] = []
        room = _MAX_SENT
        for paper in self.papers:
            if paper.boxes is not None and box not in paper.boxes:
                continue
            room -= paper.length
            if room >= 0:
                found.append(paper.sent)
        return found


def read_papers(folders: Sequence[Path], pin: str | None) -> Known:
    """Everything below these folders. Trust begins with the document of digest `pin`, else with the oldest one.

    StoreError where no trust document holds.
    """
    read = list(_papers(folders))
    trusts = [paper for paper in read if paper.kind is Kind.TRUST]
    versions = [(version.version, paper) for paper in trusts if (version := _parsed(trust.parse, paper)) is not None]
    oldest = min(versions, key=lambda found: found[0], default=(0, None))[1]
    if oldest is None:
        places = ", ".join(map(str, folders))
        raise StoreError("store", f"There is no trust document in {places}. Sign one: stallbox-organizer trust sign")
    step = trust.extend(None, pin or oldest.envelope.digest, [paper.envelope for _, paper in versions], 0)
    if step.chain is None:
        raise StoreError("store", f"The trust document does not hold: {step.fault.detail if step.fault else ''}")
    drops = dict(_drops(read, step.chain))
    return Known(step.chain, drops, tuple(_in_order(read, step.chain, drops)))


def stamp(folders: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a paper does."""
    return tuple(_stamps(folders))


def _stamps(folders: Iterable[Path]) -> Iterator[tuple[str, int, int]]:
    for path in _files(folders):
        try:
            found = path.stat()
        except FileNotFoundError:
            continue  # gone since it was listed
        yield str(path), found.st_mtime_ns, found.st_size


def _files(folders: Iterable[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob(f"*{ENDING}") if path.is_file())


def _papers(folders: Sequence[Path]) -> Iterator[Paper]:
    seen = set()
    for path in _files(folders):
        try:
            data = read_limited(path, MAX_ENVELOPE, f"The paper {path}")
        except PaperError:
            continue  # too large for a paper, or gone since it was listed
        for kind in (Kind.TRUST, Kind.DROP, Kind.ALLOTMENT, Kind.CLOCK_RESET):
            try:
                read = envelope.read(data, kind)
            except PaperError:
                continue  # of another kind, or none
            if read.digest not in seen:
                seen.add(read.digest)
                yield Paper(kind, len(data), json.loads(data), read)


def _drops(papers: Iterable[Paper], chain: Chain) -> Iterator[tuple[str, Manifest]]:
    """Older versions first, so that the newest is what counts."""
    found = []
    for paper in papers:
        if paper.kind is Kind.DROP:
            read = _parsed(manifest.parse, paper)
            if read is not None and paper.envelope.signers(chain.keys_of(read.origin.did)):
                found.append(read)
    yield from ((read.drop, read) for read in sorted(found, key=lambda read: read.version))


def _in_order(papers: Iterable[Paper], chain: Chain, drops: dict[str, Manifest]) -> Iterator[Paper]:
    """What boxes should hear, the most needed first: trust, clock resets, allotments."""
    by_kind = {kind: [paper for paper in papers if paper.kind is kind] for kind in Kind}
    listed = {version.digest for version in chain.versions}
    yield from (paper for paper in by_kind[Kind.TRUST] if paper.envelope.digest in listed)
    for paper in by_kind[Kind.CLOCK_RESET]:
        reset = _parsed(clock_reset.parse, paper)
        if reset is not None and chain.was_root_of(paper.envelope):
            yield replace(paper, boxes=frozenset({reset.box}))
    for paper in by_kind[Kind.ALLOTMENT]:
        table = _parsed(lambda payload: allotment.parse(payload, MAX_SIZE), paper)
        drop = drops.get(table.drop) if table is not None else None
        if table is None or drop is None:
            continue
        if chain.was_root_of(paper.envelope) or paper.envelope.signers(chain.keys_of(drop.origin.did)):
            yield replace(paper, boxes=frozenset(part.box for part in table.boxes))


def _parsed(parse: Callable[[bytes], T], paper: Paper) -> T | None:
    """What the paper says; None where it is none, and so is passed over."""
    try:
        return parse(paper.envelope.payload)
    except PaperError:
        return None
