"""The board: the latest status of the box, what goes on around it, and what is asked of its tasks.

Tasks and pages meet here without knowing each other. Only the newest status counts; who looks rarely misses the ones
between. It belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from appliance.core.commands import Command
from appliance.core.scene import Scene
from appliance.core.status import Status
from appliance.errors import StoreError

C = TypeVar("C", bound=Command)


class Board:
    """One status with its scene, everybody who waits for the next, and a task for each command."""

    def __init__(self) -> None:
        self._latest: Status | None = None
        self._scene = Scene()
        self._news = asyncio.Event()
        self._served: dict[type[object], Callable[[Command], Awaitable[None]]] = {}

    @property
    def latest(self) -> Status | None:
        """The newest status; None until the first was posted."""
        return self._latest

    @property
    def scene(self) -> Scene:
        """What goes on around the sale, also before the first status."""
        return self._scene

    def post(self, status: Status) -> None:
        """Puts `status` in place of the last one and wakes everybody who waits. Never blocks."""
        self._latest = status if status.scene == self._scene else replace(status, scene=self._scene)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def change(self, **changes: object) -> None:
        """Changes fields of the scene, as `dataclasses.replace`; at once to be seen."""
        scene = replace(self._scene, **changes)  # type: ignore[arg-type]  # the names and types are the scene's own
        if scene != self._scene:
            self._scene = scene
            if self._latest is not None:
                self.post(self._latest)

    def again(self) -> None:
        """Wakes everybody who waits: something that they show and no status tells is another now."""
        if self._latest is not None:
            self.post(replace(self._latest))

    async def newer(self, seen: Status | None) -> Status:
        """The newest status, at once if it is not the very one `seen`, else as soon as one is posted."""
        while self._latest is None or self._latest is seen:
            await self._news.wait()
        return self._latest

    async def watch(self) -> AsyncGenerator[Status, None]:
        """The newest status, then each that is newest when the watcher comes back for more."""
        seen: Status | None = None
        while True:
            seen = await self.newer(seen)
            yield seen

    def serve(self, kind: type[C], does: Callable[[C], Awaitable[None]]) -> None:
        """From now on `does` carries out commands of this kind."""
        self._served[kind] = does  # type: ignore[assignment]  # called with commands of this kind alone

    async def ask(self, command: Command) -> None:
        """Has `command` carried out, and returns when that is done. Every refusal is a StallboxError."""
        does = self._served.get(type(command))
        if does is None:
            raise StoreError("not-ready", "This box has nobody who does that: look at its faults on the console.")
        await does(command)
