"""What a mirror costs: sales per second over HTTP without one, with one that comes along, and with one that is waited
for, in a folder on the disk that is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from appliance.premises import open_stall_in
from tests.bench import syncs
from tests.bench.probes import ROUNDS
from tests.bench.selling import EDITION, SLOW_US, Case, measure
from tests.bench.stalls import make_stall
from tests.bench.table import Row, not_measured, plain
from tests.box import CARD

_EACH = {1: 60, 8: 40}  # sales per seller and round
_EACH_SLOW = {1: 8, 8: 8}


def rows(folder: Path) -> Iterator[Row]:
    """The rows of this part; works in `folder`."""
    data = asyncio.run(make_stall(folder, {"note.txt": b"a note\n"}, EDITION))
    yield from _rows(data, _EACH, None, "")
    if syncs.is_available():
        yield from _rows(data, _EACH_SLOW, SLOW_US, "20 ms fsync: ")
    else:
        yield not_measured("cost of the mirror with a 20 ms fsync", syncs.MISSING)


def _rows(data: Path, each: dict[int, int], delay_us: int | None, disk: str) -> Iterator[Row]:
    for sellers, sales in each.items():
        case = Case(sellers, over_http=True)
        without = 0.0
        for kind, prepare in _KINDS.items():
            per_s = measure(data, case, sales, ROUNDS, delay_us, prepare).per_s
            without = without or per_s
            note = "" if prepare is _leave else f"{per_s / without:.2f} of those without"
            yield plain(f"{disk}sales/s, {case.title}, {kind}", per_s, "/s", note)


def _leave(_data: Path) -> None:
    """No mirror."""


async def _mirrored(data: Path, *, is_sync: bool) -> None:
    async with open_stall_in(data) as (stall, _):
        assert stall.house.mirroring is not None
        stick = data.with_name("stick") / "STALLBOX" / "MIRROR"
        data.with_name("stick").mkdir(exist_ok=True)
        await stall.house.mirroring.prepare(stick, CARD, is_sync=is_sync, is_named=True)
        await stall.house.mirroring.copy_files()


def _prepare(data: Path, *, is_sync: bool) -> None:
    asyncio.run(_mirrored(data, is_sync=is_sync))


_KINDS: dict[str, Callable[[Path], None]] = {
    "no mirror": _leave,
    "mirror": partial(_prepare, is_sync=False),
    "mirror in sync mode": partial(_prepare, is_sync=True),
}
