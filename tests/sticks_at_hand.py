"""Sticks for tests: a table of mounts that a test writes, and a helper on a real socket that mounts in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from appliance.board import Board
from appliance.core.mounts import Mount
from appliance.core.scene import Stick, StickDoing
from appliance.core.status import Fault
from appliance.devices.mounts import Mounts
from appliance.services.helper import Helper
from appliance.services.stick_notices import Notices
from appliance.services.sticks import Sticks
from appliance.stall.carrying import Carrying
from appliance.stall.stall import Stall

BUSY = {StickDoing.READING, StickDoing.WRITING}


class TestMounts(Mounts):
    """A table in which folders count as mounted, those of `sticks` by their names; it obeys like the box's helper."""

    __test__ = False

    def __init__(self, sticks: Path) -> None:
        super().__init__(sticks)
        self.orders: list[str] = []
        self.is_locked = False
        self._sticks = sticks
        self.table: dict[str, Mount] = {}
        self._events: list[asyncio.Event] = []
        self._numbers = 0

    def now(self) -> dict[str, Mount]:
        return dict(self.table)

    def put(self, name: str, *, is_read_only: bool = True) -> None:
        self._numbers += 1
        place = self._sticks / name
        device = place.stat().st_dev if place.exists() else 0
        disk = (os.major(device), os.minor(device))
        self.table[name] = Mount(self._numbers, disk, str(place), f"/dev/{name}", "vfat", is_read_only)
        self._tell()

    def take(self, name: str) -> None:
        self.table.pop(name, None)
        self._tell()

    def obey(self, words: list[str]) -> None:
        """Mounts a stick that is in anew, or unmounts it."""
        self.orders.append(" ".join(words))
        verb, name, *mode = words
        if not (self._sticks / name).exists():
            raise OSError("no such device")
        if verb == "mount":
            self.put(name, is_read_only=self.is_locked or mode == ["read"])
        else:
            self.take(name)

    def _tell(self) -> None:
        for event in self._events:
            event.set()

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Event]:
        event = asyncio.Event()
        self._events.append(event)
        yield event
        self._events.remove(event)


Obey = Callable[[list[str]], Awaitable[None] | None]


@contextlib.asynccontextmanager
async def helper_at(socket: Path, obey: Obey) -> AsyncIterator[Helper]:
    """A helper that does as `obey` with the words of each order; what that raises is its refusal."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = (await reader.readline()).decode().split()
        try:
            done = obey(words)
            if done is not None:
                await done
            writer.write(b"done\n")
        except OSError as error:
            writer.write(f"refused {error}\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, str(socket))
    async with server:
        yield Helper(socket)


class Telling(Board):
    """A board that keeps what was said of sticks, with the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[StickDoing, float]] = []

    def change(self, **changes: object) -> None:
        super().change(**changes)
        if isinstance(stick := changes.get("stick"), Stick):
            self.told.append((stick.doing, asyncio.get_running_loop().time()))


class Slot:
    """The service that reads and writes sticks of this stall, and what it says."""

    def __init__(self, stall: Stall, mounts: Mounts, helper: Helper) -> None:
        self.board = Telling()
        self.faults: dict[str, Fault | None] = {}
        notices = Notices(self.board, self.faults.__setitem__, lambda: 0)
        carrying = Carrying(stall.house.box_id, stall.papers, stall.acknowledgements, stall.outbox)
        self.sticks = Sticks(mounts, carrying, helper, notices)
        self.sticks.serve_on(self.board)

    @property
    def fault(self) -> Fault:
        """What is said of the last stick on every page."""
        fault = self.faults["stick"]
        assert fault is not None, "nothing is said"
        return fault

    @property
    def stick(self) -> Stick | None:
        return self.board.scene.stick

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Slot]:
        task = asyncio.create_task(self.sticks.run())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def forget(self) -> None:
        """What was said of an earlier stick is not waited for."""
        self.board.change(stick=None)
        self.board.told.clear()

    async def passes(self, doing: StickDoing, patience_s: float = 20.0) -> float:
        """Waits until this was said since `forget`, be it for a moment; when that was, by the loop's clock."""
        async with asyncio.timeout(patience_s):
            while True:
                for told, when in self.board.told:
                    if told is doing:
                        return when
                await asyncio.sleep(0.001)

    async def says(self, *doings: StickDoing, patience_s: float = 20.0) -> str:
        """Waits until one of these is said, or (none) until nothing more is being read or written; its text."""
        async with asyncio.timeout(patience_s):
            while self.stick is None or (self.stick.doing not in doings if doings else self.stick.doing in BUSY):
                await asyncio.sleep(0.01)
        return self.stick.text
