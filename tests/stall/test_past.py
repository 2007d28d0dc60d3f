"""A ledger that was changed on the card: its old incarnation is never signed with another history."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from appliance.core import batch
from appliance.core.tlog import read_checkpoint, read_proof
from appliance.errors import ClaimError, StoreError
from appliance.stall.delivery import PICTURE, RECEIPT
from tests import ledgers
from tests.organizer import Organizer, key
from tests.stall.counter import Counter, open_counter

BOX = key("box").public


def change(folder: Path, statement: str) -> None:
    """Changes the ledger past its triggers, as a failing card can."""
    with closing(sqlite3.connect(folder / "data" / "ledger.db", isolation_level=None)) as db:
        for name in ("entries_stay", "entries_stand"):
            db.execute(f"drop trigger {name}")
        db.execute(statement)


async def exported(counter: Counter) -> tuple[list[batch.Batch], StoreError | None]:
    """What an export writes, and the refusal that it ends with."""
    found = []
    try:
        async for _, data in counter.stall.batches():
            found.append(batch.read(data, BOX))
    except StoreError as refusal:
        return found, refusal
    return found, None


async def sold_and_changed(folder: Path, statement: str) -> tuple[str, str, int]:
    """A box that sold two copies and delivered the first, and was changed since: both claims, and its incarnation."""
    async with open_counter(folder, Organizer(folder).bundle(size=5)) as counter:
        first, second = await counter.sell(), await counter.sell()
        await counter.stall.deliveries.archive(await counter.claim(first))
        incarnation = counter.stall.house.ledger.incarnation
    change(folder, statement)
    return first.claim, second.claim, incarnation


@pytest.mark.parametrize("seq", [2, 4, 5])
async def test_changed_entry(tmp_path: Path, seq: int) -> None:
    """A changed entry, also the last, ends what is signed of its incarnation: no receipt, no batch; the new goes on."""
    fields = "'\"spec\":1', '\"spec\":2'"
    statement = f"update entries set leaf = cast(replace(cast(leaf as text), {fields}) as blob) where seq = {seq}"
    first, second, old = await sold_and_changed(tmp_path, statement)
    async with open_counter(tmp_path) as counter:
        batches, refused = await exported(counter)
        assert [each.incarnation for each in batches] == [counter.stall.house.ledger.incarnation]
        assert batches[0].incarnation != old
        assert refused is not None
        assert "does not sign" in refused.detail
        claim = await counter.stall.claims.find(second, "phone")
        with pytest.raises(ClaimError) as refusal:
            await counter.stall.deliveries.paper(claim, RECEIPT)
        assert refusal.value.code == "not-found"
        again = await counter.stall.claims.find(first, "phone")
        assert (await counter.stall.deliveries.papers(again))[RECEIPT], "what was signed before is served as it was"


async def test_archive_without_receipt(tmp_path: Path) -> None:
    """A paid buyer still gets files, certificate and picture where the box can sign no receipt any more."""
    _, second, _ = await sold_and_changed(tmp_path, "update entries set leaf = x'7b7d' where seq = 2")
    async with open_counter(tmp_path) as counter:
        claim = await counter.stall.claims.find(second, "phone")
        body = await counter.stall.deliveries.archive(claim)
        data = b"".join(_bytes(counter, segment.source) for segment in body.segments)
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            assert packed.testzip() is None
            assert packed.namelist()[-3:] == ["certificate.json", "certificate.png", "LICENSE.txt"]
        assert (await counter.stall.deliveries.papers(claim))[PICTURE].startswith(b"\x89PNG")


def _bytes(counter: Counter, source: object) -> bytes:
    if isinstance(source, bytes):
        return source
    with counter.stall.house.shelf.open(str(source)) as file:
        return file.read()


async def test_entry_that_is_no_json(tmp_path: Path) -> None:
    """An old entry that cannot be read stops neither the start nor the status, the close or another sale."""
    await sold_and_changed(tmp_path, "update entries set leaf = x'00' where seq = 2")
    async with open_counter(tmp_path) as counter:
        assert (await counter.stall.stock.status()).unsynced.count > 0
        await counter.stall.close.close()


async def test_unchanged_past(tmp_path: Path) -> None:
    """A ledger that only lost its second place is signed as before: one root, in receipts and batches alike."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
    (tmp_path / "data" / "keys" / "second-place").unlink()
    async with open_counter(tmp_path) as counter:
        batches, refused = await exported(counter)
        assert refused is None
        old = int(sold.sale.partition(":")[0])
        leaves = ledgers.leaves(counter.data / "ledger.db", old)
        assert list(batches[0].leaves) == leaves
        claim = await counter.stall.claims.open(await counter.claim(sold))
        proof = read_proof((await counter.stall.deliveries.papers(claim))[RECEIPT].decode())
        checkpoint = read_checkpoint(proof.checkpoint, BOX.raw)
        assert proof.stands_under(checkpoint)
        assert checkpoint.root == ledgers.root(leaves)


async def test_yesterdays_past(tmp_path: Path) -> None:
    """Yesterday's ledger is signed as far as it was committed; with an entry changed, not at all."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
        kept = (counter.data / "ledger.db").read_bytes(), (counter.data / "ledger.db-wal").read_bytes()
        await counter.sell()
    for is_changed in (False, True):
        for name, data in zip(("ledger.db", "ledger.db-wal"), kept, strict=True):
            (tmp_path / "data" / name).write_bytes(data)
        (tmp_path / "data" / "ledger.db-shm").unlink(missing_ok=True)
        if is_changed:
            change(tmp_path, "update entries set leaf = x'7b7d' where seq = 2")
        async with open_counter(tmp_path) as counter:
            batches, refused = await exported(counter)
            is_there = int(sold.sale.partition(":")[0]) in [each.incarnation for each in batches]
            assert (is_there, refused is None) == (not is_changed, not is_changed)


async def test_changed_while_it_runs(tmp_path: Path) -> None:
    """An entry that is changed under the running box is not signed in an export either."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        await counter.sell()
        change(tmp_path, "update entries set leaf = x'7b7d' where seq = 1")
        batches, refused = await exported(counter)
        assert batches == []
        assert refused is not None
