"""The organizer's pages: sales, stock, boxes, what is owed, cases, ledgers. All of them behind the login.

Knows addresses and forms; what a page shows is gathered by `views`, from the database as it stands.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from aiohttp import web

from appliance.errors import RequestError
from appliance.weblib.bodies import read_form
from provisioning.collector import books, evidence, releases, stock
from provisioning.collector.house import House
from provisioning.collector.known import Known
from provisioning.collector.login import Login
from provisioning.collector.pages import Pages
from provisioning.collector.views import boxes, cases, ledger, sales

T = TypeVar("T")
DAY = 86_400
CASES = 500
"""On one page; a box that was copied can open thousands."""
LEDGER = "/ledgers/{box:[0-9a-f]{16}}/{incarnation:[0-9]{1,10}}"
_NUMBER = re.compile(r"[0-9]{1,15}")


class Dashboard:
    """Every page is drawn with its name in the tabs and the number of cases that wait."""

    def __init__(self, house: House, login: Login, pages: Pages) -> None:
        self._house = house
        self._login = login
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        looks = {
            "/": self._sales,
            "/stock": self._stock,
            "/boxes": self._boxes,
            "/owed": self._owed,
            "/cases": self._cases,
            "/cases/{case:[0-9a-f]{16}}": self._case,
            LEDGER: self._ledger,
            "/exports": self._exports,
        }
        return [
            web.get("/login", self._door),
            web.post("/login", self._enter),
            web.post("/logout", self._leave),
            web.post("/cases/{case:[0-9a-f]{16}}", self._login.guarded(self._answer)),
            *(web.get(path, self._login.guarded(handler)) for path, handler in looks.items()),
        ]

    async def _door(self, request: web.Request) -> web.StreamResponse:
        if self._login.is_known(request):
            raise web.HTTPSeeOther("/")
        return self._pages.answer("login.html", {"known": self._house.known(), "problem": None})

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        form = await read_form(request)
        response = web.Response(status=303, headers={"Location": "/"})
        try:
            self._login.open(form.get("secret", ""), request, response)
        except RequestError as problem:
            shown = {"known": self._house.known(), "problem": problem}
            return self._pages.answer("login.html", shown, status=problem.status_hint)
        return response

    async def _leave(self, _request: web.Request) -> web.StreamResponse:
        response = web.Response(status=303, headers={"Location": "/login"})
        self._login.close(response)
        return response

    async def _sales(self, request: web.Request) -> web.StreamResponse:
        is_today = request.query.get("since") == "today"
        since = self._house.now() // DAY * DAY if is_today else 0
        found, agreed = await self._look(lambda db, known: (sales.sales(db, known, since=since), books.agreed(db)))
        return await self._page("sales", sales=found, agreed=agreed, is_today=is_today)

    async def _stock(self, _request: web.Request) -> web.StreamResponse:
        found = await self._look(lambda db, known: stock.editions(known, books.used(db), releases.releases(db)))
        return await self._page("stock", editions=found)

    async def _boxes(self, _request: web.Request) -> web.StreamResponse:
        return await self._page("boxes", boxes=await self._look(boxes.boxes))

    async def _owed(self, _request: web.Request) -> web.StreamResponse:
        return await self._page("owed", owed=await self._look(lambda db, _known: books.owed(db)))

    async def _cases(self, _request: web.Request) -> web.StreamResponse:
        return await self._page("cases", cases=await self._look(partial(cases.cases, most=CASES)), most=CASES)

    async def _case(self, request: web.Request) -> web.StreamResponse:
        found = await self._look(partial(cases.case, wanted=request.match_info["case"]))
        if found is None:
            raise RequestError("not-found", "There is no such case.", status_hint=404)
        return await self._page("case", tab="cases", case=found)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        case, said = request.match_info["case"], (await read_form(request)).get("answer", "")
        work = partial(evidence.answer, wanted=case, said=said, now=self._house.now())
        if not await self._house.ask(work):
            raise RequestError("bad-request", "Pick one of the answers that the case's page offers.")
        raise web.HTTPSeeOther("/cases")

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        at = request.query.get("from", "0")
        if not _NUMBER.fullmatch(at):
            raise RequestError("bad-request", "“from” is the number of an entry.")
        found = await self._look(partial(ledger.page, log=log_of(request), first=int(at)))
        if found is None:
            raise RequestError("not-found", "Nothing was heard of this ledger yet.", status_hint=404)
        return await self._page("ledger", tab="boxes", page=found)

    async def _exports(self, _request: web.Request) -> web.StreamResponse:
        return await self._page("exports")

    async def _look(self, gather: Callable[[sqlite3.Connection, Known], T]) -> T:
        known = self._house.known()
        return await self._house.look(lambda db: gather(db, known))

    async def _page(self, name: str, tab: str | None = None, **values: object) -> web.Response:
        waiting = await self._house.look(evidence.waiting)
        known, now = self._house.known(), self._house.now()
        frame = {"tab": tab or name, "known": known, "waiting": waiting, "now": now}
        return self._pages.answer(f"{name}.html", {**frame, **values})


def log_of(request: web.Request) -> tuple[str, int]:
    """The ledger that an address of `LEDGER` names."""
    return request.match_info["box"], int(request.match_info["incarnation"])
