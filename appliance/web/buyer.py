"""The pages of a claim and what they open: files, archive, certificate, receipt.

Looking costs nothing: link previews and Android's sign-in browser fetch a page twice. Only bytes of the files,
the certificate or the receipt open a claim.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.stall.claims import Claim
from appliance.stall.delivery import CERTIFICATE, PICTURE, RECEIPT, Body, Outline
from appliance.stall.stall import Stall
from appliance.web.addresses import anycase
from appliance.web.claimed import Looker, copy_view, file_view
from appliance.web.contact import ContactForm
from appliance.web.delivery import Terms
from appliance.web.downloads import Download, send
from appliance.web.listing import part
from appliance.web.pages import Pages, json_answer
from appliance.web.traces import find_claim
from appliance.weblib.disposition import Disposition, content_headers

_PAPERS = {"certificate.json": CERTIFICATE, "certificate.png": PICTURE, "receipt": RECEIPT}
PROGRESS = "/progress"
"""The end of the address at which a page asks by itself, and no person does anything."""
DELIVERED = web.RequestKey("delivered", bool)
"""Set on a request after which everything of its claim has gone out."""


class Buyer:
    """What whoever has a claim's code may ask for."""

    def __init__(self, stall: Stall, pages: Pages, terms: Terms) -> None:
        self._stall = stall
        self._pages = pages
        self._terms = terms
        self._contact = ContactForm(stall, pages, terms.pace)

    def routes(self) -> list[web.RouteDef]:
        claim = "/c/{code}"
        found = [
            web.get(anycase(claim), self._contact.page),
            web.get(anycase(f"{claim}/files"), self.files),
            web.get(anycase(f"{claim}/files/{{path:.+}}"), self.file),
            web.get(anycase(f"{claim}/all.zip"), self.archive),
            web.get(anycase(claim + PROGRESS), self.progress),
            web.get(anycase(f"{claim}/certificate"), self.certificate),
            *self._contact.routes(),
        ]
        return found + [web.get(anycase(f"{claim}/{name}"), self._paper(kind)) for name, kind in _PAPERS.items()]

    async def certificate(self, request: web.Request) -> web.Response:
        return self._pages.answer("certificate.html", claim=copy_view(await self._find(request)))

    async def files(self, request: web.Request) -> web.Response:
        """All files, a hundred to a page."""
        claim = await self._find(request)
        listed = part(claim.manifest.files, request.query.get("page"))
        looker = Looker.of(request, self._stall.house.now())
        return self._pages.answer(
            "claim-files.html",
            claim=copy_view(claim),
            part=listed,
            files=[file_view(claim, item, looker, self._terms.pace) for item in listed.items],
        )

    async def progress(self, request: web.Request) -> web.Response:
        """How much of the files has gone out, for the page that watches a download of the browser's own."""
        claim = await self._find(request)
        return json_answer({"sent": self._stall.deliveries.sent(claim), "of": claim.manifest.total})

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
        return await find_claim(self._stall, request)

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
