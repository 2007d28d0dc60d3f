"""The console's list of sales: what was sold, and what can still be done about it."""

from __future__ import annotations

import secrets

from aiohttp import web

from appliance.core.money import parse_amount
from appliance.errors import RequestError, StallboxError
from appliance.settings import Refunds
from appliance.stall.stall import Stall
from appliance.stall.stock import SaleLine
from appliance.web import selling, words
from appliance.web.console import form_key, sold_page
from appliance.web.day import day
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people
from appliance.weblib.speech import later

_NOTICES = {
    "void": later("The sale is void and the number is free again. Give the money back."),
    "burnt": later("The sale is void. The buyer had opened it, so the number is burnt. Give the money back."),
    "refund": later("It is noted that money was given back. Give it back, if you have not."),
    "erased": later("The buyer’s e-mail address is erased from this box. What was sent before, the organizer has."),
    "topup": later("The download is topped up: it starts with its full time and budget again."),
}
_SALE = "/console/sales/{sale:[0-9]+:[0-9]+}"


class Sales:
    """Lists, shows again, tops up, rotates, voids, refunds; erases a buyer's address."""

    def __init__(self, stall: Stall, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/console/sales", guarded(self._guard, self.page)),
            web.post(f"{_SALE}/show", guarded(self._guard, self.show)),
            web.post(f"{_SALE}/topup", guarded(self._guard, self.top_up)),
            web.post(f"{_SALE}/rotate", guarded(self._guard, self.rotate)),
            web.post(f"{_SALE}/void", guarded(self._guard, self.void)),
            web.post(f"{_SALE}/refund", guarded(self._guard, self.refund)),
            web.post(f"{_SALE}/contact/erase", guarded(self._guard, self.erase_contact)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page(_NOTICES.get(request.query.get("done", "")), None)

    async def _page(self, notice: str | None, problem: Problem | None) -> web.Response:
        now = self._stall.house.now()
        return self._pages.answer(
            "console/sales.html",
            status=200 if problem is None else problem.status,
            problem=problem,
            pin_above=_pin_above(self._stall.house.settings.refunds),
            tab="Sales",
            faults=(),
            key=secrets.token_urlsafe(16),
            notice=notice,
            today=selling.today_said(await self._stall.stock.today()),
            day=day(await self._stall.stock.takings(), now.lo),
            sales=[_entry(line, now.lo) for line in await self._stall.stock.sales()],
        )

    async def show(self, request: web.Request, _by: int | None) -> web.Response:
        """The code once more, with a fresh pickup number."""
        return await sold_page(self._pages, self._stall, [await self._stall.claims.show(request.match_info["sale"])])

    async def rotate(self, request: web.Request, _by: int | None) -> web.Response:
        """A new code, the same one however often the form is sent; the old one ends."""
        key = await form_key(request, await read_form(request))
        sold = await self._stall.claims.rotate(request.match_info["sale"], key=key)
        return await sold_page(self._pages, self._stall, [sold])

    async def top_up(self, request: web.Request, _by: int | None) -> web.Response:
        key = await form_key(request, await read_form(request))
        await self._stall.claims.top_up(request.match_info["sale"], key=key)
        raise web.HTTPSeeOther("/console/sales?done=topup")

    async def erase_contact(self, request: web.Request, _by: int | None) -> web.Response:
        """The buyer asked the stall to: the address that was left with the sale goes."""
        await self._stall.contacts.erase(request.match_info["sale"])
        raise web.HTTPSeeOther("/console/sales?done=erased")

    async def void(self, request: web.Request, by: int | None) -> web.Response:
        reason = (await read_form(request)).get("reason", "")
        if not reason:
            raise RequestError("bad-request", "Say why the sale is void: the reason goes into the log.")
        returned = await self._stall.undo.void(request.match_info["sale"], reason, by=by)
        raise web.HTTPSeeOther(f"/console/sales?done={'void' if returned else 'burnt'}")

    async def refund(self, request: web.Request, by: int | None) -> web.Response:
        """Notes that money was given back, all or a part; a wrong PIN or amount comes back on the list."""
        form = await read_form(request)
        try:
            amount = refund_amount(form.get("amount", ""), form.get("currency", ""))
            await self._stall.undo.refund(
                request.match_info["sale"], amount, form.get("reason", ""), by=by, pin=form.get("pin") or None
            )
        except StallboxError as error:
            if not for_people(request):
                raise
            return await self._page(None, Problem.of(error))
        raise web.HTTPSeeOther("/console/sales?done=refund")


def _entry(line: SaleLine, now_lo: int) -> dict[str, object]:
    said = selling.method_said(line.method, line.tier)
    return {"line": line, "ago": words.when(line.lo, now_lo), "method": said}


def refund_amount(text: str, currency: str) -> int | None:
    """The minor units typed into a refund's field; None for an empty one: all that was paid."""
    return parse_amount(text, currency) if text else None


def _pin_above(refunds: Refunds) -> int | None:
    """From which amount on a refund needs the PIN; None where none is set."""
    return refunds.limit if refunds.pin is not None else None
