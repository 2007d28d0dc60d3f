"""Live stock: what is left of each drop, told to the open pages of buyers by server-sent events.

Knows the board, and the words in the language of whoever listens. A page that is not told stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web

from appliance.board import Board
from appliance.core.manifest import Manifest
from appliance.core.status import Status
from appliance.stall.stall import Stall
from appliance.web.news import News
from appliance.web.showcase import Left, copies_said
from appliance.weblib.events import Streams

_PAUSE_S = 0.3  # from one piece of news to the next: a rush of sales needs the radio
_BEAT_S = 25.0
_MOST = 60
_EACH = 6  # a phone's pages, and then some: several phones behind one router have one address


class Live:
    """It has `streams` of its own, so that buyers never take a display's place."""

    def __init__(self, stall: Stall, board: Board) -> None:
        self._stall = stall
        self._news = News("stock", board, self._left, self._said, pause_s=_PAUSE_S)
        self.streams = Streams(beat_s=_BEAT_S, most=_MOST, each=_EACH)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/news", self.news)]

    async def news(self, request: web.Request) -> web.StreamResponse:
        """`stock` at once and whenever it is another: by slug `left`, `said`, and the same of its price options."""
        return await self.streams.tell(request, self._news.told())

    async def _left(self, status: Status) -> Mapping[str, Left]:
        copies = {drop.drop: drop.left for drop in status.drops}
        return {
            held.manifest.slug: Left(copies[held.manifest.drop], await self._stall.stock.price_stock(held))
            for held in self._stall.catalogue.drops
            if held.manifest.drop in copies
        }

    def _said(self, stock: Mapping[str, Left]) -> str:
        manifests = [held.manifest for held in self._stall.catalogue.drops if held.manifest.slug in stock]
        told = {manifest.slug: _drop_said(manifest, stock[manifest.slug]) for manifest in manifests}
        return json.dumps(told, ensure_ascii=False)


def _drop_said(manifest: Manifest, left: Left) -> dict[str, object]:
    prices = {price.id: {"left": left.of(price), "said": left.said(price)} for price in manifest.prices}
    return {"left": left.copies, "said": copies_said(manifest.size, left.copies), "prices": prices}
