"""The claim page with its question for an e-mail address, and the two forms that leave and erase one.

The address is in the form and in the answer to a slip, and goes nowhere else from here: no log, no cookie, no key.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from appliance.errors import RequestError, StallboxError, StoreError
from appliance.stall.claims import Claim
from appliance.stall.contacts import Left
from appliance.stall.stall import Stall
from appliance.web.addresses import anycase, claim_path
from appliance.web.claimed import Looker, claim_view
from appliance.web.pace import Pace
from appliance.web.pages import Pages
from appliance.web.traces import find_claim
from appliance.weblib.bodies import read_form
from appliance.weblib.locales import language
from appliance.weblib.problems import Problem, for_people


class ContactForm:
    def __init__(self, stall: Stall, pages: Pages, pace: Pace) -> None:
        self._stall = stall
        self._pages = pages
        self._pace = pace

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(anycase("/c/{code}/contact"), self.back),
            web.post(anycase("/c/{code}/contact"), self.leave),
            web.post(anycase("/c/{code}/contact/erase"), self.erase),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """What the buyer has, and the question where it was not answered yet."""
        return await self._page(request, await self._find(request), {}, None)

    async def back(self, request: web.Request) -> web.Response:
        """A slip was answered under this address; whoever opens it again wants the claim."""
        raise web.HTTPSeeOther(_there(await self._find(request)))

    async def leave(self, request: web.Request) -> web.Response:
        """Keeps the address; a slip, or a full disk, comes back on the form with what was typed."""
        claim, form = await self._find(request), await read_form(request)
        try:
            await self._stall.contacts.leave(
                claim, form.get("email", ""), language(), has_consented=form.get("consent") == "yes"
            )
        except (RequestError, StoreError) as error:
            return await self._refused(request, claim, form, error)
        raise web.HTTPSeeOther(_there(claim))

    async def erase(self, request: web.Request) -> web.Response:
        claim = await self._find(request)
        try:
            await self._stall.contacts.erase(claim.sale)
        except StoreError as error:
            return await self._refused(request, claim, {}, error)
        raise web.HTTPSeeOther(_there(claim))

    async def _find(self, request: web.Request) -> Claim:
        return await find_claim(self._stall, request)

    async def _refused(
        self, request: web.Request, claim: Claim, form: Mapping[str, str], error: StallboxError
    ) -> web.Response:
        if not for_people(request):
            raise error
        return await self._page(request, claim, form, Problem.of(error))

    async def _page(
        self, request: web.Request, claim: Claim, form: Mapping[str, str], problem: Problem | None
    ) -> web.Response:
        contact = await self._view(claim, form, problem)
        status = 200 if problem is None else problem.status
        view = claim_view(claim, Looker.of(request, self._stall.house.now()), self._pace)
        return self._pages.answer("claim.html", status=status, claim=view, contact=contact)

    async def _view(self, claim: Claim, form: Mapping[str, str], problem: Problem | None) -> dict[str, object] | None:
        """None where nothing is asked and nothing was left."""
        question, left = self._stall.contacts.question(), await self._stall.contacts.left(claim)
        if question is None or (left is Left.NOT_YET and not question.is_asked):
            return None
        return {
            "left": left.value,
            "question": question,
            "problem": problem,
            "email": form.get("email", ""),
            "consent": form.get("consent") == "yes",
        }


def _there(claim: Claim) -> str:
    return f"{claim_path(claim.code)}#contact"
