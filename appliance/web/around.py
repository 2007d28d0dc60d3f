"""What the console may have done around the sale: stick, mirror, sync, switching off. The board asks
others to do it.

A refusal comes back on the page from which it was asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from appliance.board import Board
from appliance.core.commands import (
    Command,
    EjectStick,
    ExportToStick,
    GoOnWithoutMirror,
    PowerOff,
    StopMirror,
    SyncNow,
    UseAsMirror,
)
from appliance.errors import RequestError, StallboxError
from appliance.web.guard import Guard, Served, guarded
from appliance.web.pages import Pages
from appliance.web.state import State
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people

_MIRROR = "/console/mirror"
_POWER = "/console/power"
_AT_ONCE: dict[str, tuple[Command, str]] = {  # by path: what is asked for, and the notice when it is done
    "/console/stick/export": (ExportToStick(), "exported"),
    "/console/stick/eject": (EjectStick(), "ejected"),
    "/console/sync": (SyncNow(), "synced"),
    f"{_MIRROR}/go-on": (GoOnWithoutMirror(), "without"),
    f"{_MIRROR}/stop": (StopMirror(), "unmirrored"),
}
_WAYS = {"sync": True, "async": False}

Draw = Callable[[Problem], Awaitable[web.Response]]


class Around:
    def __init__(self, board: Board, state: State, pages: Pages, guard: Guard) -> None:
        self._board = board
        self._state = state
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.post(path, guarded(self._guard, self._doing(*what))) for path, what in _AT_ONCE.items()),
            web.get(_MIRROR, guarded(self._guard, self.mirror_page)),
            web.post(_MIRROR, guarded(self._guard, self.mirror)),
            web.get(_POWER, guarded(self._guard, self.power_page)),
            web.post(_POWER, guarded(self._guard, self.power_off)),
        ]

    def _doing(self, command: Command, done: str) -> Served:
        async def do(request: web.Request, _by: int | None) -> web.Response:
            return await self._ask(request, command, done, self._state.refused)

        return do

    async def mirror_page(self, _request: web.Request, _by: int | None) -> web.Response:
        return self._mirror_page(None)

    async def mirror(self, request: web.Request, _by: int | None) -> web.Response:
        """Prepares the stick; the card's characters are never shown again."""
        form = await read_form(request)

        async def again(problem: Problem) -> web.Response:
            return self._mirror_page(problem, form.get("way", ""))

        if form.get("way") not in _WAYS:
            raise RequestError("bad-request", "Say whether a sale waits for the stick.")
        command = UseAsMirror(form.get("card", "")[:80], _WAYS[form["way"]])
        return await self._ask(request, command, "mirrored", again)

    async def power_page(self, _request: web.Request, _by: int | None) -> web.Response:
        return self._power_page(None)

    async def power_off(self, request: web.Request, _by: int | None) -> web.Response:
        async def again(problem: Problem) -> web.Response:
            return self._power_page(problem)

        try:
            await self._board.ask(PowerOff())
        except StallboxError as refusal:
            return await _refused(request, refusal, again)
        return self._pages.answer("console/off.html")

    async def _ask(self, request: web.Request, command: Command, done: str, again: Draw) -> web.Response:
        try:
            await self._board.ask(command)
        except StallboxError as refusal:
            return await _refused(request, refusal, again)
        raise web.HTTPSeeOther(f"/console/box?done={done}")

    def _mirror_page(self, problem: Problem | None, way: str = "sync") -> web.Response:
        return self._pages.answer(
            "console/mirror.html",
            status=problem.status if problem else 200,
            tab="Box",
            faults=(),
            problem=problem,
            way=way,
        )

    def _power_page(self, problem: Problem | None) -> web.Response:
        return self._pages.answer(
            "console/power.html",
            status=problem.status if problem else 200,
            tab="Box",
            faults=(),
            problem=problem,
        )


async def _refused(request: web.Request, refusal: StallboxError, again: Draw) -> web.Response:
    if not for_people(request):
        raise refusal
    return await again(Problem.of(refusal))
