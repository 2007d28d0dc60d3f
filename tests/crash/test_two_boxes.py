"""A whole event: two boxes that sell, a line that is cut, a stick that comes twice, a box that was forged."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core import entries
from appliance.core.answer import MAX_ANSWER
from appliance.core.answer import read as read_answer
from appliance.core.keys import PrivateKey
from appliance.core.sale import Method, Order
from appliance.core.tlog import read_checkpoint, read_proof
from appliance.errors import StallboxError
from appliance.premises import open_stall_in
from appliance.services.sending import Collector, sessions
from appliance.services.sync import Syncer
from appliance.stall.copies import Sold
from provisioning.collector import books, database, evidence
from tests.box import make_data
from tests.collecting import Desk, collecting
from tests.organizer import Organizer, key
from tests.provisioning.ledgers import Ledger
from tests.stall.hardware import Hardware
from tests.stall.till import FILES, Till
from tests.wire import Wire

pytestmark = pytest.mark.crash

SALES, CUTS = 500, 100
ONE, TWO, FORGED, VOUCHERS = key("box"), key("other box"), key("forged box"), key("vouchers")
SHARE = SALES + 50
SHARES = {ONE: (1, SHARE), TWO: (SHARE + 1, 2 * SHARE)}


class Market(Organizer):
    """The organizer as one of three boxes meets her; the third is forged."""

    def __init__(self, folder: Path, box: PrivateKey) -> None:
        super().__init__(folder)
        self.box = box

    def trust_fields(self, **fields: object) -> dict[str, object]:
        usual = super().trust_fields()
        (reader,) = usual["issuers"]  # type: ignore[misc]  # the one that she has
        vouchers = {**reader, "key": VOUCHERS.public.did, "name": "Vouchers", "kind": "voucher"}
        boxes = [{"key": each.public.did, "name": name} for each, name in ((ONE, "7"), (TWO, "8"), (FORGED, "9"))]
        return {**usual, "issuers": [reader, vouchers], "boxes": boxes, **fields}


@dataclass
class Stand:
    """One box and what it answered: a reference and a number for each sale."""

    till: Till
    chance: random.Random
    sold: dict[str, int | None] = field(default_factory=dict)

    async def sell(self, count: int) -> None:
        """By cash, card, token and voucher in turn; some are undone at once."""
        for _ in range(count):
            copy = await self._sell(len(self.sold) % 4)
            self.sold[copy.sale] = copy.number
            if self.chance.random() < 0.03:
                await self.till.stall.undo.void(copy.sale, "wrong tap", by=None)
            elif self.chance.random() < 0.03:
                await self.till.stall.undo.refund(copy.sale, None, "torn print", by=None, pin=None)

    async def _sell(self, turn: int) -> Sold:
        slug, tip = self.till.drop.slug, self.chance.choice([0, 0, 50])
        if turn == 0:
            return (await self.till.stall.seller.sell(Order(slug, tip=tip)))[0]
        if turn == 1:
            return (await self.till.stall.seller.sell(Order(slug, method=Method.CARD)))[0]
        signer = self.till.organizer.issuer if turn == 2 else VOUCHERS
        return (await self.till.redeem(self.till.token(signer=signer))).sold


@contextlib.asynccontextmanager
async def standing(folder: Path, box: PrivateKey, seed: int, settings: str = "") -> AsyncIterator[Stand]:
    """A box with its share of the numbers."""
    market = Market(folder, box)
    drop = market.drop(size=2 * SHARE, files=FILES)
    hardware = Hardware()
    async with open_stall_in(make_data(folder / "box", market, settings), readings=hardware.readings) as (stall, _):
        till = Till(folder, market, drop, hardware, stall)
        low, high = SHARES[box]
        shares = [{"box": each.public.id, "ranges": [[*share]]} for each, share in SHARES.items()]
        certificates = drop.certificates(range(low, high + 1))
        await till.bring(box=box, allotments=[drop.allotment(boxes=shares)], certificates=certificates)
        yield Stand(till, random.Random(seed))


async def test_the_collector_ends_with_exactly_what_was_sold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut lines and sticks out of order lose and double nothing; what a forged box doubled is two cases with proofs."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    began = time.monotonic()
    async with collecting(tmp_path / "collector", Market(tmp_path, ONE)) as desk:
        room: list[int | None] = [None]
        async with Wire(desk.port, lambda: room[0]).laid() as wire:
            settings = f'[sync]\nurl = "{wire.address}"\n'
            async with (
                standing(tmp_path / "one", ONE, seed, settings) as one,
                standing(tmp_path / "two", TWO, seed + 1) as two,
            ):
                cut = await _over_the_network(one, room, chance)
                brought = await _by_stick(two, desk, chance)
                await _forge(one, desk)
                _check_sales(desk, one, two)
                _check_cases(desk)
                for stand in (one, two):
                    await _check_close(desk, stand)
    with capsys.disabled():
        print(  # noqa: T201  # the numbers are what a reader of CI wants to see
            f"\n2 boxes, {len(one.sold)} + {len(two.sold)} sales, {cut} cuts in {wire.connections} connections, "
            f"{brought} batches by stick, {time.monotonic() - began:.0f} s, seed {seed}"
        )


async def _over_the_network(stand: Stand, room: list[int | None], chance: random.Random) -> int:
    """Sells while the line is cut again and again; how often it was cut."""
    syncer = Syncer(stand.till.stall, Board(), stand.till.folder / "box")
    cut = 0
    while cut < CUTS or len(stand.sold) < SALES:
        assert len(stand.sold) < SALES, "a line that is never used cannot be cut"
        await stand.sell(2)
        waiting = sum([len(data) async for _, data in stand.till.stall.outbox()])
        room[0] = chance.randrange(1, max(2, 2 * waiting + 1000)) if cut < CUTS else None
        try:
            await syncer.once()
        except StallboxError:
            cut += 1
    room[0] = None
    await syncer.once()
    return cut


async def _by_stick(stand: Stand, desk: Desk, chance: random.Random) -> int:
    """Exported time and again while it sells, taken in out of order and twice; the answers go back the same way."""
    files: list[bytes] = []
    while len(stand.sold) < SALES:
        await stand.sell(50)
        first = chance.randrange(stand.till.stall.house.ledger.head.size)
        files += [data async for _, data in stand.till.stall.batches(first)]
    files += [data async for _, data in stand.till.stall.batches()]
    files *= 2
    chance.shuffle(files)
    answers = [await _carry(desk, data) for data in files]
    chance.shuffle(answers)
    for data in answers:
        await stand.till.stall.acknowledgements.hear(data)
    assert {read_answer(data).box for data in answers} == {TWO.public.id}
    assert max(map(len, answers)) < MAX_ANSWER
    assert (await stand.till.stall.stock.status()).unsynced.count <= 1  # the clock's entry about the last answer
    files = [data async for _, data in stand.till.stall.outbox()]
    for data in files:
        await stand.till.stall.acknowledgements.hear(await _carry(desk, data))
    return len(answers)


async def _carry(desk: Desk, data: bytes) -> bytes:
    async with sessions() as session:
        return (await Collector(session, desk.address, tls=True).send(data)).data


async def _forge(stand: Stand, desk: Desk) -> None:
    """A box of its own key sells one number and takes one token that the first box has had."""
    sales = await stand.till.log("sale")
    voided = {entry.fields["sale"] for entry in await stand.till.log("void")}
    cash = next(each for each in sales if each.fields["method"] == "cash" and each.reference not in voided)
    paid = next(each for each in sales if each.fields["method"] == "token")
    forged = Ledger(FORGED)
    drop = stand.till.drop.id
    forged.sell(drop, cash.fields["number"], None, "aa" * 32)  # type: ignore[arg-type]  # a sale of an edition
    terms: Mapping[str, object] = {name: paid.fields[name] for name in ("method", "tier", "token")}
    forged.sell(drop, 2 * SHARE, None, "bb" * 32, **terms)
    answer = read_answer(await _carry(desk, forged.batch()))
    assert [each.reason for each in answer.verdicts] == [None, "number-twice", "token-twice"]
    assert answer.checkpoint is not None


def _check_sales(desk: Desk, *stands: Stand) -> None:
    for stand in stands:
        box = stand.till.organizer.box.public.id
        held = desk.ask("select incarnation || ':' || seq, number from sales where box = ?", box)
        assert len(held) == SALES
        assert dict(held) == stand.sold
        assert desk.ask("select count(*), max(seq) + 1 from entries where box = ?", box) == [
            (stand.till.stall.house.ledger.head.size,) * 2
        ]


def _check_cases(desk: Desk) -> None:
    """Two cases; whoever has the boxes' keys can check what they rest on."""
    keys = {each.public.id: each.public.raw for each in (ONE, TWO, FORGED)}
    with database.looking(desk.database) as db:
        found = [evidence.case(db, each.id) for each in evidence.cases(db)]
    assert sorted(case.kind for case in found if case is not None and case.stands) == ["number", "token"]
    for case in found:
        assert case is not None
        assert {exhibit.box for exhibit in case.exhibits} == {ONE.public.id, FORGED.public.id}
        for exhibit in case.exhibits:
            assert exhibit.receipt is not None
            proof = read_proof(exhibit.receipt)
            assert proof.stands_under(read_checkpoint(proof.checkpoint, keys[exhibit.box]))
            entry = entries.read(proof.extra)
            assert (entry.box, entry.reference, entry.type) == (exhibit.box, exhibit.entry, "sale")


async def _check_close(desk: Desk, stand: Stand) -> None:
    """The box's own sums of the day are the collector's."""
    totals = (await stand.till.stall.close.close()).totals
    box = stand.till.organizer.box.public.id
    with database.looking(desk.database) as db:
        rows = books.rows(db, box)
        refunds = db.execute("select count(*), sum(amount) from undone where type = 'refund' and box = ?", (box,))
        refunded, voids = (
            refunds.fetchone(),
            db.execute("select count(*) from undone where type = 'void' and box = ?", (box,)),
        )
        assert voids.fetchone() == (totals["voids"],)
    names = ("drop", "price", "method", "tier", "currency", "count", "amount", "discount", "tip")
    said = [tuple(row[name] for name in names) for row in totals["rows"]]  # type: ignore[attr-defined]
    assert sorted(tuple(getattr(row, name) for name in names) for row in rows) == sorted(said)
    assert {row.method for row in rows} == {"cash", "card", "token", "voucher"}
    assert [(each["count"], each["amount"]) for each in totals["refunds"]] == [refunded]  # type: ignore[attr-defined]
