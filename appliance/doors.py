"""The two ways into a box from a terminal: through the socket of the running daemon, or into the data itself.

Both answer the same. `open_door` takes the second only when nobody holds the data directory's lock.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Protocol

from appliance.board import Board
from appliance.core.scene import DisplayHealth
from appliance.devices.opening import open_displays
from appliance.errors import StoreError
from appliance.premises import display_places, open_stall_in
from appliance.screens.turns import turn
from appliance.services.control import TEST_S
from appliance.services.sync import Syncer
from appliance.services.trial import show_test
from appliance.stall.mirroring import Mirroring
from appliance.stall.stall import Stall
from appliance.web import orders
from appliance.web.answers import redeemed_answer, sold_answer, status_answer
from appliance.weblib.control import Control, connect

Json = dict[str, object]


class Door(Protocol):
    """What commands ask of a box. Every refusal is a StallboxError."""

    async def status(self) -> Json:
        """As `GET /api/v1/status`."""

    async def sell(self, order: Mapping[str, object]) -> Json:
        """As `POST /api/v1/sales`."""

    async def redeem(self, token: str) -> Json:
        """As `POST /api/v1/redeem`."""

    async def pair(self) -> Json:
        """Has the displays show the code that pairs a phone: `{"url","seconds"}`; `not-ready` where none would."""

    async def sync(self) -> Json:
        """Brings the log to the collector: `{"unsynced","sending"}`, how much waits after this try, and whether it
        still goes on. What stops it is raised."""

    async def screen(self) -> Json:
        """The page that is due, and the displays: `{"page","displays":[{"kind","fault"}]}`."""

    async def test_displays(self) -> Json:
        """Shows the test picture on every display: `{"seconds","displays"}`."""

    async def release(self, slug: str, spans: list[list[int]]) -> Json:
        """Gives inclusive ranges of numbers up: `{"entry"}`, the reference that the creator needs."""

    async def close(self) -> Json:
        """Closes the day: `{"entry","time","totals","by_phone","oldest_unsynced_s","funnel"}`."""

    def ingest(self, bundle: Path) -> AsyncIterator[Json]:
        """Takes a bundle in, or a paper; `bundle` is absolute.

        `{"done","total"}` in bytes while it runs; last `{"slug","title","version","news"}`, of a paper `{"paper",…}`.
        """

    async def mirror(self) -> Json:
        """How the mirror stands: `{"mirror","sync","behind","path","fault"}`, `mirror` null where none is kept."""

    async def prepare_mirror(self, folder: Path, card: str, *, is_sync: bool) -> Json:
        """Keeps the mirror in `folder`, which is absolute; as `mirror`, like the next two."""

    async def go_on_without_mirror(self) -> Json:
        """Sells although the mirror is missing, until it is back."""

    async def stop_mirror(self) -> Json:
        """Keeps no mirror any more."""

    def export(self, first: int) -> AsyncIterator[tuple[str, bytes]]:
        """Sync batches from entry `first`: file name and bytes."""


class Running:
    """The daemon, asked through its socket."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def status(self) -> Json:
        return await self._control.get("/api/v1/status")

    async def sell(self, order: Mapping[str, object]) -> Json:
        return await self._control.post("/api/v1/sales", order)

    async def redeem(self, token: str) -> Json:
        return await self._control.post("/api/v1/redeem", {"token": token})

    async def pair(self) -> Json:
        return await self._control.post("/control/pair", {})

    async def sync(self) -> Json:
        return await self._control.post("/control/sync", {})

    async def screen(self) -> Json:
        return await self._control.get("/control/screen")

    async def test_displays(self) -> Json:
        return await self._control.post("/control/screen/test", {})

    async def release(self, slug: str, spans: list[list[int]]) -> Json:
        return await self._control.post("/control/release", {"drop": slug, "ranges": spans})

    async def close(self) -> Json:
        return await self._control.post("/control/close", {})

    async def mirror(self) -> Json:
        return await self._control.get("/control/mirror")

    async def prepare_mirror(self, folder: Path, card: str, *, is_sync: bool) -> Json:
        wanted = {"path": str(folder), "card": card, "sync": is_sync}
        return await self._control.post("/control/mirror/prepare", wanted)

    async def go_on_without_mirror(self) -> Json:
        return await self._control.post("/control/mirror/go-on", {})

    async def stop_mirror(self) -> Json:
        return await self._control.post("/control/mirror/stop", {})

    async def ingest(self, bundle: Path) -> AsyncIterator[Json]:
        async for line in self._control.follow("/control/ingest", {"path": str(bundle)}):
            yield line

    async def export(self, first: int) -> AsyncIterator[tuple[str, bytes]]:
        async for line in self._control.follow("/control/export", {"from": first}):
            yield str(line["name"]), base64.b64decode(str(line["data"]))


class Stopped:
    """The data of a box whose daemon does not run."""

    def __init__(self, stall: Stall, folder: Path) -> None:
        self._stall = stall
        self._folder = folder

    async def status(self) -> Json:
        return status_answer(await self._stall.stock.status())

    async def sell(self, order: Mapping[str, object]) -> Json:
        return sold_answer(await self._stall.seller.sell(orders.from_json(json.dumps(order).encode())))

    async def redeem(self, token: str) -> Json:
        return redeemed_answer(await self._stall.redeemer.redeem(token))

    async def pair(self) -> Json:
        raise StoreError(
            "not-ready", "The box does not run, so no screen can show the code. Start it, then pair the phone."
        )

    async def sync(self) -> Json:
        await Syncer(self._stall, Board(), self._folder).once()
        status = await self._stall.stock.status()
        return {"unsynced": status.unsynced.count, "sending": False}

    async def screen(self) -> Json:
        settings = self._stall.house.settings
        page = turn(await self._stall.stock.status()).page
        return {"page": page.value, "displays": [DisplayHealth(wanted.kind).answer() for wanted in settings.displays]}

    async def test_displays(self) -> Json:
        settings = self._stall.house.settings
        with open_displays(settings.displays, display_places(self._folder)) as displays:
            faults = await show_test(displays, settings.name, TEST_S)
        found = zip(settings.displays, faults, strict=True)
        return {"seconds": TEST_S, "displays": [DisplayHealth(wanted.kind, fault).answer() for wanted, fault in found]}

    async def release(self, slug: str, spans: list[list[int]]) -> Json:
        return {"entry": await self._stall.release.release(slug, spans)}

    async def close(self) -> Json:
        # Nobody has watched the Wi-Fi.
        return (await self._stall.close.close()).answer() | {"funnel": None}

    async def mirror(self) -> Json:
        return self._mirroring.answer()

    async def prepare_mirror(self, folder: Path, card: str, *, is_sync: bool) -> Json:
        await self._mirroring.prepare(folder, card, is_sync=is_sync, is_named=True)
        await self._mirroring.copy_files()
        return self._mirroring.answer()

    async def go_on_without_mirror(self) -> Json:
        await self._mirroring.go_on()
        return self._mirroring.answer()

    async def stop_mirror(self) -> Json:
        await self._mirroring.stop()
        return self._mirroring.answer()

    @property
    def _mirroring(self) -> Mirroring:
        assert self._stall.house.mirroring is not None, "every box has one"
        return self._stall.house.mirroring

    async def ingest(self, bundle: Path) -> AsyncIterator[Json]:
        yield (await self._stall.papers.ingest(bundle)).answer()

    def export(self, first: int) -> AsyncIterator[tuple[str, bytes]]:
        return self._stall.batches(first)


@contextlib.asynccontextmanager
async def open_door(folder: Path) -> AsyncIterator[Door]:
    """The running daemon's door, or the stopped box's own."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            stall, _ = await stack.enter_async_context(open_stall_in(folder))
        except StoreError as error:
            if error.code != "busy":
                raise
        else:
            yield Stopped(stall, folder)
            return
        yield Running(await stack.enter_async_context(connect(folder)))
