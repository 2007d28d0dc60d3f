"""`papers` entries: every paper that is held stands in the ledger, once (FORMATS §5).

Knows kinds, names and digests of papers; what a paper says is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.store.ledger import Book

Noted = tuple[str, str, int, str]  # kind, id, version, digest of the payload


def noting(kind: str, name: str, version: int, digest: str) -> Callable[[Book], None]:
    """Work that appends a `papers` entry."""

    def append(book: Book) -> None:
        book.append("papers", {"kind": kind, "id": name, "version": version, "sha256": digest})

    return append


async def note_missing(house: House, catalogue: Catalogue) -> None:
    """At start: enters the papers whose entry a cut of power came before, or that the ledger has forgotten."""
    known = await house.reader.noted_papers()
    missing = [paper for paper in _held(catalogue) if paper not in known]

    def work(book: Book) -> None:
        for paper in missing:
            noting(*paper)(book)

    if missing:
        await house.record(work)


def _held(catalogue: Catalogue) -> Iterator[Noted]:
    for paper in catalogue.chain.versions if catalogue.chain else ():
        yield "trust", paper.event, paper.version, paper.digest
    for held in catalogue.drops:
        for version in held.versions:
            yield "drop", version.drop, version.version, version.digest
        for epoch in held.epochs.all if held.epochs else ():
            yield "allotment", held.manifest.drop, epoch.epoch, epoch.digest
