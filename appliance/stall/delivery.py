"""What a claim serves: files, the archive, and the papers frozen when it was first opened.

Says which bytes, never how they travel. Counts what went out, keeps that now and then and when an answer ends, and
records when everything has.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from appliance.core import archive, tlog
from appliance.core.archive import Member
from appliance.core.coverage import Coverage
from appliance.core.documents import digest
from appliance.core.merkle import Tree
from appliance.core.segments import Segment
from appliance.draw import certificate as drawing
from appliance.errors import ClaimError, RequestError
from appliance.stall.catalogue import Catalogue
from appliance.stall.claims import Claim, Claims
from appliance.stall.house import House
from appliance.stall.past import signable
from appliance.store import sales
from appliance.store.ledger import Book
from appliance.store.rows import SaleRow

CERTIFICATE, PICTURE, RECEIPT, LICENCE = "certificate.json", "certificate.png", "receipt.tlog-proof", "LICENSE.txt"
_TEXT = "text/plain; charset=utf-8"
_ZIP = "application/zip"
_TYPES = {CERTIFICATE: "application/vc+ld+json", PICTURE: "image/png", RECEIPT: _TEXT, LICENCE: _TEXT}


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes to be sent, the same as long as `etag` (strong, without quotes) is.

    `went_out(position, count)` wants to be told what has left; `finished()` be awaited when the answer is over: it
    says whether everything of the claim has gone out by now.
    """

    segments: tuple[Segment, ...]
    etag: str
    content_type: str
    filename: str
    went_out: Callable[[int, int], None]
    finished: Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of an archive or a paper before its claim is opened: its bytes are made then."""

    content_type: str
    filename: str


class Deliveries:
    def __init__(self, house: House, catalogue: Catalogue, claims: Claims) -> None:
        self._house = house
        self._catalogue = catalogue
        self._claims = claims
        self._running: WeakValueDictionary[tuple[int, int], Coverage] = WeakValueDictionary()  # of answers under way
        self._counting = asyncio.Lock()
        self._freezing = asyncio.Lock()

    async def file(self, claim: Claim, path: str, *, opens: bool = True) -> Body:
        """One file of the drop. `not-found` for a path that the manifest does not list, `budget-spent`.

        `opens` False: only its header is wanted, and that does not open the claim.
        """
        item = claim.manifest.item(path)
        if item is None:
            raise RequestError("not-found", "This drop has no such file.", status_hint=404)
        self._check_budget(claim)
        claim = await self._claims.open(claim) if opens else claim
        coverage = await self._coverage_of(claim)
        return Body(
            segments=(Segment(item.length, item.sha256),),
            etag=item.sha256,
            content_type=item.type,
            filename=path.rsplit("/", 1)[-1],
            went_out=lambda position, count: coverage.add(item.path, position, count),
            finished=lambda: self._finished(claim, coverage),
        )

    def outline(self, claim: Claim, kind: str | None = None) -> Outline:
        """Of a paper, or of the archive where no kind is named; opens nothing. `budget-spent missing-file`."""
        if kind is not None:
            return Outline(_TYPES[kind], f"{claim.manifest.slug}-{kind}")
        self._check_budget(claim)
        self._check_files(claim)
        slug = claim.manifest.slug
        return Outline(_ZIP, f"{slug}-{claim.number}.zip" if claim.number else f"{slug}.zip")

    async def archive(self, claim: Claim) -> Body:
        """The personal archive: the same bytes for the same claim for ever. As `outline`."""
        outline = self.outline(claim)
        claim = await self._claims.open(claim)
        papers = await self.papers(claim)
        new, files = claim.manifest, self._catalogue.files
        members = [Member(i.path, i.length, files[i.sha256].crc32, i.sha256) for i in new.files]
        bound = archive.Papers(papers[CERTIFICATE], papers[PICTURE], papers[RECEIPT], papers[LICENCE])
        planned = archive.personal(new.slug, members, bound, new.issued)
        coverage = await self._coverage_of(claim)
        places = archive_places(planned, [i.path for i in new.files if i.length])
        return Body(
            segments=planned.segments,
            etag=planned.etag,
            content_type=outline.content_type,
            filename=outline.filename,
            went_out=lambda position, count: coverage.add_within(places, position, count),
            finished=lambda: self._finished(claim, coverage),
        )

    async def paper(self, claim: Claim, kind: str) -> Body:
        """The certificate, its picture or the receipt; they cost nothing of the budget.

        `not-found` for the receipt of a sale whose ledger was changed on the disk: the box signs none for it.
        """
        outline = self.outline(claim, kind)
        claim = await self._claims.open(claim)
        data = (await self.papers(claim))[kind]
        if not data:
            raise ClaimError(
                "not-found", "The box's ledger was damaged after this sale: it cannot prove it with a receipt."
            )
        return Body(
            segments=(Segment.of_bytes(data),),
            etag=digest(data),
            content_type=outline.content_type,
            filename=outline.filename,
            went_out=lambda position, count: None,
            finished=_nothing_more,
        )

    def _check_budget(self, claim: Claim) -> None:
        running = self._running.get(claim.row.key)
        if claim.bytes_left <= 0 or (running is not None and running.bytes_out >= claim.row.byte_budget):
            raise ClaimError(
                "budget-spent",
                "These files were fetched as often as the creator allows. Ask at the stall: they can top it up.",
                status_hint=403,
            )

    def _check_files(self, claim: Claim) -> None:
        if self._catalogue.missing(claim.manifest):
            raise ClaimError(
                "missing-file", "A file of this drop is damaged on the box. Ask at the stall.", status_hint=503
            )

    async def _coverage_of(self, claim: Claim) -> Coverage:
        """One for all answers of a claim that run at once, from what was kept; it lives as long as one of them.

        Read here and not taken from `claim`, which may be older than what the last answer has kept.
        """
        async with self._counting:
            running = self._running.get(claim.row.key)
            if running is None:
                row = await self._house.reader.sale(claim.row.key)
                assert row is not None, "sales are never deleted"
                running = self._running[claim.row.key] = Coverage(json.loads(row.coverage), row.bytes_out)
            return running

    def sent(self, claim: Claim) -> int:
        """How many bytes of the drop's files have gone out by now, each counted once."""
        running = self._running.get(claim.row.key)
        return (running or Coverage(json.loads(claim.row.coverage), claim.row.bytes_out)).bytes_covered

    async def keep_progress(self) -> None:
        """Keeps what has gone out so far of the answers that still run: a cut of power then forgets no more than that
        since. StoreError where the disk refuses."""
        running = dict(self._running)

        def work(book: Book) -> None:
            for key, coverage in running.items():
                sales.note_progress(book.db, key, coverage.bytes_out, json.dumps(coverage.spans))

        if running:
            await self._house.record(work)

    async def _finished(self, claim: Claim, coverage: Coverage) -> bool:
        """Keeps what has gone out, and records `delivered` when that is everything; whether it is."""
        everything = {item.path: item.length for item in claim.manifest.files}

        def work(book: Book) -> bool:
            standing = sales.standing(book.db, claim.row.key)
            sales.note_progress(book.db, claim.row.key, coverage.bytes_out, json.dumps(coverage.spans))
            is_whole = coverage.is_whole(everything)
            is_news = standing is not None and not standing.delivered and not standing.voided
            if is_news and is_whole:
                book.append("delivered", {"sale": claim.sale, "bytes": coverage.bytes_out})
                sales.mark_delivered(book.db, claim.row.key)
            return is_whole

        return await self._house.record(work)

    async def papers(self, claim: Claim) -> dict[str, bytes]:
        """Certificate, picture, receipt and licence of an opened claim, made once and kept as bytes."""
        async with self._freezing:
            found = await self._house.reader.frozen(claim.row.key)
            if len(found) == len(_TYPES):
                return found
            made = await self._make_papers(claim, found)
            await self._house.record(lambda book: sales.freeze(book.db, claim.row.key, made))
            return await self._house.reader.frozen(claim.row.key)

    async def _make_papers(self, claim: Claim, found: dict[str, bytes]) -> dict[str, bytes]:
        house, row = self._house, claim.row
        line = found.get(CERTIFICATE)
        if line is None and row.number is not None:
            line = await house.reader.certificate(row.drop, row.number)
        assert line is not None, "a sale has a certificate"
        receipt, pin = await self._prove(claim)
        picture = await asyncio.to_thread(drawing.picture, self._picture(claim, pin))
        new = claim.manifest
        licence = f"{new.title}\nby {claim.held.creator}\n\nLicence: {new.license}\n"
        return {CERTIFICATE: line, PICTURE: picture, RECEIPT: receipt, LICENCE: licence.encode()}

    async def _prove(self, claim: Claim) -> tuple[bytes, str | None]:
        """Receipt and its pin, under the checkpoint of the opening; nothing where the box must not sign one."""
        house, row = self._house, claim.row
        leaf, tree = await self._provable(row)
        if leaf is None:
            return b"", None
        size = tree.size
        if row.opened_seq is not None and row.opened_in == row.incarnation:
            size = min(row.opened_seq + 1, size)
        log = house.ledger.log(row.incarnation, tree)
        receipt = tlog.proof_text(row.seq, tree.inclusion(row.seq, size), log.checkpoint(size), leaf)
        return receipt.encode(), tlog.receipt_pin(house.box_id, row.incarnation, row.seq, tree.root(row.seq + 1))

    async def _provable(self, row: SaleRow) -> tuple[bytes | None, Tree]:
        """The sale's leaf, null where it must not be signed, and its tree."""
        house = self._house
        if row.incarnation == house.ledger.incarnation:
            return await house.reader.leaf(row.key), house.ledger.log(row.incarnation).tree
        past = await signable(house, row.incarnation)
        return (past.leaves[row.seq] if row.seq < past.tree.size else None), past.tree

    def _picture(self, claim: Claim, pin: str | None) -> drawing.Copy:
        new, pictures = claim.manifest, claim.held.pictures
        cover = None
        if pictures is not None:
            with self._house.shelf.open(pictures.large) as file:
                cover = file.read()
        return drawing.Copy(
            title=new.title,
            slug=new.slug,
            creator=claim.held.creator,
            number=claim.number,
            of=new.size,
            day=datetime.fromtimestamp(claim.row.lo, UTC).date() if claim.row.lo else None,
            box=self._house.settings.name,
            pin=pin,
            cover=cover,
        )


def archive_places(planned: archive.Archive, paths: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where each file stands in the archive: start, stop, path. `paths` are those of files that are not empty."""
    names = iter(paths)
    places, position = [], 0
    for segment in planned.segments:
        if isinstance(segment.source, str):
            places.append((position, position + segment.length, next(names)))
        position += segment.length
    return places


async def _nothing_more() -> bool:
    """A paper's answer is over; papers are no files of the drop."""
    return False
