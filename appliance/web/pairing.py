"""The way into the console: the owner card's secret makes a phone a paired one."""

from __future__ import annotations

from aiohttp import hdrs, web

from appliance.core.probes import System, system_of
from appliance.errors import StallboxError
from appliance.stall.phones import Phones
from appliance.web.guard import set_cookie
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people


class Pairing:
    """Shows the card's field and takes it. Looking pairs nobody: the card's QR code only fills the field."""

    def __init__(self, phones: Phones, pages: Pages) -> None:
        self._phones = phones
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/console/pair", self.page), web.post("/console/pair", self.pair)]

    async def page(self, request: web.Request) -> web.Response:
        return self._draw(request, request.query.get("card", ""), "", None)

    async def pair(self, request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        card = form.get("card", "")
        name = form.get("name", "")
        try:
            pairing = await self._phones.pair(card, name, request.remote or "")
        except StallboxError as error:
            if not for_people(request):
                raise
            return self._draw(request, card, name, Problem.of(error))
        response = web.Response(status=303, headers={"Location": "/console"})
        set_cookie(response, pairing.secret)
        return response

    def _draw(self, request: web.Request, card: str, name: str, problem: Problem | None) -> web.Response:
        """An iPhone looks for internet only when it joins, and was told then what every buyer's is told."""
        is_apple = system_of(request.headers.get(hdrs.USER_AGENT, "")) is System.APPLE
        status = problem.status if problem else 200
        return self._pages.answer(
            "console/pair.html", card=card[:48], name=name[:40], problem=problem, is_apple=is_apple, status=status
        )
