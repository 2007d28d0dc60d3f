"""What buyers redeem by themselves: a number, a code, a payment token, or a copy that costs nothing.

Looking at a token's page changes nothing, since link previews and sign-in browsers look as well; only POST redeems.
"""

from __future__ import annotations

import secrets

from aiohttp import web

from appliance.errors import ClaimError, SaleError
from appliance.stall.stall import Stall
from appliance.web.addresses import anycase, claim_path
from appliance.web.entry import Entrance
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.idempotency import key_of
from appliance.weblib.problems import Problem, for_people
from appliance.weblib.speech import translated

_UNREADABLE = frozenset({"malformed", "bad-signature", "unknown-issuer"})  # as a token that was typed or cut off is


class Redeem:
    """What anybody on the hotspot may redeem."""

    def __init__(self, stall: Stall, pages: Pages) -> None:
        self._stall = stall
        self._pages = pages
        self._entrance = Entrance(stall)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(anycase("/t/{token}"), self.look),
            web.get("/redeem", self.page),
            web.post("/redeem", self.redeem),
            web.post(anycase("/drops/{slug}/free"), self.take),
        ]

    async def look(self, request: web.Request) -> web.Response:
        """What the token buys, or why it does not; with the button that redeems it."""
        token = request.match_info["token"]
        shown = await self._stall.redeemer.look(token)
        held = self._stall.catalogue.by_slug(shown.slug)
        why = translated(shown.lacks) if shown.lacks else None
        return self._pages.answer("token.html", token=token, shown=shown, why=why, cover=held.pictures is not None)

    async def page(self, _request: web.Request) -> web.Response:
        """The field that takes everything."""
        return self._pages.answer("redeem.html", problem=None, entry="")

    async def redeem(self, request: web.Request) -> web.Response:
        """Redeems what the form holds and leads to the claim; the same token again leads there again.

        What holds a slip comes back in the field. A payment that is refused has a page of its own.
        """
        entry = (await read_form(request)).get("token", "")
        try:
            code = await self._entrance.code_of(entry, request.remote or "")
        except (ClaimError, SaleError) as error:
            is_slip = isinstance(error, ClaimError) or error.code in _UNREADABLE
            if not (is_slip and for_people(request)):
                raise
            problem = Problem.of(error)
            return self._pages.answer("redeem.html", problem=problem, entry=entry, status=problem.status)
        raise web.HTTPSeeOther(claim_path(code))

    async def take(self, request: web.Request) -> web.Response:
        """One free copy; a form that is sent twice gets the same one."""
        form = await read_form(request)
        key = key_of(form.get("key") or secrets.token_urlsafe(16), "POST", request.path.lower(), await request.read())
        sold = await self._stall.giver.give(request.match_info["slug"].lower(), form.get("price") or None, key)
        raise web.HTTPSeeOther(claim_path(sold.claim))
