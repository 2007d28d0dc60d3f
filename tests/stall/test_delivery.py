"""What a claim serves: recorded before the first byte, frozen, counted, and delivered once."""

from __future__ import annotations

import gc
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.coverage import Coverage
from appliance.core.tlog import read_checkpoint, read_proof
from appliance.errors import ClaimError, RequestError
from appliance.stall.claims import Claim
from appliance.stall.delivery import CERTIFICATE, PICTURE, RECEIPT, Body
from tests import ledgers
from tests.organizer import PHOTOS, Organizer, key
from tests.stall.counter import Counter, open_counter

TOTAL = sum(len(data) for data in PHOTOS.values())


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as made:
        yield made


def data(counter: Counter, body: Body) -> bytes:
    """All bytes of a body, as they would be sent."""
    found = []
    for segment in body.segments:
        if isinstance(segment.source, bytes):
            found.append(segment.source)
        else:
            with counter.stall.house.shelf.open(segment.source) as file:
                found.append(file.read())
    return b"".join(found)


async def send(counter: Counter, body: Body, *spans: tuple[int, int]) -> None:
    """Tells what has gone out: everything, or these (position, count)."""
    for position, count in spans or [(0, len(data(counter, body)))]:
        body.went_out(position, count)
    await body.finished()


async def archive(counter: Counter, claim: Claim) -> bytes:
    return data(counter, await counter.stall.deliveries.archive(claim))


async def test_opened_first(counter: Counter) -> None:
    """Before any byte of a file, a paper or the archive is there to be sent, `opened` is in the log; once."""
    claim = await counter.claim(await counter.sell())
    await counter.stall.deliveries.file(claim, "01-pier.jpg")
    assert counter.log("opened") == [{"sale": claim.sale}]
    for other in (await counter.claim(await counter.sell()), await counter.claim(await counter.sell())):
        await counter.stall.deliveries.paper(other, RECEIPT)
        await counter.stall.deliveries.archive(other)
        assert counter.log("opened")[-1] == {"sale": other.sale}
    await counter.stall.deliveries.archive(claim)
    assert len(counter.log("opened")) == 3


async def test_file(counter: Counter) -> None:
    """A file is the creator's bytes under its digest; what the manifest does not list is not found."""
    claim = await counter.claim(await counter.sell())
    body = await counter.stall.deliveries.file(claim, "01-pier.jpg")
    assert data(counter, body) == PHOTOS["01-pier.jpg"]
    assert body.etag == hashlib.sha256(PHOTOS["01-pier.jpg"]).hexdigest()
    assert (body.content_type, body.filename) == ("image/jpeg", "01-pier.jpg")
    for path in ("../ledger.db", "", "01-PIER.jpg"):
        with pytest.raises(RequestError) as refusal:
            await counter.stall.deliveries.file(claim, path)
        assert refusal.value.code == "not-found"


async def test_archive(counter: Counter) -> None:
    """The archive holds the drop in order, then certificate, picture, receipt and licence, and unpacks clean."""
    claim = await counter.claim(await counter.sell())
    with zipfile.ZipFile(io.BytesIO(await archive(counter, claim))) as packed:
        assert packed.testzip() is None
        names = [f"harbour-lights/{path}" for path in PHOTOS]
        assert packed.namelist() == [*names, CERTIFICATE, PICTURE, RECEIPT, "LICENSE.txt"]
        assert [packed.read(name) for name in names] == list(PHOTOS.values())
        assert b"CC-BY-NC-4.0" in packed.read("LICENSE.txt")


async def test_receipt(counter: Counter) -> None:
    """The receipt proves the sale's leaf under the box's checkpoint, with the leaf beside it."""
    await counter.sell()
    sold = await counter.sell()
    await counter.sell()
    papers = await counter.stall.deliveries.papers(await counter.stall.claims.open(await counter.claim(sold)))
    proof = read_proof(papers[RECEIPT].decode())
    checkpoint = read_checkpoint(proof.checkpoint, key("box").public.raw)
    incarnation, seq = map(int, sold.sale.split(":"))
    leaves = ledgers.leaves(counter.data / "ledger.db", incarnation)
    assert (proof.index, proof.extra) == (seq, leaves[seq])
    assert checkpoint.root == ledgers.root(leaves[: checkpoint.size])
    assert proof.stands_under(checkpoint)


async def test_frozen(tmp_path: Path) -> None:
    """Papers and archive are the same bytes after more sales, a restart, a newer version and a renamed creator."""
    organizer = Organizer(tmp_path)
    async with open_counter(tmp_path, organizer.bundle(size=5)) as counter:
        sold = await counter.sell()
        claim = await counter.claim(sold)
        before = await archive(counter, claim), await counter.stall.deliveries.papers(claim)
        for _ in range(3):
            await counter.sell()
        assert await archive(counter, claim) == before[0]
    organizer.add_trust(creators=[{**_creator(organizer), "name": "Ana R. Reyes"}])
    newer = organizer.drop(size=5, license="CC0-1.0").bundle(tmp_path, version=2)
    async with open_counter(tmp_path, newer) as counter:
        claim = await counter.claim(sold)
        assert counter.stall.catalogue.by_slug("harbour-lights").creator == "Ana R. Reyes"
        assert (await archive(counter, claim), await counter.stall.deliveries.papers(claim)) == before


def _creator(organizer: Organizer) -> dict[str, object]:
    creators = organizer.trust_fields()["creators"]
    assert isinstance(creators, list)
    (creator,) = creators
    assert isinstance(creator, dict)
    return dict(creator)


async def test_each_copy_has_its_own_archive(counter: Counter) -> None:
    """Two buyers' archives differ, and so do their strong tags."""
    first, second = [await counter.claim(await counter.sell()) for _ in range(2)]
    bodies = [await counter.stall.deliveries.archive(claim) for claim in (first, second)]
    assert bodies[0].etag != bodies[1].etag
    assert bodies[0].filename == "harbour-lights-1.zip"


async def test_delivered_once(counter: Counter) -> None:
    """`delivered` is entered when every byte of every file has gone out, in whatever pieces, and only once."""
    claim = await counter.claim(await counter.sell())
    pier, boats = [await counter.stall.deliveries.file(claim, path) for path in PHOTOS]
    half = len(PHOTOS["01-pier.jpg"]) // 2
    await send(counter, pier, (half, half))
    await send(counter, boats)
    assert counter.log("delivered") == []
    await send(counter, pier, (0, 10), (5, half - 5))
    assert counter.log("delivered") == [{"sale": claim.sale, "bytes": TOTAL + 5}]
    await send(counter, pier)
    assert len(counter.log("delivered")) == 1
    assert (await counter.stall.stock.sales())[0].is_delivered


async def test_delivered_by_the_archive(counter: Counter) -> None:
    """An archive that went out in two parts, the second resumed after a restart of the connection, delivers all."""
    claim = await counter.claim(await counter.sell())
    body = await counter.stall.deliveries.archive(claim)
    size = len(data(counter, body))
    await send(counter, body, (0, 3000))
    assert counter.log("delivered") == []
    await send(counter, await counter.stall.deliveries.archive(claim), (3000, size - 3000))
    assert len(counter.log("delivered")) == 1


async def test_delivered_after_a_reboot(tmp_path: Path) -> None:
    """What had gone out before the box was restarted counts."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
        await send(counter, await counter.stall.deliveries.file(await counter.claim(sold), "01-pier.jpg"))
    counter.clock.reboot(2)
    async with open_counter(tmp_path, clock=counter.clock) as counter:
        assert (await counter.claim(sold)).row.bytes_out == len(PHOTOS["01-pier.jpg"])
        await send(counter, await counter.stall.deliveries.file(await counter.claim(sold), "02-boats.jpg"))
        assert counter.log("delivered") == [{"sale": sold.sale, "bytes": TOTAL}]


async def test_cut_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    """What was kept of an answer that still ran counts after a cut of power; keeping it again writes nothing."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
        body = await counter.stall.deliveries.file(await counter.claim(sold), "01-pier.jpg")
        body.went_out(0, 100)
        await counter.stall.deliveries.keep_progress()
        assert (await counter.claim(sold)).row.bytes_out == 100
        body.went_out(100, 50)
    async with open_counter(tmp_path) as counter:
        claim = await counter.claim(sold)
        assert claim.row.bytes_out == 100
        rest = len(PHOTOS["01-pier.jpg"]) - 100
        await send(counter, await counter.stall.deliveries.file(claim, "01-pier.jpg"), (100, rest))
        await send(counter, await counter.stall.deliveries.file(claim, "02-boats.jpg"))
        assert counter.log("delivered") == [{"sale": sold.sale, "bytes": TOTAL}]


def in_memory() -> int:
    """How many claims are being counted."""
    gc.collect()
    return sum(isinstance(found, Coverage) for found in gc.get_objects())


async def test_counted_together(counter: Counter) -> None:
    """Answers that run at once count as one, also for a claim that was looked up before the other had ended; what no
    answer needs is not kept in memory."""
    claim = await counter.claim(await counter.sell())
    first, second = [await counter.stall.deliveries.file(claim, path) for path in PHOTOS]
    await send(counter, first)
    await send(counter, second)
    assert counter.log("delivered") == [{"sale": claim.sale, "bytes": TOTAL}]
    assert in_memory() == 1
    del first, second
    await counter.sell()  # the ledger forgets the work before this one
    assert in_memory() == 0
    again = await counter.stall.deliveries.file(claim, "01-pier.jpg")
    await send(counter, again, (0, 1))
    row = await counter.stall.house.reader.sale(claim.row.key)
    assert row is not None
    assert row.bytes_out == TOTAL + 1


async def test_budget(counter: Counter) -> None:
    """Three times the drop and a fifth more may go out; then the sentence sends the buyer to the stall for more."""
    sold = await counter.sell()
    budget = (await counter.claim(sold)).row.byte_budget
    assert budget == 3 * TOTAL * 12 // 10
    while (claim := await counter.claim(sold)).bytes_left:
        await send(counter, await counter.stall.deliveries.archive(claim))
    with pytest.raises(ClaimError, match="Ask at the stall") as spent:
        await counter.stall.deliveries.file(claim, "01-pier.jpg")
    assert (spent.value.code, spent.value.status_hint) == ("budget-spent", 403)
    await counter.stall.deliveries.paper(claim, CERTIFICATE)
    await counter.stall.claims.top_up(sold.sale)
    await counter.stall.deliveries.file(await counter.claim(sold), "01-pier.jpg")


async def test_damaged_file(counter: Counter) -> None:
    """A file that went bad on the card is said to the buyer; the other files are still served."""
    claim = await counter.claim(await counter.sell())
    digest = hashlib.sha256(PHOTOS["01-pier.jpg"]).hexdigest()
    counter.stall.house.shelf.path(digest).write_bytes(b"rotten")
    await counter.stall.papers.quarantine(digest)
    with pytest.raises(ClaimError) as refusal:
        await counter.stall.deliveries.archive(claim)
    assert (refusal.value.code, refusal.value.status_hint) == ("missing-file", 503)
    await counter.stall.deliveries.file(claim, "02-boats.jpg")


async def test_open_edition_papers(tmp_path: Path) -> None:
    """A copy of an open edition has certificate, picture and receipt, too; its archive has no number in its name."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=None)) as counter:
        claim = await counter.claim(await counter.sell())
        assert len(await counter.stall.deliveries.papers(await counter.stall.claims.open(claim))) >= 3
        assert (await counter.stall.deliveries.archive(claim)).filename == "harbour-lights.zip"
