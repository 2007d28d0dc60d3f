"""A paired phone gives the box its time: with one tap on the console, or by the API. Answers about the time, too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web

from appliance.core.clock import Effect
from appliance.errors import RequestError
from appliance.stall.stall import Stall
from appliance.web import orders
from appliance.web.api import BASE
from appliance.web.guard import Guard, guarded
from appliance.web.pages import json_answer
from appliance.weblib.bodies import read_form

_HALF_MINUTE = 30  # a time typed in minutes is meant in the middle of that minute
_DONE = {Effect.TAKEN: "time", Effect.KNOWN: "time-known", Effect.ASKED: "time-asked"}


class PhoneTime:
    def __init__(self, stall: Stall, guard: Guard) -> None:
        self._stall = stall
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/console/time", guarded(self._guard, self.give)),
            web.post("/console/time-answer", guarded(self._guard, self.answer)),
            web.post(f"{BASE}/clock", guarded(self._guard, self.give_by_api)),
        ]

    async def give(self, request: web.Request, _by: int | None) -> web.Response:
        """What the page's script has filled in, else what was typed."""
        form = await read_form(request)
        effect = await self._stall.questions.set_time(_seconds(form["phone"]) if form.get("phone") else _typed(form))
        page = "/console" if form.get("then") == "sell" and effect is Effect.TAKEN else "/console/box"
        raise web.HTTPSeeOther(f"{page}?done={_DONE[effect]}")

    async def answer(self, request: web.Request, by: int | None) -> web.Response:
        """Whether a time that the box was told is right."""
        form = await read_form(request)
        if form.get("answer") not in {"right", "wrong"}:
            raise RequestError("bad-request", "Say whether the time is right or wrong.")
        is_right = form["answer"] == "right"
        await self._stall.questions.answer_time(form.get("source", ""), is_right=is_right, by=by)
        raise web.HTTPSeeOther("/console/box?done=answered")

    async def give_by_api(self, request: web.Request, _by: int | None) -> web.Response:
        """`{"time": Unix seconds}` in; the clock as it is then, and what became of it, out."""
        body = orders.read_object(await request.read())
        time = body.get("time")
        if set(body) != {"time"} or not isinstance(time, int) or isinstance(time, bool):
            raise RequestError("bad-request", "Give the time in whole Unix seconds, as “time”.")
        effect = await self._stall.questions.set_time(time)
        return json_answer({"clock": self._stall.house.now().interval(), "effect": effect.value})


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise RequestError("bad-request", "The phone's time cannot be read. Reload the page and try again.")
    return int(text)


def _typed(form: Mapping[str, str]) -> int:
    """Date and time as a browser's own field sends them, and how many hours they are ahead of UTC."""
    try:
        local = datetime.strptime(form.get("local", "")[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
        ahead = timedelta(hours=float(form.get("ahead", "").replace(",", ".") or "0"))
        if abs(ahead) > timedelta(hours=15):
            raise ValueError(ahead)
        return int((local - ahead).timestamp()) + _HALF_MINUTE
    except (ValueError, OverflowError) as error:
        raise RequestError("bad-request", "Give date, time, and the hours that it is ahead of UTC.") from error
