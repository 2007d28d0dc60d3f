"""The papers on disk at start: verified again from the pin, then sold from. Nothing is trusted for having been here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from appliance.core import allotment, manifest, trust
from appliance.core.allotment import Epochs
from appliance.core.envelope import Envelope, Kind, read
from appliance.core.manifest import Manifest
from appliance.core.status import Fault
from appliance.errors import PaperError, StallboxError
from appliance.stall.catalogue import Catalogue, HeldDrop, Pictures
from appliance.stall.house import House
from appliance.stall.noting import note_missing
from appliance.stall.papers import draw_cover, install_numbers, note_sellable
from appliance.stall.verdict import judge_again, judge_certificates
from appliance.store import shelved
from appliance.store.papers import PaperShelf
from appliance.store.shelf import Shelved

T = TypeVar("T")


def editions(papers: PaperShelf) -> dict[str, int]:
    """Sizes of the numbered drops on disk, by drop id: what is blocked when all memory of sales is lost."""
    sizes = {drop: _size(papers, drop) for drop in papers.drops()}
    return {drop: size for drop, size in sizes.items() if size is not None}


def _size(papers: PaperShelf, drop: str) -> int | None:
    """None for an open edition. Of papers that no longer read the size may be anything up to the limit."""
    try:
        newest = papers.manifests(drop)[-1:]
        return manifest.parse(read(newest[0], Kind.DROP).payload).size if newest else None
    except PaperError:
        return manifest.MAX_SIZE


def newest_issue(papers: PaperShelf) -> int:
    """The newest time that a trust document on disk was issued at, Unix seconds: it has certainly passed.

    0 where there is none, or where a clock-reset is held: that may have been made because of one of them.
    """
    if papers.resets():
        return 0
    return max((trust.parse(read(data, Kind.TRUST).payload).issued for data in papers.trust()), default=0)


async def load(house: House) -> Catalogue:
    """The catalogue of what is on disk. A drop whose papers do not hold is left out, and the screen says so.

    Expiry is no matter here: a held document that has expired stops new papers, not the stall (FORMATS §2.1).
    """
    chain = _held_chain(house)
    catalogue = Catalogue(chain, (), await _files(house))
    pictures = {source: Pictures(*pair) for source, pair in (await house.reader.covers()).items()}
    if chain is None:
        return catalogue
    for drop in house.papers.drops():
        try:
            await _load_drop(house, catalogue, chain, drop, pictures)
        except StallboxError as fault:
            house.note(f"drop {drop}", Fault(fault.code, fault.detail))
    await note_missing(house, catalogue)
    return catalogue


def _held_chain(house: House) -> trust.Chain | None:
    """The trust documents on disk as far as they hold; the screen says why not, where they do not."""
    try:
        envelopes = [read(data, Kind.TRUST) for data in house.papers.trust()]
        step = trust.extend(None, house.settings.pin, envelopes, lo=0)
    except PaperError as fault:
        step = trust.Step(None, fault)
    if step.fault is not None:
        house.note("trust", Fault(step.fault.code, f"{step.fault.detail} Bring the organizer's newest bundle."))
    return step.chain


async def _files(house: House) -> dict[str, Shelved]:
    known = await house.reader.shelf()
    return {
        digest: Shelved(digest, length, crc)
        for digest, (length, crc) in known.items()
        if house.shelf.holds(digest, length)
    }


async def _load_drop(
    house: House, catalogue: Catalogue, chain: trust.Chain, drop: str, pictures: dict[str, Pictures]
) -> None:
    envelopes = [read(data, Kind.DROP) for data in house.papers.manifests(drop)]
    if not envelopes:
        return
    versions = tuple(manifest.parse(envelope.payload) for envelope in envelopes)
    newest = versions[-1]
    creator = once(chain, lambda then: signing_creator(newest, drop, envelopes[-1], then))
    epochs = held_epochs(house.papers, newest, chain)
    certificates = await _new_certificates(house, newest, epochs, chain)
    for version in versions:
        await _find_files(house, catalogue, version)
    held = HeldDrop(versions, creator, epochs, await _pictures(house, catalogue, newest, pictures))
    held = HeldDrop(versions, creator, epochs, held.pictures, judge_again(held, envelopes[-1], chain))
    await house.record(lambda book: install_numbers(book, held, certificates, house.box_id))
    catalogue.put(held)
    note_sellable(house, catalogue, newest, held.refusal)


def once(chain: trust.Chain, check: Callable[[trust.Chain], T]) -> T:
    """What `check` answers under the newest trust document, or under the last one before that it does not refuse.

    A key that is revoked later takes away no sold number and no living claim (FORMATS §2.1).
    """
    refusals = []
    for length in range(len(chain.versions), 0, -1):
        try:
            return check(trust.Chain(chain.versions[:length]))
        except PaperError as refusal:
            refusals.append(refusal)
    raise refusals[0]


def signing_creator(newest: Manifest, drop: str, envelope: Envelope, chain: trust.Chain) -> str:
    """The name of the creator whose key signed the manifest; `doc-signature`."""
    if newest.drop == drop and envelope.signers(chain.keys_of(newest.origin.did)):
        for version in reversed(chain.versions):
            creator = version.creator(newest.origin.did)
            if creator is not None:
                return creator.name
    raise PaperError("doc-signature", f"The papers of “{newest.title}” on this box do not hold. Bring its bundle.")


def held_epochs(papers: PaperShelf, newest: Manifest, chain: trust.Chain) -> Epochs | None:
    """The epochs on disk, verified; None for an open edition, and where there are none."""
    epochs: Epochs | None = None
    for data in papers.allotments(newest.drop) if newest.numbered else ():
        offered = [read(data, Kind.ALLOTMENT)]
        epochs = once(chain, partial(allotment.extend, epochs, offered, newest))
    return epochs


async def _new_certificates(
    house: House, newest: Manifest, epochs: Epochs | None, chain: trust.Chain
) -> dict[int, bytes]:
    """Those on disk that the ledger's tables do not hold: none but after a ledger was recovered."""
    lines = house.papers.certificates(newest.drop)
    known = (await house.reader.numbers()).get(newest.drop, {})
    if sum(known.values()) == len(lines):
        return {}
    return once(chain, lambda then: judge_certificates(lines, newest, epochs, then, house.box_id, {}))


async def _pictures(
    house: House, catalogue: Catalogue, newest: Manifest, known: dict[str, Pictures]
) -> Pictures | None:
    """Of the cover; drawn anew where the ledger's tables do not know them (it was recovered or adopted)."""
    item = newest.item(newest.cover) if newest.cover else None
    if item is None or item.sha256 in known or item.sha256 not in catalogue.files:
        return known.get(item.sha256) if item else None
    try:
        drawn = await asyncio.to_thread(draw_cover, house.shelf, newest)
    except StallboxError:
        return None  # a drop sells without a picture; that the disk is full is said where it matters
    if drawn is not None:
        await house.record(lambda book: shelved.note_cover(book.db, item.sha256, drawn.large, drawn.small))
    return drawn


async def _find_files(house: House, catalogue: Catalogue, newest: Manifest) -> None:
    """Takes note of files that lie on the shelf although the ledger's tables do not know them."""
    found = []
    for item in newest.files:
        if item.sha256 not in catalogue.files and house.shelf.holds(item.sha256, item.length):
            whole = await asyncio.to_thread(house.shelf.check, item.sha256)
            found += [whole] if whole is not None else []
    if found:
        await house.record(lambda book: shelved.note(book.db, found))
        catalogue.files.update({file.sha256: file for file in found})
