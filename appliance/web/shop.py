"""The pages before the sale: what is for sale, one drop, how to pay for it, and the field for the number on the screen.

Looking costs nothing and changes nothing.
"""

from __future__ import annotations

import os
import secrets

from aiohttp import web

from appliance.core.manifest import Item, Price
from appliance.core.segments import Segment
from appliance.errors import ClaimError, RequestError, SaleError
from appliance.stall.catalogue import HeldDrop
from appliance.stall.stall import Stall
from appliance.web.addresses import anycase, claim_path, drop_path
from appliance.web.delivery import Terms
from appliance.web.downloads import Download, send
from appliance.web.entry import Entrance
from appliance.web.listing import part
from appliance.web.pages import Pages
from appliance.web.showcase import Left, drop_card, drop_view, item_view, price_view
from appliance.weblib.bodies import read_form
from appliance.weblib.problems import Problem, for_people

_PUBLIC = {"Cache-Control": "public, max-age=600"}


class Shop:
    """What anybody on the hotspot may look at."""

    def __init__(self, stall: Stall, pages: Pages, terms: Terms) -> None:
        self._stall = stall
        self._pages = pages
        self._terms = terms
        self._entrance = Entrance(stall)

    def routes(self) -> list[web.RouteDef]:
        drop = "/drops/{slug}"
        return [
            web.get("/", self.shop),
            web.post("/pickup", self.pickup),
            web.get(anycase(drop), self.drop),
            web.get(anycase(f"{drop}/pay"), self.pay),
            web.get(anycase(f"{drop}/files"), self.files),
            web.get(anycase(f"{drop}/cover.jpg"), self.cover),
            web.get(anycase(f"{drop}/files/{{path:.+}}"), self.preview),
        ]

    async def shop(self, _request: web.Request) -> web.Response:
        return await self._shop(None)

    async def drop(self, request: web.Request) -> web.Response:
        return await self._drop(self._held(request), None)

    async def pay(self, request: web.Request) -> web.Response:
        """How to pay for one price option, and what to show at the stall."""
        held = self._held(request)
        price, left = _price(held, request.query.get("price")), await self._left(held)
        view, chosen = drop_card(held, left), price_view(price, left, gives=False)
        return self._pages.answer("pay.html", drop=view, price=chosen)

    async def files(self, request: web.Request) -> web.Response:
        """All files of a drop, a hundred to a page; previews with the way to them."""
        manifest = self._held(request).manifest
        path, listed = drop_path(manifest.slug), part(manifest.files, request.query.get("page"))
        files = [item_view(item, path if item.preview else None) for item in listed.items]
        return self._pages.answer("files.html", title=manifest.title, path=path, part=listed, files=files)

    async def pickup(self, request: web.Request) -> web.Response:
        """Four digits, a claim code, a payment token; a wrong one comes back beside the field."""
        entry = (await read_form(request)).get("number", "")
        try:
            code = await self._entrance.code_of(entry, request.remote or "")
        except (ClaimError, SaleError) as error:
            if error.code == "owed" or not for_people(request):
                raise
            return await self._shop(Problem.of(error), entry)
        raise web.HTTPSeeOther(claim_path(code))

    async def _shop(self, problem: Problem | None, entry: str = "") -> web.Response:
        drops = self._stall.catalogue.drops
        status = 200 if problem is None else problem.status
        if len(drops) == 1:
            return await self._drop(drops[0], problem, entry, alone=True, status=status)
        cards = [drop_card(held, await self._left(held)) for held in drops]
        return self._pages.answer("shop.html", drops=cards, problem=problem, entry=entry, status=status)

    async def _drop(
        self, held: HeldDrop, problem: Problem | None, entry: str = "", *, alone: bool = False, status: int = 200
    ) -> web.Response:
        gives = self._stall.house.settings.free.per_hour > 0
        return self._pages.answer(
            "drop.html",
            drop=drop_view(held, await self._left(held), gives=gives),
            alone=alone,
            key=secrets.token_urlsafe(16),
            problem=problem,
            entry=entry,
            status=status,
        )

    def _held(self, request: web.Request) -> HeldDrop:
        return self._stall.catalogue.by_slug(request.match_info["slug"].lower())

    async def _left(self, held: HeldDrop) -> Left:
        status = await self._stall.stock.status()
        copies = next((drop.left for drop in status.drops if drop.drop == held.manifest.drop), None)
        return Left(copies, await self._stall.stock.price_stock(held))

    async def cover(self, request: web.Request) -> web.StreamResponse:
        """The creator's cover as it was drawn anew at ingest."""
        held = self._held(request)
        if held.pictures is None:
            raise _nothing("This drop has no cover.")
        digest = held.pictures.small if request.query.get("size") == "small" else held.pictures.large
        return await self._show(request, digest, "image/jpeg", "cover.jpg")

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """A file that the creator shows before the sale; every other path is not found."""
        item = self._held(request).manifest.item(request.match_info["path"])
        if item is None or not item.preview:
            raise _nothing("Only previews are shown before the sale.")
        return await self._show(request, item.sha256, item.type, _name(item))

    async def _show(self, request: web.Request, digest: str, kind: str, name: str) -> web.StreamResponse:
        with self._terms.open_file(digest) as file:
            segment = Segment(os.fstat(file.fileno()).st_size, digest)
        return await send(request, Download([segment], digest, kind, name, "inline", _PUBLIC), self._terms)


def _price(held: HeldDrop, asked: str | None) -> Price:
    """The price option that was tapped; the only one needs no tap. `unknown-price` for any other."""
    prices = held.manifest.prices
    if asked is None and len(prices) == 1:
        return prices[0]
    price = held.manifest.price(asked or "")
    if price is None:
        names = ", ".join(price.title for price in prices)
        raise SaleError("unknown-price", f"Choose one of these: {names}.", status_hint=404)
    return price


def _name(item: Item) -> str:
    return item.path.rpartition("/")[2]


def _nothing(detail: str) -> RequestError:
    return RequestError("not-found", detail, status_hint=404)
