"""The way into the console by the screen, on the new phone: it has scanned the code, says its name, and waits.

Looking uses nothing up: cameras and browsers fetch an address before anybody taps it.
"""

from __future__ import annotations

from aiohttp import web

from appliance.errors import StallboxError
from appliance.stall.invitations import Invitations
from appliance.stall.phones import Pairing
from appliance.web.addresses import anycase
from appliance.web.guard import set_cookie
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people

_CODE = "/console/pair/{code}"
_WAITING = "/console/pair/waiting/{secret}"


class Invited:
    def __init__(self, invitations: Invitations, pages: Pages) -> None:
        self._invitations = invitations
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(anycase(_CODE), self.page),
            web.post(anycase(_CODE), self.ask),
            web.get(_WAITING, self.wait),
        ]

    async def page(self, request: web.Request) -> web.Response:
        self._invitations.check(request.match_info["code"], request.remote or "")
        return self._pages.answer("console/invited.html", problem=None)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        secret = self._invitations.ask(request.match_info["code"], form.get("name", ""), request.remote or "")
        raise web.HTTPSeeOther(_WAITING.format(secret=secret))

    async def wait(self, request: web.Request) -> web.StreamResponse:
        """Reloads itself until there is an answer; the one that lets the phone in brings its cookie."""
        try:
            answer = self._invitations.answer(request.match_info["secret"])
        except StallboxError as refusal:
            if not for_people(request):
                raise
            problem = Problem.of(refusal)
            return self._pages.answer("console/invited.html", problem=problem, status=problem.status)
        if isinstance(answer, Pairing):
            response = web.Response(status=303, headers={"Location": "/console"})
            set_cookie(response, answer.secret)
            return response
        return self._pages.answer("console/waiting.html", asking=answer)
