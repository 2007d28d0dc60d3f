"""Sticks: what is for this box is taken in, the sales are written when asked, and safe is said when it is so."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.core import batch
from appliance.core.commands import EjectStick, ExportToStick
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.core.sale import Order
from appliance.core.scene import StickDoing
from appliance.errors import StallboxError, StoreError
from appliance.stall.stall import Stall
from tests.answering import answer, cosigned, file_name
from tests.box import stall_with
from tests.organizer import DAY, NOW, Drop, Organizer, key
from tests.sticks_at_hand import Slot, TestMounts, helper_at

SAFE, REFUSED, NOTHING, FAILED = StickDoing.SAFE, StickDoing.REFUSED, StickDoing.NOTHING, StickDoing.FAILED


@dataclass
class Box:
    folder: Path
    organizer: Organizer
    drop: Drop
    stall: Stall
    mounts: TestMounts
    slot: Slot

    def stick(self, name: str = "sda1") -> Path:
        """The folder that stands for the stick, with STALLBOX in it."""
        place = self.folder / "sticks" / name
        (place / "STALLBOX").mkdir(parents=True, exist_ok=True)
        return place

    def put_in(self, name: str = "sda1", *, is_read_only: bool = True) -> None:
        self.mounts.put(name, is_read_only=is_read_only)

    async def sell(self, copies: int = 1) -> None:
        await self.stall.seller.sell(Order(self.drop.slug, quantity=copies))

    async def size(self) -> int:
        return (await self.stall.stock.status()).size

    def written(self, name: str = "sda1") -> list[tuple[int, int]]:
        """First and last entry of each batch on the stick, each verified by itself."""
        found = []
        for path in sorted((self.folder / "sticks" / name / "STALLBOX" / "OUT").iterdir()):
            read = batch.read(path.read_bytes(), self.organizer.box.public)
            assert path.name == batch.file_name(read.box, read.incarnation, read.first, read.last)
            found.append((read.first, read.last))
        return found

    def courier(self, **fields: object) -> bytes:
        usual = {"spec": 1, "event": "nmb-2026-12", "expires": format_time(NOW + DAY)}
        return sign(Kind.COURIER, write_json({**usual, **fields}), [self.organizer.root])


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A box that sells Harbour Lights, and whose slot for sticks is watched."""
    organizer = Organizer(tmp_path)
    drop = organizer.drop(size=20)
    async with contextlib.AsyncExitStack() as stack:
        stall = await stack.enter_async_context(stall_with(tmp_path / "data", organizer, drop.bundle(tmp_path)))
        mounts = TestMounts(tmp_path / "sticks")
        helper = await stack.enter_async_context(helper_at(tmp_path / "helper.sock", mounts.obey))
        slot = await stack.enter_async_context(Slot(stall, mounts, helper).running())
        yield Box(tmp_path, organizer, drop, stall, mounts, slot)


async def test_bundle(box: Box) -> None:
    """A bundle on a stick is on sale, with its files; nothing was mounted for writing, and the stick may go."""
    box.organizer.drop("zine", None, title="Zine").bundle(box.stick() / "STALLBOX")
    box.put_in()
    assert "“Zine” is on sale now." in await box.slot.says(SAFE)
    assert [held.manifest.slug for held in box.stall.catalogue.drops] == ["harbour-lights", "zine"]
    assert box.mounts.orders == []
    box.mounts.take("sda1")
    await asyncio.sleep(0.05)
    assert box.slot.stick is None


async def test_before_the_start(box: Box) -> None:
    """A stick that was in when the box started is read like one that comes."""
    box.organizer.drop("zine", None, title="Zine").bundle(box.stick() / "STALLBOX")
    mounts = TestMounts(box.folder / "sticks")
    mounts.put("sda1")
    async with contextlib.AsyncExitStack() as stack:
        helper = await stack.enter_async_context(helper_at(box.folder / "other.sock", mounts.obey))
        slot = await stack.enter_async_context(Slot(box.stall, mounts, helper).running())
        await slot.says(SAFE)
    assert [held.manifest.slug for held in box.stall.catalogue.drops] == ["harbour-lights", "zine"]


async def test_again(box: Box) -> None:
    """A stick with what is here already says so; put in again it is read again."""
    box.drop.bundle(box.stick() / "STALLBOX")
    for _ in range(2):
        box.put_in()
        assert "was here already" in await box.slot.says(SAFE)
        box.mounts.take("sda1")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", ["STALLBOX", "stallbox", "Stallbox"])
async def test_capitals(box: Box, name: str) -> None:
    """The folder is found in any capitals, as file systems of sticks show it."""
    place = box.stick()
    (place / "STALLBOX").rename(place / name)
    box.organizer.drop("zine", None, title="Zine").bundle(place / name)
    box.put_in()
    assert "Zine" in await box.slot.says(SAFE)


async def test_nothing(box: Box) -> None:
    """A stick of holiday photos is left alone: nothing outside STALLBOX is read, whatever it is called."""
    place = box.stick()
    shutil.rmtree(place / "STALLBOX")
    box.organizer.drop("zine", None).bundle(place)
    box.organizer.drop("zine", None).bundle(place / "photos")
    box.put_in()
    await box.slot.says(NOTHING)
    assert len(box.stall.catalogue.drops) == 1


async def test_refused(box: Box) -> None:
    """A bundle that is refused is said with its name and why; the others on the stick are taken in."""
    place = box.stick() / "STALLBOX"
    box.organizer.drop("zine", None, title="Zine").bundle(place)
    box.organizer.drop("ant-farm", None).bundle(place, manifest=box.drop.manifest(key("a stranger")))
    box.put_in()
    text = await box.slot.says(REFUSED)
    assert "ant-farm-v1.drop" in text
    assert "“Zine” is on sale now." in text
    fault = box.slot.faults["stick"]
    assert fault is not None
    assert fault.code == "doc-signature"


async def test_papers(box: Box) -> None:
    """Papers without a drop come from PAPERS: trust documents in any order, then what needs them."""
    papers = box.stick() / "STALLBOX" / "PAPERS"
    papers.mkdir()
    for version in range(2, 12):
        (papers / f"trust.{version}.dsse.json").write_bytes(box.organizer.add_trust())
    reset = {"spec": 1, "box": box.stall.house.box_id, "n": 1, "issued": format_time(NOW + DAY)}
    (papers / "clock-reset.dsse.json").write_bytes(sign(Kind.CLOCK_RESET, write_json(reset), [box.organizer.root]))
    box.put_in()
    text = await box.slot.says(SAFE)
    assert "clock-reset" in text
    assert box.stall.catalogue.chain is not None
    assert box.stall.catalogue.chain.current.version == 11


async def test_export(box: Box) -> None:
    """Asked, the box writes its sales, verifiable by themselves, and unmounts before it says that the stick may go."""
    await box.sell(3)
    box.stick()
    box.put_in()
    await box.slot.says(NOTHING)
    await box.slot.board.ask(ExportToStick())
    assert "The sales were written." in await box.slot.says(SAFE)
    assert box.mounts.orders == ["mount sda1 write", "eject sda1"]
    assert box.mounts.table == {}
    assert box.written() == [(0, await box.size() - 1)]


async def test_export_again(box: Box) -> None:
    """Of what is there already nothing is written anew; a button pressed twice mounts the same stick once more."""
    await box.sell()
    box.stick()
    box.put_in()
    await box.slot.says(NOTHING)
    await box.slot.board.ask(ExportToStick())
    [path] = (box.stick() / "STALLBOX" / "OUT").iterdir()
    before = path.stat()
    await box.slot.board.ask(ExportToStick())
    assert "on it already" in await box.slot.says(SAFE)
    assert path.stat() == before
    await box.sell()
    await box.slot.board.ask(ExportToStick())
    assert len(box.written()) == 2


async def test_export_onto_an_empty_stick(box: Box) -> None:
    """A stick as it comes from the shop will do."""
    (box.folder / "sticks" / "sda1").mkdir(parents=True)
    box.put_in()
    await box.slot.says(NOTHING)
    await box.slot.board.ask(ExportToStick())
    assert box.written() == [(0, await box.size() - 1)]


async def test_torn(box: Box) -> None:
    """What a stick that was pulled out has kept of an export is made whole by the next one."""
    await box.sell()
    out = box.stick() / "STALLBOX" / "out"
    out.mkdir()
    name = batch.file_name(box.stall.house.box_id, box.stall.house.ledger.incarnation, 0, await box.size() - 1)
    (out / name).write_bytes(b"half")
    (out / "STALLBOX.PART").write_bytes(b"part")
    box.put_in()
    await box.slot.says(NOTHING)
    await box.slot.board.ask(ExportToStick())
    assert [path.name for path in out.iterdir()] == [name]
    batch.read((out / name).read_bytes(), box.organizer.box.public)


@pytest.mark.parametrize("command", [ExportToStick(), EjectStick()])
async def test_no_stick(box: Box, command: ExportToStick | EjectStick) -> None:
    """Without a stick the stall owner is told to put one in."""
    with pytest.raises(StoreError, match="Put one in"):
        await box.slot.board.ask(command)


async def test_stick_that_left(box: Box) -> None:
    """A stick that was unmounted and pulled out is not written a second time."""
    box.stick()
    box.put_in()
    await box.slot.says(NOTHING)
    await box.slot.board.ask(ExportToStick())
    shutil.rmtree(box.stick())
    with pytest.raises(StoreError, match="Put one in"):
        await box.slot.board.ask(ExportToStick())


async def test_eject(box: Box) -> None:
    """Ejecting unmounts every stick that is in, and then says that they may go."""
    for name in ("sda1", "sdb1"):
        box.stick(name)
        box.put_in(name)
        await box.slot.says(NOTHING)
    await box.slot.board.ask(EjectStick())
    await box.slot.says(SAFE)
    assert box.mounts.table == {}


async def test_still_in_use(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that does not leave the table of mounts is not called safe, whatever the helper says."""
    box.stick()
    box.put_in()
    await box.slot.says(NOTHING)
    monkeypatch.setattr(box.mounts, "take", lambda name: None)
    for command in (ExportToStick(), EjectStick()):
        with pytest.raises(StoreError, match="still in use"):
            await box.slot.board.ask(command)
    assert box.slot.stick is not None
    assert box.slot.stick.doing is FAILED


async def test_two_sticks(box: Box) -> None:
    """Of two sticks both are read, one after the other, and the one that came last is written."""
    for name, slug in (("sda1", "zine"), ("sdb1", "tape")):
        box.organizer.drop(slug, None, title=slug).bundle(box.stick(name) / "STALLBOX")
        box.put_in(name)
    async with asyncio.timeout(10):
        while len(box.stall.catalogue.drops) < 3:
            await asyncio.sleep(0.01)
    await box.slot.says(SAFE)
    await box.slot.board.ask(ExportToStick())
    assert box.mounts.orders == ["mount sdb1 write", "eject sdb1"]


async def test_courier(box: Box) -> None:
    """A stick with the root's courier paper gets the sales unasked, and nothing but entries."""
    await box.sell()
    papers = box.stick() / "STALLBOX" / "PAPERS"
    papers.mkdir()
    (papers / "courier.dsse.json").write_bytes(box.courier())
    box.put_in()
    assert "The sales were written." in await box.slot.says(SAFE)
    assert box.written() == [(0, await box.size() - 1)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"event": "elsewhere"}, "doc-role"), ({"expires": format_time(NOW - DAY)}, "doc-expired")],
)
async def test_no_courier(box: Box, fields: dict[str, object], code: str) -> None:
    """A courier paper of another event, or an old one, is refused, and nothing is written unasked."""
    papers = box.stick() / "STALLBOX" / "PAPERS"
    papers.mkdir()
    (papers / "courier.dsse.json").write_bytes(box.courier(**fields))
    box.put_in()
    await box.slot.says(REFUSED)
    fault = box.slot.faults["stick"]
    assert fault is not None
    assert fault.code == code
    assert box.mounts.orders == []


async def test_courier_of_a_stranger(box: Box) -> None:
    """Only the root's threshold makes a courier."""
    papers = box.stick() / "STALLBOX" / "PAPERS"
    papers.mkdir()
    body = write_json({"spec": 1, "event": "nmb-2026-12", "expires": format_time(NOW + DAY)})
    (papers / "courier.dsse.json").write_bytes(sign(Kind.COURIER, body, [box.organizer.creator]))
    box.put_in()
    await box.slot.says(REFUSED)
    assert box.mounts.orders == []


async def test_acknowledged(box: Box) -> None:
    """The collector's answers are read back: what they cover is not written again; other boxes' are left alone."""
    await box.sell(3)
    size = await box.size()
    ack = box.stick() / "STALLBOX" / "ACK"
    ack.mkdir()
    (ack / file_name(box.stall, 1)).write_bytes(answer(box.stall, cosigned(box.stall, box.organizer, 2)))
    (ack / file_name(box.stall, size - 1)).write_bytes(answer(box.stall, cosigned(box.stall, box.organizer)))
    (ack / f"STALLBOX-0123456789ABCDEF-00000001-{0:010}.ACK.JSON").write_bytes(b"another box's")
    box.put_in()
    assert f"{size} more entries" in await box.slot.says(SAFE)
    await box.slot.board.ask(ExportToStick())
    assert box.written() == [(size, await box.size() - 1)]


@pytest.mark.parametrize("covered", [None, 1])
async def test_answered_in_another_order(box: Box, covered: int | None) -> None:
    """Where the collector took the last batch first, the answer to an earlier one says what it has since."""
    await box.sell(3)
    size = await box.size()
    ack = box.stick() / "STALLBOX" / "ACK"
    ack.mkdir()
    (ack / file_name(box.stall, 1)).write_bytes(answer(box.stall, cosigned(box.stall, box.organizer)))
    first = None if covered is None else cosigned(box.stall, box.organizer, covered)
    (ack / file_name(box.stall, size - 1)).write_bytes(answer(box.stall, first, missing=[[covered or 0, 1]]))
    box.put_in()
    await box.slot.says(SAFE)
    await box.slot.board.ask(ExportToStick())
    assert box.written() == [(size, await box.size() - 1)]


async def test_bad_answer(box: Box) -> None:
    """An answer that is refused leaves what an older one says."""
    await box.sell(3)
    ack = box.stick() / "STALLBOX" / "ACK"
    ack.mkdir()
    (ack / file_name(box.stall, 1)).write_bytes(answer(box.stall, cosigned(box.stall, box.organizer, 2)))
    (ack / file_name(box.stall, 9)).write_bytes(b"{}")
    box.put_in()
    assert "2 more entries" in await box.slot.says(REFUSED)


async def test_mirror(box: Box) -> None:
    """A mirror stick is not called safe, and gets no exports; another one that is in does."""
    place = box.stick("sdb1") / "STALLBOX"
    (place / "MIRROR").mkdir()
    box.stick("sda1")
    box.put_in("sda1")
    await box.slot.says(NOTHING)
    box.put_in("sdb1")
    async with asyncio.timeout(5):
        while box.slot.stick is not None:
            await asyncio.sleep(0.01)
    await box.slot.board.ask(ExportToStick())
    assert box.mounts.orders == ["mount sda1 write", "eject sda1"]
    box.mounts.take("sda1")
    shutil.rmtree(box.stick("sda1"))
    for command in (ExportToStick(), EjectStick()):
        with pytest.raises(StoreError, match="mirror"):
            await box.slot.board.ask(command)


async def test_writable(box: Box) -> None:
    """A stick that somebody has mounted to be written is read, and not called safe."""
    box.organizer.drop("zine", None).bundle(box.stick() / "STALLBOX")
    box.put_in(is_read_only=False)
    async with asyncio.timeout(5):
        while len(box.stall.catalogue.drops) < 2:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert box.slot.stick is None


async def test_locked(box: Box) -> None:
    """A stick that mounts read-only although it was to be written is said so."""
    box.stick()
    box.put_in()
    await box.slot.says(NOTHING)
    box.mounts.is_locked = True
    with pytest.raises(StoreError, match="locked"):
        await box.slot.board.ask(ExportToStick())
    assert not box.slot.fault.stops_sales


async def test_locked_courier(box: Box) -> None:
    """A courier that is locked is tried once, and not again and again because of its own mounts."""
    papers = box.stick() / "STALLBOX" / "PAPERS"
    papers.mkdir()
    (papers / "courier.dsse.json").write_bytes(box.courier())
    box.mounts.is_locked = True
    box.put_in()
    assert "locked" in await box.slot.says(FAILED)
    await asyncio.sleep(0.2)
    assert box.mounts.orders == ["mount sda1 write"]


async def test_pulled_before_it_was_read(box: Box) -> None:
    """A stick that is gone before it is read says to put it in again, and then it is read."""
    box.put_in()
    assert "Put it in again" in await box.slot.says(FAILED)
    assert not box.slot.fault.stops_sales
    box.organizer.drop("zine", None, title="Zine").bundle(box.stick() / "STALLBOX")
    box.put_in()
    assert "Zine" in await box.slot.says(SAFE)


HOSTILE = ["STALLBOX", "STALLBOX/PAPERS", "STALLBOX/OUT", "STALLBOX/ACK", "STALLBOX/zine-v1.drop"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_links(box: Box, name: str) -> None:
    """A link in place of any folder is not followed, read or written through; the box says why, and lives."""
    outside = box.folder / "outside"
    box.organizer.drop("zine", None).bundle(outside)
    box.stick()
    path = box.folder / "sticks" / "sda1" / name
    if path.exists():
        path.rmdir()
    path.symlink_to(outside / "zine-v1.drop" if name.endswith(".drop") else outside)
    before = {str(each): each.lstat().st_mtime_ns for each in outside.rglob("*")}
    box.put_in()
    await box.slot.says(REFUSED, NOTHING)
    with contextlib.suppress(StallboxError):
        await box.slot.board.ask(ExportToStick())
    assert {str(each): each.lstat().st_mtime_ns for each in outside.rglob("*")} == before
    assert len(box.stall.catalogue.drops) == 1
    await box.sell()


async def test_hostile_stick(box: Box) -> None:
    """Pipes, sparse files, deep and endless folders, names that are none: refused or ignored, and no harm done."""
    home = box.stick() / "STALLBOX"
    good = box.organizer.drop("zine", None, title="Zine").bundle(home)
    os.mkfifo(good / "trust.9.dsse.json")
    os.mkfifo(home / "pipe-v1.drop")
    for folder in ("PAPERS", "ACK"):
        (home / folder).mkdir()
        os.mkfifo(home / folder / "courier.dsse.json")
        with (home / folder / "huge.dsse.json").open("wb") as file:
            file.truncate(1 << 40)
    deep = home / "deep-v1.drop" / "files"
    deep.mkdir(parents=True)
    deep.joinpath("loop").symlink_to(home)
    deeper = deep
    for _ in range(300):
        deeper = deeper / "d"
        deeper.mkdir()
    for name in (b"\xff\xfe-v1.drop", b"line\n-v1.drop", b"bell\x07-v1.drop", "ü-v1.drop".encode()):
        (home / os.fsdecode(name)).mkdir()
    box.drop.bundle(home)
    box.put_in()
    text = await box.slot.says(REFUSED)
    assert text.isprintable()
    await box.sell()
    (good / "trust.9.dsse.json").unlink()
    box.mounts.take("sda1")
    await asyncio.sleep(0.05)
    box.put_in()
    assert "“Zine” is on sale now." in await box.slot.says(REFUSED)


async def test_too_much_paper(box: Box) -> None:
    """Papers that are small enough each, and too much for the box's memory together, are refused."""
    bundle = box.organizer.drop("zine", None).bundle(box.stick() / "STALLBOX")
    padded = {**json.loads(box.organizer.trusts[0]), "more": "x" * (4 << 20)}
    data = json.dumps(padded).encode()[: -(1 << 20)] + b'"}'
    (bundle / "trust.2.dsse.json").write_bytes(data)
    for n in range(3, 30):
        os.link(bundle / "trust.2.dsse.json", bundle / f"trust.{n}.dsse.json")
    box.put_in()
    assert "more than 67108864 bytes" in await box.slot.says(REFUSED)


async def test_same_name_twice(box: Box) -> None:
    """Names that differ by capitals alone: the proper one counts for folders, and each bundle is judged by itself."""
    place = box.stick()
    box.organizer.drop("zine", None, title="Zine").bundle(place / "STALLBOX")
    shutil.copytree(place / "STALLBOX" / "zine-v1.drop", place / "STALLBOX" / "ZINE-v1.drop")
    box.organizer.drop("tape", None, title="Tape").bundle(place / "stallbox")
    box.put_in()
    assert "Zine" in await box.slot.says(SAFE)
    assert [held.manifest.slug for held in box.stall.catalogue.drops] == ["harbour-lights", "zine"]


@pytest.mark.parametrize("where", ["", "STALLBOX", "STALLBOX/PAPERS"])
async def test_endless_folder(box: Box, where: str) -> None:
    """A folder of 20,000 files is refused as soon as that shows or, at the stick's top, is somebody else's affair."""
    place = box.stick() / where
    place.mkdir(exist_ok=True)
    for n in range(20_000):
        os.mknod(place / str(n))
    box.put_in()
    await box.slot.says(REFUSED if where else NOTHING, patience_s=5)
    await box.sell()
