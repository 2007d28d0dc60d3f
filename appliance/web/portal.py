"""The captive portal: answers what phones ask to learn whether there is internet, and shows people the way to the shop.

`core.probes` says who is told what; here it becomes HTTP. Runs before the Host check and hands on what is no probe:
foreign GETs are then sent to the shop, foreign POSTs refused with 421, and the box's own pages served. Accepting is
a plain GET of a page, since a sign-in browser looks for internet again only after a navigation; it gives nobody
anything.
"""

from __future__ import annotations

from html import escape

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from appliance.core import probes
from appliance.core.probes import Event, Phone, Probe, Success, System
from appliance.core.timeline import Step
from appliance.settings import Settings
from appliance.visits import Visits
from appliance.web.buyer import DELIVERED, PROGRESS
from appliance.web.pages import Pages
from appliance.web.traces import COPY
from appliance.weblib.security import LOOKS, host_name, own_host

PATH = "/captive-portal"
ACCEPT = f"{PATH}/ok"
_PAGES = {"/": "shop", PATH: "portal", ACCEPT: "portal"}
_HAS_A_BROWSER_OPEN = frozenset({System.WINDOWS})


class Portal:
    """The portal of the shop's listener."""

    def __init__(self, settings: Settings, pages: Pages, visits: Visits, console: str) -> None:
        self._public = settings.web.public
        self._base = settings.web.base
        self._apple = settings.portal.apple
        self._pages = pages
        self._visits = visits
        self._console = console

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.page), web.get(ACCEPT, self.accept)]

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A probe gets what its phone is told; every other request goes on and leaves its trace in the timeline."""
        request = _as_addressed(request)
        if request.method not in LOOKS:
            return await handler(request)
        is_own = own_host(request, self._public)
        probe = probes.find(host_name(request), request.path, _agent(request), own=is_own)
        if probe is not None:
            return self._tell(request, probe)
        response = await handler(request)
        if is_own and response.status < 400:
            self._note(request)
        return response

    def _tell(self, request: web.Request, probe: Probe) -> web.Response:
        address = request.remote or ""
        success = probes.told(self._visits.phone(address), probe, self._apple)
        self._visits.happened(address, Event.ASKED if success else Event.SHOWN, probe.system)
        self._visits.note(address, Step.PROBE, f"{probe.name}: {'told Success' if success else 'shown the way'}")
        return _success(success) if success else self._way()

    def _way(self) -> web.Response:
        """302 with an absolute address on the link, and a few words: Android takes an empty answer for a fault."""
        url = self._base + PATH
        text = f'<!doctype html><title>Wi-Fi</title><a href="{escape(url)}">To the stall</a>\n'
        return _unkept(web.Response(status=302, text=text, content_type="text/html", headers={"Location": url}))

    def _note(self, request: web.Request) -> None:
        address, path = request.remote or "", request.path.lower()
        if request.get(DELIVERED, False):
            self._visits.note(address, Step.DELIVERED)
        if request.method != "GET" or probes.is_helper(_agent(request)) or path.endswith(PROGRESS):
            return
        if path.startswith("/c/"):
            self._opened(request)
            self._visits.note(address, Step.PAID, request.get(COPY, ""))
        elif path in _PAGES or path.startswith("/drops/"):
            self._opened(request)
            self._visits.note(address, Step.PAGE, _PAGES.get(path, "drop"))

    def _opened(self, request: web.Request) -> None:
        self._visits.happened(request.remote or "", Event.OPENED, probes.system_of(_agent(request)))

    async def page(self, request: web.Request) -> web.Response:
        """What a sign-in browser opens: the field for the number where it can download, else the way out of it."""
        phone = self._visits.phone(request.remote or "")
        return self._draw("portal.html", phone, probes.system_of(_agent(request)))

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The person goes on; from here on the phone's probes may be told Success. A second time changes nothing."""
        system = probes.system_of(_agent(request))
        phone = self._visits.phone(request.remote or "")
        if request.method == "GET" and not probes.is_helper(_agent(request)):
            phone = self._visits.happened(request.remote or "", Event.ACCEPTED, system)
        if system in probes.STAYS | _HAS_A_BROWSER_OPEN:
            raise web.HTTPFound("/")
        return self._draw("portal-ok.html", phone, system)

    def _draw(self, template: str, phone: Phone, system: System | None) -> web.Response:
        system = system or phone.system
        return self._pages.answer(
            template,
            address=self._base,
            console=self._console if phone.is_paired else None,
            stays=system in probes.STAYS,
            is_apple=system is System.APPLE,
            accept=ACCEPT,
        )


def _as_addressed(request: web.Request) -> web.Request:
    """RFC 9112 §3.2.2: where the request line holds a whole address, its host counts and the Host field does not."""
    if not request.raw_path.lower().startswith(("http://", "https://")):
        return request
    headers = request.headers.copy()
    headers[hdrs.HOST] = request.url.host_port_subcomponent or ""
    return request.clone(headers=headers)


def _success(success: Success) -> web.Response:
    response = web.Response(status=success.status, body=success.body or None, headers=dict(success.headers))
    if success.content_type is not None:
        response.headers[hdrs.CONTENT_TYPE] = success.content_type
    return _unkept(response)


def _unkept(response: web.Response) -> web.Response:
    """A probe's answer is true for this moment and this connection only."""
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.force_close()
    return response


def _agent(request: web.Request) -> str:
    return request.headers.get(hdrs.USER_AGENT, "")
