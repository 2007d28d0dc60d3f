"""The way into the console by the screen, on a paired phone: has the box show its code, and lets the new phone in."""

from __future__ import annotations

from aiohttp import web

from appliance.board import Board
from appliance.core.commands import InvitePhone
from appliance.errors import RequestError, StallboxError
from appliance.stall.stall import Stall
from appliance.web.guard import Guard, guarded
from appliance.web.pages import Pages
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people
from appliance.weblib.speech import later

PATH = "/console/invite"
_DONE = {"allowed": later("The phone is let in."), "refused": later("The phone is not let in.")}


class Inviting:
    def __init__(self, stall: Stall, board: Board, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._board = board
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, guarded(self._guard, self.page)),
            web.post(PATH, guarded(self._guard, self.invite)),
            web.post(f"{PATH}/answer", guarded(self._guard, self.answer)),
        ]

    async def page(self, request: web.Request, _by: int | None) -> web.Response:
        return await self._page(None, _DONE.get(request.query.get("done", "")))

    async def invite(self, request: web.Request, _by: int | None) -> web.Response:
        try:
            await self._board.ask(InvitePhone())
        except StallboxError as refusal:
            if not for_people(request):
                raise
            return await self._page(Problem.of(refusal))
        raise web.HTTPSeeOther(PATH)

    async def answer(self, request: web.Request, _by: int | None) -> web.Response:
        """What the stall owner says to the phone with this number."""
        form = await read_form(request)
        number, answer = form.get("number", ""), form.get("answer")
        if answer not in {"allow", "refuse"} or not (number.isascii() and number.isdecimal() and len(number) == 2):
            raise RequestError("bad-request", "Allow or refuse the phone by the number that it shows.")
        if answer == "allow":
            await self._stall.invitations.allow(int(number))
            raise web.HTTPSeeOther(f"{PATH}?done=allowed")
        self._stall.invitations.refuse(int(number))
        raise web.HTTPSeeOther(f"{PATH}?done=refused")

    async def _page(self, problem: Problem | None, notice: str | None = None) -> web.Response:
        invitation = self._board.scene.invitation
        return self._pages.answer(
            "console/invite.html",
            status=problem.status if problem else 200,
            tab="Box",
            faults=(),
            problem=problem,
            notice=notice,
            is_shown=invitation is not None and invitation.until_ms > self._stall.house.now().boottime_ms,
            phones=await self._stall.phones.all(),
        )
