"""The console's page about the box itself: drops, clock, log, what is plugged in, phones, and the questions that wait
for an answer."""

from __future__ import annotations

from aiohttp import web

from appliance.board import Board
from appliance.core.clock import Quality
from appliance.core.scene import MirrorState
from appliance.errors import RequestError
from appliance.stall.stall import Stall
from appliance.web import words
from appliance.web.console import needs_time, plain_faults, window_question
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem
from appliance.weblib.speech import later

_ASKED_HERE = frozenset({"clock", "time-asked"})
_NOTICES = {
    "freed": later("The blocked numbers are free again."),
    "time": later("The box has this phone’s time now."),
    "time-known": later("The box knows the time as well or better already. Nothing was changed."),
    "time-asked": later("That time is far from what the box knows. Say below whether it is right."),
    "answered": later("Your answer is noted."),
    "exported": later("The sales are on the stick. It is safe to remove."),
    "ejected": later("The stick is safe to remove."),
    "mirrored": later("The stick keeps a second copy from now on. Leave it in."),
    "without": later("The box sells on without its mirror stick."),
    "synced": later("The organizer’s collector was asked: see Log below."),
    "unmirrored": later("No second copy is kept any more."),
}


class State:
    """Says the truth about the box."""

    def __init__(self, stall: Stall, board: Board, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._board = board
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console/box", guarded(self._guard, self.page)),
            web.post("/console/discard-blocked", guarded(self._guard, self.discard_blocked)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page(None, _NOTICES.get(request.query.get("done", "")))

    async def refused(self, problem: Problem) -> web.Response:
        """The page, with what was refused on it."""
        return await self._page(problem)

    async def _page(self, problem: Problem | None, notice: str | None = None) -> web.Response:
        status, scene = await self._stall.stock.status(), self._board.scene
        return self._pages.answer(
            "console/box.html",
            status=200 if problem is None else problem.status,
            tab="Box",
            problem=problem,
            scene=scene,
            is_troubled=scene.mirror is not None and scene.mirror.state is MirrorState.MISSING,
            faults=[fault for fault in plain_faults(status) if fault.code not in _ASKED_HERE],
            notice=notice,
            ask_window=window_question(status),
            blocked=sum(drop.blocked for drop in status.drops),
            drops=status.drops,
            clock=words.clock(status.clock),
            clock_span=words.clock_span(status.clock),
            needs_time=needs_time(status),
            takes_time=Quality(status.clock.quality).rank <= Quality.PHONE.rank,
            times=self._stall.questions.times,
            box=status,
            collector=self._stall.house.settings.sync.url,
            phones=await self._stall.phones.all(),
        )

    async def discard_blocked(self, request: web.Request, by: int | None) -> web.Response:
        """The stall owner's answer that the blocked numbers were never sold."""
        if (await read_form(request)).get("sure") != "yes":
            raise RequestError("bad-request", "Tick that none of the numbers was sold.")
        await self._stall.questions.discard_blocked(by=by)
        raise web.HTTPSeeOther("/console/box?done=freed")
