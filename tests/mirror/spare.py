"""A box with a mirror, and a spare box that adopts it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.adopting import Adopted, adopt
from appliance.core.sale import Order
from appliance.errors import StallboxError
from appliance.premises import open_stall_in
from appliance.stall.copies import Sold
from appliance.stall.mirroring import Mirroring
from appliance.stall.stall import Stall
from appliance.store.mirror import keeping
from tests.box import CARD
from tests.organizer import Organizer
from tests.stall.hardware import Hardware
from tests.stall.till import FILES, PRICES, Till, opened

PLACES = Path("stick") / "STALLBOX" / "MIRROR"


@dataclass
class Mirrored:
    """An open stall whose mirror lies in `stick`."""

    till: Till
    stick: Path

    @property
    def mirroring(self) -> Mirroring:
        return mirroring_of(self.till.stall)

    async def sell(self, **order: object) -> Sold:
        return await sell(self.till.stall, **order)

    async def refusal(self) -> StallboxError:
        """Why a sale is refused; the test fails where it is not."""
        try:
            await self.sell()
        except StallboxError as refusal:
            return refusal
        raise AssertionError("it was sold")

    def pull(self) -> None:
        """The stick is gone."""
        self.stick.rename(self.stick.with_name("pulled"))

    async def put_back(self) -> None:
        self.stick.with_name("pulled").rename(self.stick)
        await self.mirroring.look_after(())


@contextlib.asynccontextmanager
async def mirrored(folder: Path, *, is_sync: bool = True, size: int | None = 6) -> AsyncIterator[Mirrored]:
    """A box that sells one drop and has its mirror, with all files, in `folder`/stick."""
    for name, data in (await _made(is_sync, size)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
        path.chmod(0o600)
    kept = keeping.read(folder / "box" / "keys")
    assert kept is not None
    keeping.write(folder / "box" / "keys", replace(kept, path=str(folder / PLACES)))
    organizer, hardware = Organizer(folder), Hardware()
    drop = organizer.drop(size=size, files=FILES, prices=PRICES)
    async with open_stall_in(folder / "box", readings=hardware.readings) as (stall, _):
        yield Mirrored(Till(folder, organizer, drop, hardware, stall), folder / "stick")


_MADE: dict[tuple[bool, int | None], dict[str, bytes]] = {}


async def _made(is_sync: bool, size: int | None) -> dict[str, bytes]:
    """The files of such a box and its stick, made once: the card's secret alone takes a second."""
    if (is_sync, size) not in _MADE:
        with TemporaryDirectory() as name:
            folder = Path(name)
            async with opened(folder, size=size) as till:
                mirroring = mirroring_of(till.stall)
                await mirroring.prepare(folder / PLACES, CARD, is_sync=is_sync, is_named=True)
                await mirroring.copy_files()
            wanted = [path for part in ("box", "stick") for path in (folder / part).rglob("*") if path.is_file()]
            _MADE[is_sync, size] = {str(path.relative_to(folder)): path.read_bytes() for path in wanted}
    return _MADE[is_sync, size]


def mirroring_of(stall: Stall) -> Mirroring:
    assert stall.house.mirroring is not None
    return stall.house.mirroring


async def sell(stall: Stall, **order: object) -> Sold:
    """One copy of Harbour Lights."""
    (copy,) = await stall.seller.sell(Order("harbour-lights", **order))  # type: ignore[arg-type]
    return copy


async def adopted(
    stick: Path, data: Path, *, hardware: Hardware | None = None, card: str = CARD, went_on: bool = False
) -> Adopted:
    """Has a spare box adopt the stick."""
    machine = hardware or Hardware()
    return await asyncio.to_thread(adopt, stick, data, card, went_on=lambda: went_on, readings=machine.readings)


@contextlib.asynccontextmanager
async def spare(
    stick: Path, data: Path, *, hardware: Hardware | None = None, went_on: bool = False
) -> AsyncIterator[Stall]:
    """A spare box that has adopted the stick, open."""
    machine = hardware or Hardware()
    await adopted(stick, data, hardware=machine, went_on=went_on)
    async with open_stall_in(data, readings=machine.readings) as (stall, _):
        yield stall
