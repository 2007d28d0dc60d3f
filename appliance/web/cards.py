"""The console's card payments in the reader's own app: out by the app's link, back by an address that it opens.

The address back is open to everybody, since a browser that another app has opened sends no cookie. It therefore only
shows what the app says; the sale is finished by a POST from that page, which does send the cookie, under a key that
nobody else knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from appliance.errors import RequestError, StallboxError
from appliance.stall.stall import Stall
from appliance.web.console import KEY, card_path, sold_page
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.web.readers.app import Payment, ReaderApp, receipt_number
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people

_BACK = "/console/card/back"
_CARD = "/console/card/{key:[A-Za-z0-9_-]{16,64}}"


class CardPayments:
    def __init__(self, stall: Stall, pages: Pages, guard: Guard, app: ReaderApp) -> None:
        self._stall = stall
        self._pages = pages
        self._guard = guard
        self._app = app

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_BACK, self.back),
            web.get(f"{_BACK}/{{key}}", self.back),
            web.get(_CARD, guarded(self._guard, self.page)),
            web.post(f"{_CARD}/finish", guarded(self._guard, self.finish)),
            web.post(f"{_CARD}/drop", guarded(self._guard, self.drop)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page(request, {}, None)

    async def finish(self, request: web.Request, _by: int | None) -> web.Response:
        """The card is paid: sells once, however often this comes."""
        form = await read_form(request)
        try:
            sold = await self._stall.cards.finish(request.match_info["key"], _receipt(form))
        except StallboxError as error:
            if error.code == "not-found" or not for_people(request):
                raise
            return await self._page(request, form, Problem.of(error))
        return await sold_page(self._pages, self._stall, sold)

    async def drop(self, request: web.Request, _by: int | None) -> web.Response:
        """The card was not charged."""
        await self._stall.cards.drop(request.match_info["key"])
        raise web.HTTPSeeOther("/console")

    async def back(self, request: web.Request) -> web.Response:
        """Where the app leads to: shows what it says, and asks for the tap (or the script) that finishes the sale."""
        outcome = self._app.read(request.query)
        key = request.match_info.get("key") or outcome.key or ""
        path = card_path(key) if KEY.fullmatch(key) else None
        return self._pages.answer("console/card-back.html", app=self._app.name, outcome=outcome, path=path)

    async def _page(self, request: web.Request, form: Mapping[str, str], problem: Problem | None) -> web.Response:
        kept = await self._stall.cards.find(request.match_info["key"])
        payment = Payment(kept.key, kept.title, kept.amount, kept.currency, f"{request.url.origin()}{_BACK}")
        return self._pages.answer(
            "console/card.html",
            status=200 if problem is None else problem.status,
            tab="Sell",
            faults=(),
            app=self._app.name,
            link=self._app.link(payment, android="Android" in request.headers.get("User-Agent", "")),
            payment=payment,
            sold=kept.sold,
            path=card_path(kept.key),
            payment_ref=form.get("payment_ref", ""),
            problem=problem,
        )


def _receipt(form: Mapping[str, str]) -> str | None:
    text = form.get("payment_ref", "")
    number = receipt_number(text)
    if text and number is None:
        raise RequestError("bad-request", "The receipt number may have letters, digits and dashes, 40 at most.")
    return number
