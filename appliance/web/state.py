"""The console's page about the box itself: clock, log, drops, phones, and the questions that wait for an answer."""

from __future__ import annotations

from aiohttp import web

from appliance.core.clock import Quality
from appliance.errors import RequestError
from appliance.stall.stall import Stall
from appliance.web import words
from appliance.web.console import needs_time, plain_faults, read_form, window_question
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages

_ASKED_HERE = frozenset({"clock", "time-asked"})
_NOTICES = {
    "freed": "The blocked numbers are free again.",
    "time": "The box has this phone’s time now.",
    "time-known": "The box knows the time as well or better already. Nothing was changed.",
    "time-asked": "That time is far from what the box knows. Say below whether it is right.",
    "answered": "Your answer is noted.",
}


class State:
    """Says the truth about the box."""

    def __init__(self, stall: Stall, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console/box", guarded(self._guard, self.page)),
            web.post("/console/discard-blocked", guarded(self._guard, self.discard_blocked)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        status = await self._stall.stock.status()
        return self._pages.answer(
            "console/box.html",
            tab="Box",
            faults=[fault for fault in plain_faults(status) if fault.code not in _ASKED_HERE],
            notice=_NOTICES.get(request.query.get("done", "")),
            ask_window=window_question(status),
            blocked=sum(drop.blocked for drop in status.drops),
            drops=status.drops,
            clock=words.clock(status.clock),
            clock_span=words.clock_span(status.clock),
            needs_time=needs_time(status),
            takes_time=Quality(status.clock.quality).rank <= Quality.PHONE.rank,
            times=self._stall.questions.times,
            box=status,
            phones=await self._stall.phones.all(),
        )

    async def discard_blocked(self, request: web.Request, by: int | None) -> web.Response:
        """The stall owner's answer that the blocked numbers were never sold."""
        if (await read_form(request)).get("sure") != "yes":
            raise RequestError("bad-request", "Tick that none of the numbers was sold.")
        await self._stall.questions.discard_blocked(by=by)
        raise web.HTTPSeeOther("/console/box?done=freed")
