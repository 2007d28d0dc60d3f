"""The console's page for payment tokens: redeem one, accept one in spite of a refusal, settle what is owed."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from appliance.core.status import Status
from appliance.errors import SaleError, StallboxError
from appliance.stall.redeem import OVERRIDABLE
from appliance.stall.stall import Stall
from appliance.web import words
from appliance.web.console import plain_faults, sold_page, window_question
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people
from appliance.weblib.speech import later

_OWED = "/console/owed/{entry:[0-9]+:[0-9]+}"
_WAYS_ON = {  # which word of the stall owner's would answer a refusal
    "expired": "clock",
    "not-yet": "clock",
    "window-closed": "window",
    "window-not-open": "window",
    "wrong-price": "price",
}
_NOTICES = {"refund": later("It is noted that the money was given back. Give it back, if you have not.")}


class Tokens:
    def __init__(self, stall: Stall, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console/redeem", guarded(self._guard, self.page)),
            web.post("/console/redeem", guarded(self._guard, self.redeem)),
            web.post(f"{_OWED}/serve", guarded(self._guard, self.serve)),
            web.post(f"{_OWED}/refund", guarded(self._guard, self.refund)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page({}, None, _NOTICES.get(request.query.get("done", "")))

    async def redeem(self, request: web.Request, by: int | None) -> web.Response:
        """Redeems; a refusal comes back with the token and with what the stall owner may say to it."""
        form = await read_form(request)
        allowed = frozenset(what for what in OVERRIDABLE if form.get(what) == "yes")
        try:
            redeemed = await self._stall.redeemer.redeem(form.get("token", "").strip(), by=by, allowed=allowed)
        except SaleError as error:
            if not for_people(request):
                raise
            return await self._page(form, Problem.of(error), None)
        return await sold_page(self._pages, self._stall, [redeemed.sold], redeemed)

    async def serve(self, request: web.Request, by: int | None) -> web.Response:
        """Hands out what is owed."""
        sold = await self._stall.debts.serve(request.match_info["entry"], by=by)
        return await sold_page(self._pages, self._stall, [sold])

    async def refund(self, request: web.Request, by: int | None) -> web.Response:
        """Notes that what is owed was paid back, whole."""
        form = await read_form(request)
        try:
            await self._stall.undo.refund(
                request.match_info["entry"], None, form.get("reason", ""), by=by, pin=form.get("pin") or None
            )
        except StallboxError as error:
            if not for_people(request):
                raise
            return await self._page({}, Problem.of(error), None)
        raise web.HTTPSeeOther("/console/redeem?done=refund")

    async def _page(self, form: Mapping[str, str], problem: Problem | None, notice: str | None = None) -> web.Response:
        now = self._stall.house.now()
        status = await self._stall.stock.status()
        refunds = self._stall.house.settings.refunds
        is_owed = problem is not None and problem.code == "owed"  # then it is in the list
        return self._pages.answer(
            "console/redeem.html",
            status=200 if problem is None else problem.status,
            tab="Redeem",
            faults=[fault for fault in plain_faults(status) if fault.code != "owed"],
            token="" if is_owed else form.get("token", ""),
            way_on=_way_on(problem, status),
            problem=problem,
            notice=notice,
            owed=[
                {
                    "line": line,
                    "ago": words.when(line.lo, now.lo),
                    "ask_pin": refunds.pin is not None and line.amount > refunds.limit,
                }
                for line in await self._stall.stock.owed()
            ],
        )


def _way_on(problem: Problem | None, status: Status) -> str | None:
    """The word of the stall owner's that would answer this refusal."""
    if problem is None:
        return None
    if problem.code == "not-ready" and window_question(status):
        return "window"
    return _WAYS_ON.get(problem.code)
