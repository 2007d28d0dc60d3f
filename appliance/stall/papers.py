"""Papers come in: a bundle is read, judged, its files shelved, its papers kept, and only then sold from.

A drop that fails any check never reaches the catalogue; trust documents that hold are kept even then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core import certificate, courier, manifest, time_sources, trust
from appliance.core.envelope import MAX_ENVELOPE, Kind, kind_of, read
from appliance.core.manifest import Item, Manifest
from appliance.core.status import Fault
from appliance.core.stick import PAPER_ENDING
from appliance.draw import cover
from appliance.errors import PaperError
from appliance.stall.bundle import MANIFEST, Bundle, Signed, read_bundle
from appliance.stall.catalogue import Catalogue, HeldDrop, Pictures
from appliance.stall.house import House
from appliance.stall.noting import noting
from appliance.stall.released import note_unknown_releases
from appliance.stall.small_papers import Taken, take_reset
from appliance.stall.timekeeping import hear
from appliance.stall.verdict import Verdict, judge_again, judge_drop, judge_trust
from appliance.store import numbers, shelved
from appliance.store.ledger import Book
from appliance.store.shelf import Shelf, Shelved
from appliance.tree import Tree, open_tree

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ingested:
    """A bundle that is in. `is_news` False: this very version was here already."""

    slug: str
    title: str
    version: int
    is_news: bool

    def answer(self) -> dict[str, object]:
        """As commands print it."""
        return {"slug": self.slug, "title": self.title, "version": self.version, "news": self.is_news}


class Papers:
    def __init__(self, house: House, catalogue: Catalogue) -> None:
        self._house = house
        self._catalogue = catalogue
        self._turn = asyncio.Lock()

    async def ingest(self, path: Path, progress: Progress | None = None) -> Ingested | Taken:
        """Takes in the bundle, or the file of a paper without a drop, that lies at this path; see `take`."""
        if not path.parent.is_dir():
            raise PaperError("missing-file", f"{path} is not a bundle: there is no such folder.")
        if not path.name.endswith(PAPER_ENDING) and not (path / MANIFEST).is_file():
            raise PaperError(
                "missing-file",
                f"{path} is not a bundle: that is a folder with {MANIFEST}, as `stallbox-organizer drop pack` makes.",
            )
        with await asyncio.to_thread(open_tree, path.parent) as place:
            return await self.take(place, path.name, progress)

    async def take(self, place: Tree, name: str, progress: Progress | None = None) -> Ingested | Taken:
        """Takes a bundle in, whole or not at all, or the file of a paper without a drop.

        PaperError says what is wrong with it; nothing is lost then. `progress` hears, in a thread, how many bytes of
        how many are on the shelf.
        """
        if name.endswith(PAPER_ENDING):
            return await self.take_paper(await asyncio.to_thread(place.read, name, MAX_ENVELOPE, f"The paper {name}"))
        async with self._turn:
            with await asyncio.to_thread(place.folder, name) as folder:
                return await self._ingest(folder, progress)

    async def take_paper(self, data: bytes) -> Taken:
        """Takes in a paper without a drop: a clock-reset, or a trust document that follows on those held."""
        if kind_of(data) is Kind.TRUST:
            return await self.take_trust([data])
        async with self._turn:
            return await take_reset(self._house, self._catalogue.chain, data)

    async def take_trust(self, papers: Sequence[bytes]) -> Taken:
        """Takes in trust documents, at least one, in any order; those that hold are kept even if a later one does
        not."""
        offered = tuple(Signed(read(data, Kind.TRUST), data) for data in papers)
        async with self._turn:
            before = self._catalogue.chain
            chain = await self._adopt_trust(offered)
        return Taken(Kind.TRUST.value, chain.current.version, is_news=chain is not before)

    def check_courier(self, data: bytes) -> None:
        """PaperError unless this courier paper holds for this box's event now."""
        chain = self._catalogue.chain
        if chain is None:
            raise PaperError("doc-gap", "This box has no trust document yet. Bring a bundle first.")
        courier.check(read(data, Kind.COURIER), chain.current, self._house.now().lo)

    async def _ingest(self, folder: Tree, progress: Progress | None) -> Ingested:
        house, catalogue = self._house, self._catalogue
        bundle = await asyncio.to_thread(read_bundle, folder, house.box_id)
        chain = await self._adopt_trust(bundle.trust)
        held = await asyncio.to_thread(self._held_certificates, bundle)
        verdict = await asyncio.to_thread(
            judge_drop, bundle, chain, catalogue.drops, held, house.box_id, house.now().lo
        )
        pictures = await self._shelve(bundle, verdict.manifest, progress)
        await asyncio.to_thread(self._keep, bundle, verdict)
        await self._sell_from_now_on(verdict, pictures)
        await self._hear_allotments(bundle, verdict, chain)
        new = verdict.manifest
        return Ingested(new.slug, new.title, new.version, verdict.is_news)

    async def _hear_allotments(self, bundle: Bundle, verdict: Verdict, chain: trust.Chain) -> None:
        """Those that the root has signed say what has passed; a creator's say nothing of the time (FORMATS §3)."""
        by_root = {s.envelope.digest for s in bundle.allotments if chain.current.is_met_by(s.envelope)}
        issued = [epoch.issued for epoch in verdict.epochs.all if epoch.digest in by_root] if verdict.epochs else []
        if issued:
            await hear(self._house, time_sources.paper(Kind.ALLOTMENT.value, max(issued)))

    async def _adopt_trust(self, offered: tuple[Signed, ...]) -> trust.Chain:
        house, before = self._house, self._catalogue.chain
        step = judge_trust(before, house.settings.pin, offered, house.now().lo)
        if step.chain is not None and step.chain is not before:
            data = {signed.envelope.digest: signed.data for signed in offered}
            for paper in step.chain.versions[len(before.versions) if before else 0 :]:
                await asyncio.to_thread(house.papers.keep_trust, paper.version, data[paper.digest])
                await house.record(noting("trust", paper.event, paper.version, paper.digest))
            self._catalogue.chain = step.chain
            await hear(house, time_sources.paper(Kind.TRUST.value, step.chain.current.issued))
            await self._judge_again(step.chain)
        if step.fault is not None:
            raise step.fault
        if step.chain is None:
            raise PaperError("doc-gap", "The bundle has no trust document. Ask the organizer for the whole bundle.")
        return step.chain

    async def _judge_again(self, chain: trust.Chain) -> None:
        """Judged in a thread, which reads the disk; the catalogue is changed on the loop."""
        drops = self._catalogue.drops
        refusals = await asyncio.to_thread(lambda: [self._refusal(held, chain) for held in drops])
        for held, refusal in zip(drops, refusals, strict=True):
            self._catalogue.put(replace(held, refusal=refusal))
            note_sellable(self._house, self._catalogue, held.manifest, refusal)

    def _refusal(self, held: HeldDrop, chain: trust.Chain) -> PaperError | None:
        signed = read(self._house.papers.manifests(held.manifest.drop)[-1], Kind.DROP)
        return judge_again(held, signed, chain)

    def _held_certificates(self, bundle: Bundle) -> dict[int, bytes]:
        drop = manifest.parse(bundle.manifest.envelope.payload).drop
        lines = self._house.papers.certificates(drop)
        return {certificate.read(line).copy.number or 0: line for line in lines}

    async def _shelve(self, bundle: Bundle, new: Manifest, progress: Progress | None) -> Pictures | None:
        """Copies what is not on the shelf yet, and draws the cover's pictures."""
        house, files = self._house, self._catalogue.files
        wanted = {
            item.sha256: item
            for item in new.files
            if item.sha256 not in files or not house.shelf.holds(item.sha256, item.length)
        }
        house.shelf.check_room(sum(item.length for item in wanted.values()))
        done = 0

        def count(size: int) -> None:
            nonlocal done
            done += size
            if progress is not None:
                progress(done, sum(item.length for item in wanted.values()))

        taken = []
        for item in wanted.values():
            taken.append(await asyncio.to_thread(_take_file, house.shelf, bundle, item, count))
        pictures = await asyncio.to_thread(draw_cover, house.shelf, new)
        await house.record(lambda book: shelved.note(book.db, taken))
        files.update({file.sha256: file for file in taken})
        return pictures

    def _keep(self, bundle: Bundle, verdict: Verdict) -> None:
        epochs = {epoch.digest: epoch.epoch for epoch in verdict.epochs.all} if verdict.epochs else {}
        offered = {signed.envelope.digest: signed.data for signed in bundle.allotments}
        self._house.papers.keep_drop(
            verdict.manifest.drop,
            (verdict.manifest.version, bundle.manifest.data),
            {number: offered[digest] for digest, number in epochs.items() if digest in offered},
            [line for _, line in sorted(verdict.certificates.items())],
        )

    async def _sell_from_now_on(self, verdict: Verdict, pictures: Pictures | None) -> None:
        new, house = verdict.manifest, self._house
        before = self._catalogue.by_id(new.drop)
        versions = before.versions if before else ()
        held = HeldDrop((*versions, new) if verdict.is_news else versions, verdict.creator, verdict.epochs, pictures)
        known = len(before.epochs.all) if before and before.epochs else 0

        def install(book: Book) -> None:
            install_numbers(book, held, verdict.certificates, house.box_id)
            cover_item = new.item(new.cover) if new.cover else None
            if pictures is not None and cover_item is not None:
                shelved.note_cover(book.db, cover_item.sha256, pictures.large, pictures.small)
            if verdict.is_news:
                noting("drop", new.drop, new.version, new.digest)(book)
            for epoch in verdict.epochs.all[known:] if verdict.epochs else ():
                noting("allotment", new.drop, epoch.epoch, epoch.digest)(book)

        await house.record(install)
        self._catalogue.put(held)
        note_sellable(house, self._catalogue, new, None)
        await note_unknown_releases(house, held)

    async def quarantine(self, digest: str) -> None:
        """A file of the shelf is no longer what it was: it is not served any more, and the screen says so."""
        house = self._house
        await asyncio.to_thread(house.shelf.quarantine, digest)
        await house.record(lambda book: shelved.quarantine(book.db, digest))
        self._catalogue.files.pop(digest, None)
        for held in self._catalogue.drops:
            note_sellable(house, self._catalogue, held.manifest, held.refusal)


def install_numbers(book: Book, held: HeldDrop, certificates: dict[int, bytes], box_id: str) -> None:
    """Brings the numbers of this box in line with its certificates and the newest allotment."""
    if held.epochs is not None:
        numbers.add(book.db, held.manifest.drop, sorted(certificates.items()))
        epochs = held.epochs
        numbers.allot(book.db, held.manifest.drop, epochs.current.numbers(box_id), epochs.stated_released(box_id))


def note_sellable(house: House, catalogue: Catalogue, newest: Manifest, refusal: PaperError | None) -> None:
    """Says on the screen why a drop that is held cannot be sold, or takes that away."""
    missing = catalogue.missing(newest)
    fault = Fault(refusal.code, refusal.detail) if refusal else None
    if missing:
        text = f"“{newest.title}”: {len(missing)} of its files are damaged. Bring its bundle again."
        fault = Fault("missing-file", text)
    house.note(f"drop {newest.drop}", fault)


def _take_file(shelf: Shelf, bundle: Bundle, item: Item, progress: Callable[[int], None]) -> Shelved:
    with bundle.open(item.path) as file:
        return shelf.take(file, item.path, item.length, item.sha256, progress)


def draw_cover(shelf: Shelf, new: Manifest) -> Pictures | None:
    """Puts the pictures of a drop's cover on the shelf; None where it has none."""
    item = new.item(new.cover) if new.cover else None
    if item is None:
        return None
    cover.check_bytes(item.length)
    with shelf.open(item.sha256) as file:
        made = cover.reencode(file.read())
    return Pictures(shelf.put(made.large).sha256, shelf.put(made.small).sha256)
