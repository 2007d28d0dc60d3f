"""The buyers' pages: the shop, the pickup number, the claim and what it opens.

Looking costs nothing: link previews and Android's sign-in browser fetch a page twice. Only bytes of the files,
the certificate or the receipt open a claim.
"""

from __future__ import annotations

import os
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.core.manifest import Item
from appliance.core.segments import Segment
from appliance.errors import ClaimError, RequestError, SaleError
from appliance.stall.catalogue import HeldDrop
from appliance.stall.claims import Claim
from appliance.stall.delivery import CERTIFICATE, PICTURE, RECEIPT, Body, Outline
from appliance.stall.stall import Stall
from appliance.web.addresses import anycase, claim_path
from appliance.web.contact import ContactForm
from appliance.web.delivery import Terms
from appliance.web.downloads import Download, send
from appliance.web.entry import Entrance
from appliance.web.pages import Pages
from appliance.web.showcase import claim_view, drop_card, drop_view
from appliance.weblib.disposition import Disposition, content_headers
from appliance.weblib.problems import Problem, for_people

_PAPERS = {"certificate.json": CERTIFICATE, "certificate.png": PICTURE, "receipt": RECEIPT}
DELIVERED = web.RequestKey("delivered", bool)
"""Set on a request after which everything of its claim has gone out."""

_PUBLIC = {"Cache-Control": "public, max-age=600"}


class Buyer:
    """What anybody on the hotspot may ask for."""

    def __init__(self, stall: Stall, pages: Pages, terms: Terms) -> None:
        self._stall = stall
        self._pages = pages
        self._terms = terms
        self._entrance = Entrance(stall)
        self._contact = ContactForm(stall, pages)

    def routes(self) -> list[web.RouteDef]:
        claim = "/c/{code}"
        found = [
            web.get("/", self.shop),
            web.post("/pickup", self.pickup),
            web.get(anycase("/drops/{slug}"), self.drop),
            web.get(anycase("/drops/{slug}/cover.jpg"), self.cover),
            web.get(anycase("/drops/{slug}/files/{path:.+}"), self.preview),
            web.get(anycase(claim), self.claim),
            web.get(anycase(f"{claim}/files/{{path:.+}}"), self.file),
            web.get(anycase(f"{claim}/all.zip"), self.archive),
            web.get(anycase(f"{claim}/certificate"), self.certificate),
            *self._contact.routes(),
        ]
        return found + [web.get(anycase(f"{claim}/{name}"), self._paper(kind)) for name, kind in _PAPERS.items()]

    async def shop(self, _request: web.Request) -> web.Response:
        return await self._shop(None)

    async def drop(self, request: web.Request) -> web.Response:
        held = self._stall.catalogue.by_slug(request.match_info["slug"].lower())
        return await self._drop(held, None)

    async def pickup(self, request: web.Request) -> web.Response:
        """Four digits, a claim code, a payment token; a wrong one comes back beside the field."""
        entry = str((await request.post()).get("number", ""))
        try:
            code = await self._entrance.code_of(entry, request.remote or "")
        except (ClaimError, SaleError) as error:
            if error.code == "owed" or not for_people(request):
                raise
            return await self._shop(Problem.of(error))
        raise web.HTTPSeeOther(claim_path(code))

    async def _shop(self, problem: Problem | None) -> web.Response:
        drops = self._stall.catalogue.drops
        status = 200 if problem is None else problem.status
        if len(drops) == 1:
            return await self._drop(drops[0], problem, alone=True, status=status)
        cards = [drop_card(held, await self._left(held)) for held in drops]
        return self._pages.answer("shop.html", drops=cards, problem=problem, status=status)

    async def _drop(
        self, held: HeldDrop, problem: Problem | None, *, alone: bool = False, status: int = 200
    ) -> web.Response:
        stock = await self._stall.stock.price_stock(held)
        gives = self._stall.house.settings.free.per_hour > 0
        view = drop_view(held, await self._left(held), stock, gives=gives)
        key = secrets.token_urlsafe(16)
        return self._pages.answer("drop.html", drop=view, alone=alone, key=key, problem=problem, status=status)

    async def _left(self, held: HeldDrop) -> int | None:
        status = await self._stall.stock.status()
        return next((drop.left for drop in status.drops if drop.drop == held.manifest.drop), None)

    async def cover(self, request: web.Request) -> web.StreamResponse:
        """The creator's cover as it was drawn anew at ingest."""
        held = self._stall.catalogue.by_slug(request.match_info["slug"].lower())
        if held.pictures is None:
            raise _nothing("This drop has no cover.")
        digest = held.pictures.small if request.query.get("size") == "small" else held.pictures.large
        return await self._show(request, digest, "image/jpeg", "cover.jpg")

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """A file that the creator shows before the sale; every other path is not found."""
        held = self._stall.catalogue.by_slug(request.match_info["slug"].lower())
        item = held.manifest.item(request.match_info["path"])
        if item is None or not item.preview:
            raise _nothing("Only previews are shown before the sale.")
        return await self._show(request, item.sha256, item.type, _name(item))

    async def _show(self, request: web.Request, digest: str, kind: str, name: str) -> web.StreamResponse:
        with self._terms.open_file(digest) as file:
            segment = Segment(os.fstat(file.fileno()).st_size, digest)
        return await send(request, Download([segment], digest, kind, name, "inline", _PUBLIC), self._terms)

    async def claim(self, request: web.Request) -> web.Response:
        return await self._contact.page(await self._find(request))

    async def certificate(self, request: web.Request) -> web.Response:
        return self._pages.answer("certificate.html", claim=claim_view(await self._find(request)))

    async def file(self, request: web.Request) -> web.StreamResponse:
        """One file; `?view=1` lets the browser show what cannot run anything."""
        claim = await self._find(request)
        path, opens = request.match_info["path"], request.method == "GET"
        body = await self._stall.deliveries.file(claim, path, opens=opens)
        return await self._send(request, body, "inline" if request.query.get("view") == "1" else "attachment")

    async def archive(self, request: web.Request) -> web.StreamResponse:
        claim, deliveries = await self._find(request), self._stall.deliveries
        if request.method == "HEAD" and not claim.opened:
            return _outlined(deliveries.outline(claim), "attachment")
        return await self._send(request, await deliveries.archive(claim), "attachment")

    def _paper(self, kind: str) -> Handler:
        async def paper(request: web.Request) -> web.StreamResponse:
            claim, deliveries = await self._find(request), self._stall.deliveries
            disposition: Disposition = "inline" if kind == PICTURE else "attachment"
            if request.method == "HEAD" and not claim.opened:
                return _outlined(deliveries.outline(claim, kind), disposition)
            return await self._send(request, await deliveries.paper(claim, kind), disposition)

        return paper

    async def _find(self, request: web.Request) -> Claim:
        return await self._stall.claims.find(request.match_info["code"], request.remote or "")

    async def _send(self, request: web.Request, body: Body, disposition: Disposition) -> web.StreamResponse:
        download = Download(body.segments, body.etag, body.content_type, body.filename, disposition)
        try:
            return await send(request, download, self._terms, on_progress=body.went_out)
        finally:
            if request.method == "GET":
                request[DELIVERED] = await body.finished()


def _outlined(outline: Outline, disposition: Disposition) -> web.StreamResponse:
    """Answers HEAD before the claim is opened: without the length and tag of bytes that are not made yet."""
    headers = content_headers(outline.content_type, outline.filename, disposition)
    return web.StreamResponse(headers={**headers, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"})


def _name(item: Item) -> str:
    return item.path.rpartition("/")[2]


def _nothing(detail: str) -> RequestError:
    return RequestError("not-found", detail, status_hint=404)
