"""A mirror is adopted once; the box that kept it stops selling when it sees that, and for nobody else's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core import mirror
from appliance.core.entries import read
from appliance.core.keys import PrivateKey
from appliance.core.merkle import leaf_hash
from appliance.core.tlog import Checkpoint, origin, sign_checkpoint
from appliance.errors import StallboxError
from tests import ledgers
from tests.box import CARD
from tests.mirror.spare import Mirrored, adopted, mirrored, mirroring_of, sell, spare
from tests.organizer import key
from tests.stall.till import reopened


def places(box: Mirrored) -> Path:
    return box.stick / "STALLBOX" / "MIRROR"


async def test_old_box_stops(tmp_path: Path) -> None:
    """The old box sees the mark: it sells no more, also after a restart, and still serves its buyers."""
    async with mirrored(tmp_path) as box:
        sold = await box.sell()
        box.pull()
        await box.mirroring.look_after(())
        await adopted(tmp_path / "pulled", tmp_path / "spare")
        await box.put_back()
        assert (await box.refusal()).code == "adopted"
        till = box.till
    async with reopened(till) as again:
        with pytest.raises(StallboxError, match="adopted"):
            await sell(again.stall)
        assert [fault.code for fault in (await again.stall.stock.status()).faults] == ["adopted"]
        claim = await again.stall.claims.find(sold.claim, "10.42.0.9")
        assert (await again.stall.deliveries.file(claim, "01-pier.jpg")).segments
        with pytest.raises(StallboxError, match="adopted"):
            await mirroring_of(again.stall).prepare(tmp_path / "new", CARD, is_sync=True, is_named=True)
        with pytest.raises(StallboxError, match="adopted"):
            await mirroring_of(again.stall).go_on()
        assert "sells in its place" in str(mirroring_of(again.stall).answer()["fault"])


async def test_any_stick_says_so(tmp_path: Path) -> None:
    """A box that keeps no mirror any more sees it, too."""
    async with mirrored(tmp_path) as box:
        await box.mirroring.stop()
        await adopted(box.stick, tmp_path / "spare")
        await box.mirroring.look_after([places(box)])
        assert (await box.refusal()).code == "adopted"


@pytest.mark.parametrize("signer", ["stranger", "box"])
async def test_forged(tmp_path: Path, signer: str) -> None:
    """A mark that another key has signed, or that is of a ledger of this very box, stops nothing."""
    async with mirrored(tmp_path) as box:
        path = tmp_path / "box" / "ledger.db"
        leaf = ledgers.leaves(path, ledgers.incarnations(path)[0])[0]
        if signer == "stranger":
            leaf = leaf.replace(b'"reason":"first"', b'"reason":"adopted"')
        (places(box) / "ADOPTED").write_bytes(mirror.adoption(leaf, _checkpoint(leaf, key(signer))))
        box.pull()
        await box.mirroring.look_after(())
        await box.put_back()
        assert (await box.sell()).number == 1


async def test_adopts_once(tmp_path: Path) -> None:
    """A second spare box is told that the mirror was adopted, and becomes no box."""
    async with mirrored(tmp_path) as box:
        await box.sell()
    await adopted(box.stick, tmp_path / "spare")
    with pytest.raises(StallboxError, match="adopted already"):
        await adopted(box.stick, tmp_path / "another")
    assert not (tmp_path / "another" / "stallbox.toml").exists()


async def test_new_box_keeps_the_stick(tmp_path: Path) -> None:
    """The box that adopted it may use the stick as its own mirror, and that may be adopted in its turn."""
    async with mirrored(tmp_path) as box:
        first = await box.sell()
    async with spare(box.stick, tmp_path / "spare") as stall:
        await mirroring_of(stall).prepare(places(box), CARD, is_sync=True, is_named=True)
        await mirroring_of(stall).copy_files()
        second = await sell(stall)
    async with spare(box.stick, tmp_path / "third") as stall:
        third = await sell(stall)
        for sold in (first, second, third):
            assert (await stall.claims.find(sold.claim, "10.42.0.9")).number == sold.number
        assert [first.number, second.number, third.number] == [1, 2, 3]


def _checkpoint(leaf: bytes, signer: PrivateKey) -> str:
    restart = read(leaf)
    note = Checkpoint(origin(restart.box, restart.incarnation), 1, leaf_hash(leaf))
    return sign_checkpoint(note, signer.sign, signer.public.raw)
