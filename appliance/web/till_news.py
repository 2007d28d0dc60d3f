"""Live news for the console: today's total, what is left, what is wrong, the stick, and the phones that want in, as
open pages are told them by server-sent events.

Knows the board and how the pieces of a page are drawn. A page that is not told stays as it was.
"""

from __future__ import annotations

import json

from aiohttp import web

from appliance.board import Board
from appliance.core.status import Status
from appliance.stall.stall import Stall
from appliance.web import selling
from appliance.web.console import till_faults
from appliance.web.guard import Guard, guarded
from appliance.web.news import News
from appliance.web.pages import Pages
from appliance.web.selling import Count
from appliance.weblib.events import Streams

_PAUSE_S = 0.2  # from one piece of news to the next


class TillNews:
    def __init__(self, stall: Stall, board: Board, streams: Streams, pages: Pages, guard: Guard) -> None:
        self._stall = stall
        self._board = board
        self._streams = streams
        self._pages = pages
        self._guard = guard
        self._news = News("till", board, self._count, self._tell, pause_s=_PAUSE_S)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/console/news", guarded(self._guard, self.news))]

    async def news(self, request: web.Request, _by: int | None) -> web.StreamResponse:
        """`till` at once and whenever it is another: what is `said` by place, the price options that are `gone`, and as
        `html` the phones that want in (`asking`), what is wrong (`faults`), and the `stick`."""
        return await self._streams.tell(request, self._news.told())

    async def _count(self, status: Status) -> Count:
        return await selling.count(self._stall, status)

    def _tell(self, counted: Count) -> str:
        drops = selling.offered(self._stall.catalogue.drops, counted)
        options = [option for drop in drops for option in drop.options]
        said = {drop.slug: drop.said for drop in drops} | {option.place: option.said for option in options}
        told = {
            "said": {"today": selling.today_said(counted.today), **said},
            "gone": [option.place for option in options if option.is_gone],
            "html": {
                "asking": self._pages.draw("console/asking.html"),
                "faults": self._pages.draw("console/faults.html", faults=till_faults(counted.status)),
                "stick": self._pages.draw("console/stick.html", scene=self._board.scene),
            },
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
