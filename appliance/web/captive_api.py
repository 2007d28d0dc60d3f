"""The Captive Portal API (RFC 8908), to which DHCP option 114 (RFC 8910) leads phones: whether they are captive.

Answers only under the box's own name, and only while a certificate for it is held: phones refuse anything else, and
a phone without the API looks for internet in the old way. So it is as if it were not there when it cannot help.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from appliance.core.probes import Event, is_captive
from appliance.core.timeline import Step
from appliance.settings import Settings
from appliance.visits import Visits
from appliance.web.portal import PATH as PORTAL
from appliance.weblib.security import LOOKS, host_name

PATH = f"{PORTAL}/api"
TYPE = "application/captive+json"


class CaptiveApi:
    """The part of the console's listener that answers under the box's own name. `is_certified`: asked each time."""

    def __init__(self, settings: Settings, visits: Visits, is_certified: Callable[[], bool]) -> None:
        self._name = settings.portal.name
        self._portal = settings.web.base + PORTAL
        self._https = f"https://{self._name}:{settings.web.console_port}{PORTAL}"
        self._apple = settings.portal.apple
        self._visits = visits
        self._is_certified = is_certified

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What is asked under the box's name; everything else goes on."""
        if not self._is_ours(request):
            return await handler(request)
        if request.path == PATH and TYPE in request.headers.get(hdrs.ACCEPT, ""):
            return self._state(request)
        raise web.HTTPFound(self._portal, headers={hdrs.VARY: hdrs.ACCEPT})

    def _is_ours(self, request: web.Request) -> bool:
        named = self._name is not None and host_name(request) == self._name
        return named and request.method in LOOKS and request.path in {PATH, PORTAL} and self._is_certified()

    def _state(self, request: web.Request) -> web.Response:
        """RFC 8908 §5. The portal's address must be HTTPS, so it is one here, which leads on to the shop's."""
        address, agent = request.remote or "", request.headers.get(hdrs.USER_AGENT, "")
        captive = is_captive(self._visits.phone(address), agent, self._apple)
        self._visits.happened(address, Event.SHOWN if captive else Event.ASKED)
        self._visits.note(address, Step.PROBE, f"api: {'captive' if captive else 'not captive'}")
        state: dict[str, object] = {"captive": captive}
        if captive:
            state["user-portal-url"] = self._https
        fields = {hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: hdrs.ACCEPT, hdrs.CONTENT_TYPE: TYPE}
        return web.Response(body=json.dumps(state).encode(), headers=fields)
