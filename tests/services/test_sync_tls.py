"""Whom the box believes to be its collector: the certificate of the set host, as far as the box can tell the time."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core.clock import Quality
from appliance.core.sale import Order
from appliance.errors import StallboxError
from appliance.services.sync import Syncer
from tests.authority import Authority
from tests.collecting import Desk, collecting
from tests.organizer import DAY, NOW, Organizer
from tests.stall.till import Till, opened

YEAR = 365 * DAY


@contextlib.asynccontextmanager
async def between(
    folder: Path, host: str = "localhost", begin: int = NOW - DAY, end: int = NOW + DAY, *, pinned: str | None = "ca"
) -> AsyncIterator[tuple[Till, Desk]]:
    """A box that has sold, and a collector whose certificate by `ca` is for this host and span; the box pins another
    authority, or none."""
    authorities = {name: Authority(folder / f"{name}.pem") for name in ("ca", "other")}
    pem = authorities["ca"].certify(folder / "server.pem", host, begin, end)
    async with collecting(folder / "collector", Organizer(folder), tls=pem) as desk:
        settings = f'[sync]\nurl = "https://localhost:{desk.port}"\n' + (f'ca = "{pinned}.pem"\n' if pinned else "")
        async with opened(folder, size=20, settings=settings) as till:
            if pinned:
                data = (folder / f"{pinned}.pem").read_bytes()
                (till.folder / "box" / f"{pinned}.pem").write_bytes(data)
            await till.stall.seller.sell(Order(till.drop.slug))
            yield till, desk


async def sync(till: Till) -> None:
    await Syncer(till.stall, Board(), till.folder / "box").once()


async def test_pinned(tmp_path: Path) -> None:
    """A certificate by the pinned authority for the host that is set: sales go there."""
    async with between(tmp_path) as (till, desk):
        await sync(till)
        assert desk.numbers() == [1]


def stand(till: Till, lo: int, hi: int | None) -> None:
    """The box's clock stands there from now on."""
    known, quality = till.stall.house.now, Quality.FLOOR if hi is None else Quality.NTP
    till.stall.house.now = lambda: replace(known(), lo=lo, hi=hi, quality=quality)


@pytest.mark.parametrize(
    ("begin", "end", "lo"),
    [(NOW + YEAR, NOW + 2 * YEAR, NOW), (NOW - 2 * YEAR, NOW - YEAR, NOW - 3 * YEAR)],
    ids=["not valid yet by this machine's clock", "over by this machine's clock"],
)
async def test_unsure_of_the_time(tmp_path: Path, begin: int, end: int, lo: int) -> None:
    """A certificate that the system would refuse, but that may be valid as far as the box knows, stops nothing."""
    async with between(tmp_path, begin=begin, end=end) as (till, desk):
        stand(till, lo, None)
        await sync(till)
        assert desk.numbers() == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pinned": "other"},
        {"pinned": None},
        {"host": "collector.example.org"},
        {"begin": NOW - 2 * YEAR, "end": NOW - YEAR},
    ],
    ids=["another authority", "none of the system's", "another host", "over for certain"],
)
async def test_wrong(tmp_path: Path, wrong: dict[str, object]) -> None:
    """A wrong certificate stops sync with a sentence, and nothing is sent."""
    async with between(tmp_path, **wrong) as (till, desk):  # type: ignore[arg-type]
        with pytest.raises(StallboxError, match="certificate that is not its own") as refused:
            await sync(till)
        assert "Nothing was sent" in refused.value.detail
        assert desk.leaves() == []


async def test_not_valid_yet_for_certain(tmp_path: Path) -> None:
    """Where the box knows the time well, a certificate of the future is refused as well."""
    async with between(tmp_path, begin=NOW + YEAR, end=NOW + 2 * YEAR) as (till, desk):
        stand(till, NOW, NOW + 5)
        with pytest.raises(StallboxError, match="not valid yet"):
            await sync(till)
        assert desk.leaves() == []


async def test_no_authority(tmp_path: Path) -> None:
    """A pinned authority that cannot be read is said."""
    async with between(tmp_path) as (till, _):
        (till.folder / "box" / "ca.pem").write_text("nothing")
        with pytest.raises(StallboxError, match=r"\[sync\] ca cannot be read"):
            await sync(till)
