"""Eight phones share the radio, one phone has one share, and pages stay quick."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import BinaryIO

from appliance.core.segments import Piece, Segment
from appliance.web.delivery import Delivery, Terms
from appliance.web.pace import Pace
from tests.web.download_box import PAGE, Box

CLIENT = Path(__file__).parents[1] / "bench" / "download_client.py"


class Radio:
    """Carries `rate` bytes per tick, shared equally by all connections that have something to carry."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.outlets: list[RadioOutlet] = []

    async def run(self) -> None:
        while True:
            busy = [outlet for outlet in self.outlets if outlet.queued and outlet.reads]
            for outlet in busy:
                outlet.carry(self.rate // len(busy))
            await asyncio.sleep(0.001)


class RadioOutlet:
    """A connection over the radio: its kernel holds 64 KiB that are not on their way, or 1 MiB when alone."""

    def __init__(self, radio: Radio, *, reads: bool = True) -> None:
        self.carried = 0
        self.queued = 0
        self.reads = reads
        self.holds = 1024 * 1024
        self._room = asyncio.Event()
        radio.outlets.append(self)

    def carry(self, count: int) -> None:
        count = min(count, self.queued)
        self.queued -= count
        self.carried += count
        if self.queued < self.holds // 2:
            self._room.set()

    def is_clear(self) -> bool:
        return True

    def keep_shallow(self, wanted: bool) -> None:
        self.holds = 64 * 1024 if wanted else 1024 * 1024

    def put(self, source: bytes | BinaryIO, offset: int, count: int) -> int:
        taken = max(0, min(count, self.holds - self.queued))
        self.queued += taken
        if self.queued >= self.holds:
            self._room.clear()
        return taken

    async def writable(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._room.wait()
        except TimeoutError:
            return False
        return True


def no_file(_digest: str) -> BinaryIO:
    """These tests send bytes only."""
    raise AssertionError


async def nothing() -> None:
    """There is no header to send."""


async def carried(phones: dict[str, list[bool]], seconds: float) -> dict[str, list[int]]:
    """What the radio carries for each connection of each phone; a connection is False when its client is deaf."""
    terms, radio = Terms(no_file, Pace(slice_bytes=1024 * 1024, patience_s=0.05)), Radio(64 * 1024)
    data = bytes(1 << 24)
    tasks = [asyncio.create_task(radio.run())]
    outlets = {
        phone: [RadioOutlet(radio, reads=reads) for reads in connections] for phone, connections in phones.items()
    }

    async def download(phone: str, outlet: RadioOutlet) -> None:
        with terms.pace.lane(phone) as lane:
            pieces = [Piece(data, 0, len(data), 0)] * 100
            await Delivery(outlet, lane, terms, lambda _position, _count: None).run(pieces, nothing)

    tasks += [asyncio.create_task(download(phone, outlet)) for phone in phones for outlet in outlets[phone]]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {phone: [outlet.carried for outlet in outlets[phone]] for phone in phones}


async def test_many_connections_of_one_phone_have_one_share() -> None:
    """Six downloads at once bring a phone hardly more than its neighbour gets with one."""
    result = await carried({"greedy": [True] * 6, "modest": [True]}, 1.0)
    assert sum(result["greedy"]) < 2 * sum(result["modest"])
    assert min(result["greedy"]) > 0


async def test_phones_have_equal_shares() -> None:
    """Eight phones with one download each get nearly the same."""
    result = await carried({f"phone {n}": [True] for n in range(8)}, 0.5)
    shares = [sum(connections) for connections in result.values()]
    assert max(shares) < 1.3 * min(shares)


async def test_a_paused_download_does_not_hold_its_siblings_up() -> None:
    """A connection that takes nothing soon loses its turn to the others of the same phone."""
    result = await carried({"phone": [False, True, True]}, 1.0)
    alone = await carried({"phone": [True]}, 1.0)
    assert sum(result["phone"]) > 0.7 * sum(alone["phone"])


async def test_a_download_tells_how_fast_the_radio_is() -> None:
    """A download over a radio that is slower than was thought makes the estimate longer, however fast its first bytes
    went into buffers."""
    pace, radio = Pace(), Radio(1024)
    before = pace.seconds(10**9, "phone")
    carrying = asyncio.create_task(radio.run())
    data = bytes(3 << 19)
    with pace.lane("phone") as lane:
        terms = Terms(no_file, pace)
        delivery = Delivery(RadioOutlet(radio), lane, terms, lambda _position, _count: None)
        await delivery.run([Piece(data, 0, len(data), 0)], nothing)
    carrying.cancel()
    assert pace.seconds(10**9, "phone") > 1.1 * before


async def test_the_lanes_are_forgotten_with_the_phones() -> None:
    """A day of passers-by leaves nothing behind."""
    pace = Pace()
    with pace.lane("a") as first, pace.lane("a") as second, pace.lane("b") as other:
        assert first is second
        assert first.crowded
        assert not other.crowded
    with pace.lane("a") as later:
        assert later is not first
        assert not later.crowded


async def test_pages_stay_quick_while_eight_phones_download(tmp_path: Path) -> None:
    """With eight clients that read as fast as they can, nine pages of ten are there within 100 ms."""
    box = Box(tmp_path)
    digest = "ab" * 32
    box.path_of(digest).parent.mkdir()
    with box.path_of(digest).open("wb") as file:
        file.truncate(400_000_000)
    box.offer("large", Segment(400_000_000, digest))
    async with box.serving(), box.line() as line:
        client = await asyncio.create_subprocess_exec(
            sys.executable, str(CLIENT), str(box.port), "8", "/d/large", stdout=asyncio.subprocess.PIPE
        )
        while not box.progress:
            await asyncio.sleep(0.01)
        times = []
        while client.returncode is None and len(times) < 100:
            start = time.perf_counter()
            assert (await line.ask("GET", "/page")).body == PAGE
            times.append(time.perf_counter() - start)
            await asyncio.sleep(0.005)
        assert len(times) >= 20
        assert sorted(times)[len(times) * 9 // 10] < 0.1
        await client.communicate()
        assert client.returncode == 0


def open_descriptors() -> set[str]:
    """What this process has open."""
    return {path.name for path in Path("/proc/self/fd").iterdir()}


async def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    """Downloads that were finished, left, or ended by the shutdown have closed what they opened."""
    before = open_descriptors()
    box = Box(tmp_path)
    box.offer("file", box.put(bytes(30_000_000)))
    async with AsyncExitStack() as later, box.serving():
        assert (await box.get("/d/file", Range="bytes=0-99")).status == 206
        async with box.line() as left:
            left.request("GET", "/d/file")
            await left.head()
        running = await later.enter_async_context(box.line())
        running.request("GET", "/d/file")
        await running.head()
    await asyncio.sleep(0.05)
    assert len(open_descriptors()) <= len(before)
