"""The papers on disk at start: verified again from the pin, then sold from. Nothing is trusted for having been here."""

from __future__ import annotations

import asyncio

from appliance.core import allotment, manifest, trust
from appliance.core.allotment import Epochs
from appliance.core.envelope import Kind, read
from appliance.core.manifest import Manifest
from appliance.core.status import Fault
from appliance.errors import PaperError, StallboxError
from appliance.stall.catalogue import Catalogue, HeldDrop, Pictures
from appliance.stall.house import House
from appliance.stall.papers import install_numbers, note_sellable
from appliance.stall.verdict import judge_again, judge_certificates
from appliance.store import shelved
from appliance.store.papers import PaperShelf
from appliance.store.shelf import Shelved


def editions(papers: PaperShelf) -> dict[str, int]:
    """Sizes of the numbered drops on disk, by drop id: what is blocked when all memory of sales is lost."""
    found = {}
    for drop in papers.drops():
        for data in papers.manifests(drop)[-1:]:
            size = manifest.parse(read(data, Kind.DROP).payload).size
            if size is not None:
                found[drop] = size
    return found


def newest_issue(papers: PaperShelf) -> int:
    """The newest time that a trust document on disk was issued at, Unix seconds: it has certainly passed."""
    return max((trust.parse(read(data, Kind.TRUST).payload).issued for data in papers.trust()), default=0)


async def load(house: House) -> Catalogue:
    """The catalogue of what is on disk. A drop whose papers do not hold is left out, and the screen says so.

    Expiry is no matter here: a held document that has expired stops new papers, not the stall (FORMATS §2.1).
    """
    envelopes = [read(data, Kind.TRUST) for data in house.papers.trust()]
    step = trust.extend(None, house.settings.pin, envelopes, lo=0)
    if step.fault is not None:
        house.note("trust", Fault(step.fault.code, step.fault.detail))
    catalogue = Catalogue(step.chain, (), await _files(house))
    pictures = {source: Pictures(*pair) for source, pair in (await house.reader.covers()).items()}
    if step.chain is None:
        return catalogue
    for drop in house.papers.drops():
        try:
            await _load_drop(house, catalogue, step.chain, drop, pictures)
        except StallboxError as fault:
            house.note(f"drop {drop}", Fault(fault.code, fault.detail))
    return catalogue


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
    if newest.drop != drop or not envelopes[-1].signers(chain.keys_of(newest.origin.did)):
        raise PaperError("doc-signature", f"The papers of “{newest.title}” on this box do not hold. Bring its bundle.")
    epochs = None
    if newest.numbered:
        papers = [read(data, Kind.ALLOTMENT) for data in house.papers.allotments(drop)]
        epochs = allotment.extend(None, papers, newest, chain)
    certificates = await _new_certificates(house, newest, epochs, chain)
    creator = next(c.name for c in reversed(chain.current.creators) if c.origin == newest.origin.did)
    item = newest.item(newest.cover) if newest.cover else None
    held = HeldDrop(versions, creator, epochs, pictures.get(item.sha256) if item else None)
    held = HeldDrop(versions, creator, epochs, held.pictures, judge_again(held, envelopes[-1], chain))
    await _find_files(house, catalogue, newest)
    await house.record(lambda book: install_numbers(book, held, certificates, house.box_id))
    catalogue.put(held)
    note_sellable(house, catalogue, newest, held.refusal)


async def _new_certificates(
    house: House, newest: Manifest, epochs: Epochs | None, chain: trust.Chain
) -> dict[int, bytes]:
    """Those on disk that the ledger's tables do not hold: none but after a ledger was recovered."""
    lines = house.papers.certificates(newest.drop)
    known = (await house.reader.numbers()).get(newest.drop, {})
    if sum(known.values()) == len(lines):
        return {}
    return judge_certificates(lines, newest, epochs, chain, house.box_id, {})


async def _find_files(house: House, catalogue: Catalogue, newest: Manifest) -> None:
    """Takes note of files that lie on the shelf although the ledger's tables do not know them (it was recovered)."""
    found = []
    for item in newest.files:
        if item.sha256 not in catalogue.files and house.shelf.holds(item.sha256, item.length):
            whole = await asyncio.to_thread(house.shelf.check, item.sha256)
            found += [whole] if whole is not None else []
    if found:
        await house.record(lambda book: shelved.note(book.db, found))
        catalogue.files.update({file.sha256: file for file in found})
