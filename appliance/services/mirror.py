"""Looks after the mirror stick: finds it when it comes, brings it up, says on the board how it stands.

Serves what is asked of it, from pages by the board and from a terminal by the control socket. Knows no sale.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from appliance.board import Board
from appliance.core.commands import GoOnWithoutMirror, StopMirror, UseAsMirror
from appliance.core.status import Fault
from appliance.errors import RequestError, StallboxError
from appliance.services.sticks import Sticks
from appliance.stall.mirroring import Mirroring

_PAUSE_S = 2.0
_GATHER_S = 0.25  # of sales that do not wait for the stick
_FILES_S = 60.0
_FILES = "files on the mirror"
Note = Callable[[str, Fault | None], None]


class MirrorKeeper:
    """`changed` is told when there is a fault, or it is over."""

    def __init__(
        self, mirroring: Mirroring, board: Board, note: Note, sticks: Sticks, changed: Callable[[], None]
    ) -> None:
        self._changed = changed
        self._fault: Fault | None = None
        self._mirroring, self._board, self._note, self._sticks = mirroring, board, note, sticks
        self._news = asyncio.Event()

    @property
    def forgotten(self) -> asyncio.Event:
        """The stick knows sales that the ledger does not."""
        return self._mirroring.forgotten

    def changed(self) -> None:
        """Something was committed."""
        self._news.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_S):
                    await self._news.wait()
            await asyncio.sleep(_GATHER_S)
            self._news.clear()

    async def run_files(self) -> None:
        """Copies files when the stick has come, and now and then, until it is cancelled."""
        while True:
            self._mirroring.came.clear()
            try:
                await self._mirroring.copy_files()
                self._note(_FILES, None)
            except StallboxError as fault:
                self._note(_FILES, _harmless(fault))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FILES_S):
                    await self._mirroring.came.wait()

    def serve_on(self, board: Board) -> None:
        """Pages may ask on the board from now on."""

        async def use(command: UseAsMirror) -> None:
            self._mirroring.check_card(command.card)  # before a stick is mounted anew for it
            folder = await self._sticks.lend()
            await self._mirroring.prepare(folder, command.card, is_sync=command.is_sync, is_named=False)
            self._say()

        async def go_on(_: GoOnWithoutMirror) -> None:
            await self._mirroring.go_on()
            self._say()

        async def stop(_: StopMirror) -> None:
            await self._mirroring.stop()
            await self._sticks.give_back()
            self._say()

        board.serve(UseAsMirror, use)
        board.serve(GoOnWithoutMirror, go_on)
        board.serve(StopMirror, stop)

    def routes(self) -> list[web.RouteDef]:
        """What a terminal asks for, each with the state as the answer."""

        async def prepare(request: web.Request) -> web.Response:
            body = await request.json()
            if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in ("path", "card")):
                raise RequestError("bad-request", "Name the folder and the owner card.")
            path, is_sync = Path(body["path"]), body.get("sync") is True
            await self._mirroring.prepare(path, body["card"], is_sync=is_sync, is_named=True)
            return self._answer()

        async def go_on(_: web.Request) -> web.Response:
            await self._mirroring.go_on()
            return self._answer()

        async def stop(_: web.Request) -> web.Response:
            await self._mirroring.stop()
            return self._answer()

        async def state(_: web.Request) -> web.Response:
            return self._answer()

        return [
            web.get("/control/mirror", state),
            web.post("/control/mirror/prepare", prepare),
            web.post("/control/mirror/go-on", go_on),
            web.post("/control/mirror/stop", stop),
        ]

    def _answer(self) -> web.Response:
        self._say()
        return web.json_response(self._mirroring.answer())

    async def _look(self) -> None:
        await self._mirroring.look_after(self._sticks.mirrors(), self._sticks.make_writable)
        self._say()

    def _say(self) -> None:
        mirroring = self._mirroring
        fault = mirroring.why_stopped or (_harmless(mirroring.fault) if mirroring.fault else None)
        self._board.change(mirror=mirroring.state)
        self._note("mirror", fault)
        if fault != self._fault:
            self._fault = fault
            self._changed()


def _harmless(fault: StallboxError) -> Fault:
    """Of a code that stops no sale: whether sales wait for the mirror, its state says."""
    return Fault("device", fault.detail)
