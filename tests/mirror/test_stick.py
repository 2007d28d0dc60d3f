"""Sticks that were cut, changed, swapped, are full or never answer: the ledger alone is believed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core.scene import MirrorState
from appliance.errors import StallboxError
from appliance.stall.mirroring import Mirroring
from appliance.store.mirror.keeping import Kept
from appliance.store.mirror.log import LogFile
from appliance.store.mirror.places import Places
from appliance.store.mirror.stick import Source, Stick
from appliance.store.second import Head
from tests.box import CARD, CARD_HASH
from tests.mirror.spare import Mirrored, adopted, mirrored, spare
from tests.mirror.test_missing import held, recorded
from tests.organizer import key

LEAVES = [b"first", b"second, longer", b"3", b"the fourth"]


@given(st.integers(0, 60), st.binary(max_size=12), st.integers(0, 4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_log_is_mended(tmp_path: Path, cut: int, rest: bytes, count: int) -> None:
    """Whatever a cut left of a log, it ends as the ledger's leaves."""
    path, whole = tmp_path / "1.ndjson", b"".join(leaf + b"\n" for leaf in LEAVES)
    path.write_bytes(whole[:cut] + rest)
    log = LogFile(path, LEAVES[:count])
    log.append(LEAVES[count:])
    log.sync()
    log.close()
    assert path.read_bytes() == whole


def _places(box: Mirrored) -> Path:
    return box.stick / "STALLBOX" / "MIRROR"


def _torn(places: Path) -> None:
    (log,) = places.glob("*.ndjson")
    log.write_bytes(log.read_bytes()[:-7])


def _changed(places: Path) -> None:
    (log,) = places.glob("*.ndjson")
    log.write_bytes(log.read_bytes().replace(b'"number":1', b'"number":9'))


def _emptied(places: Path) -> None:
    for path in places.iterdir():
        if path.is_file() and path.name != "identity.json":
            path.unlink()


def _no_slots(places: Path) -> None:
    (places / "second-place").write_bytes(b"nonsense")


@pytest.mark.parametrize("spoil", [_torn, _changed, _emptied, _no_slots])
async def test_mended(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """What was torn or changed while the stick was out is as the ledger says when it is back, and can be adopted."""
    async with mirrored(tmp_path) as box:
        await box.sell()
        box.pull()
        spoil(tmp_path / "pulled" / "STALLBOX" / "MIRROR")
        await box.mirroring.look_after(())
        await box.put_back()
        await box.sell()
        assert held(box) == recorded(box)
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert (await stall.house.reader.numbers())[box.till.drop.id]["sold"] == 2


@pytest.mark.parametrize("spoil", [_torn, _changed, _emptied])
async def test_not_adopted(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """A mirror that does not prove its ledger is not adopted, and nothing is left that counts as a box."""
    async with mirrored(tmp_path) as box:
        await box.sell()
    spoil(_places(box))
    with pytest.raises(StallboxError):
        await adopted(box.stick, tmp_path / "spare")
    assert not (tmp_path / "spare" / "stallbox.toml").exists()


async def test_wrong_card(tmp_path: Path) -> None:
    """Another card, and a text that is none, open nothing."""
    async with mirrored(tmp_path) as box:
        pass
    for card in ("0" * 26, "not a card"):
        with pytest.raises(StallboxError, match="26 characters"):
            await adopted(box.stick, tmp_path / "spare", card=card)


async def test_other_mirror(tmp_path: Path) -> None:
    """A mirror of another time or box in the place of this one is not written."""
    async with mirrored(tmp_path) as box:
        box.pull()
        await box.mirroring.look_after(())
        other = _places(box)
        other.mkdir(parents=True)
        (other / "identity.json").write_bytes(b"{}")
        await box.mirroring.look_after(())
        assert [path.name for path in other.iterdir()] == ["identity.json"]
        assert (await box.refusal()).code == "not-ready"


async def test_other_box(tmp_path: Path) -> None:
    """The mirror of another box is never overwritten by this one."""
    async with mirrored(tmp_path) as box:
        identity = _places(box) / "identity.json"
        foreign = identity.read_text().replace(key("box").public.did, key("stranger").public.did)
        identity.write_text(foreign)
        with pytest.raises(StallboxError, match="another box"):
            await box.mirroring.prepare(_places(box), CARD, is_sync=True, is_named=True)
        assert identity.read_text() == foreign


async def test_links(tmp_path: Path) -> None:
    """A stick on which something is a link is not written: nothing outside it may be."""
    async with mirrored(tmp_path) as box:
        box.pull()
        await box.mirroring.look_after(())
        places = tmp_path / "pulled" / "STALLBOX" / "MIRROR"
        (places / "claims" / "unsaid.sealed").unlink()
        (places / "claims" / "unsaid.sealed").symlink_to(tmp_path / "precious")
        await box.put_back()
        assert not (tmp_path / "precious").exists()
        assert box.mirroring.fault is not None
        assert "link" in box.mirroring.fault.detail


@dataclass(frozen=True)
class HangingSource(Source):
    """Its stick takes in what it lacks when it is opened, and then answers no more before it is released."""

    released: threading.Event = field(default_factory=threading.Event)

    def open(self, places: Places, kept: Kept, head: Head) -> Stick:
        return HangingStick(super().open(places, kept, head), self.released)


class HangingStick(Stick):
    def __init__(self, stick: Stick, released: threading.Event) -> None:
        super().__init__(stick._places, stick._writer, stick._bundles, stick._db)
        self._released = released

    def bring_up(self, head: Head) -> None:
        self._released.wait(30)
        super().bring_up(head)


async def test_hangs(tmp_path: Path) -> None:
    """A stick that does not answer holds a sale up for a moment, not for ever; then it is missing."""
    async with mirrored(tmp_path) as box:
        house, data = box.till.stall.house, tmp_path / "box"
        source = HangingSource(house.key, data / "ledger.db", house.papers, house.shelf, b"")
        box.mirroring.close()
        house.mirroring = Mirroring(data / "keys", CARD_HASH, source, house.ledger, house.now, patience_s=2.0)
        await box.mirroring.look_after(())
        assert "recorded, but not on the mirror" in (await box.refusal()).detail
        assert (await box.refusal()).status_hint == 409
        await box.mirroring.look_after(())
        assert (await box.refusal()).status_hint == 409
        source.released.set()
        async with asyncio.timeout(30):
            while (state := house.mirroring.state) is None or state.state is not MirrorState.KEPT:
                await asyncio.sleep(0.05)
                await box.mirroring.look_after(())
        assert held(box) == recorded(box)
        await box.sell()
        box.mirroring.close()
