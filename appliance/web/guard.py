"""Who may use the console and the API: the owner of a paired phone, or whoever sits at the box itself.

Three ways in, one per listener. A handler behind a guard is told which paired phone it serves, so that none can
be routed without one by mistake.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.errors import SaleError
from appliance.stall.phones import Phones
from appliance.visits import Visits
from appliance.weblib.problems import for_people
from appliance.weblib.security import LOOKS, from_loopback

COOKIE = "__Host-stallbox"
_YEAR_SECONDS = 365 * 24 * 3600

Served = Callable[[web.Request, int | None], Awaitable[web.StreamResponse]]
"""A handler that is told the number of the paired phone; None at the box itself."""


class Guard(Protocol):
    """Decides who asks. `entrance` is the page where a person can do something about a refusal."""

    entrance: str

    async def phone(self, request: web.Request) -> int | None:
        """The number of the paired phone, None at the box itself. SaleError `unpaired` for anybody else."""


class AtTheBox:
    """The unix socket: only the box's own account can open it."""

    entrance = "/console"

    async def phone(self, _request: web.Request) -> int | None:
        return None


class Loopback:
    """The shop's listener: only programs on this machine count as paired; phones are sent to the console's."""

    def __init__(self, entrance: str) -> None:
        self.entrance = entrance

    async def phone(self, request: web.Request) -> int | None:
        if from_loopback(request):
            return None
        raise SaleError("unpaired", f"The console is at {self.entrance}: open it there.", status_hint=403)


class Paired:
    """The console's listener: a phone that the owner card has paired. The portal is told at which address it is."""

    entrance = "/console/pair"

    def __init__(self, phones: Phones, visits: Visits) -> None:
        self._phones = phones
        self._visits = visits

    async def phone(self, request: web.Request) -> int | None:
        secret = request.cookies.get(COOKIE)
        number = await self._phones.check(secret) if secret else None
        if number is None:
            raise SaleError("unpaired", "Pair this phone with the owner card first.", status_hint=403)
        await self._visits.pair(request.remote or "")
        return number


def guarded(guard: Guard, handler: Served) -> Handler:
    """`handler` behind `guard`. A person who only looks is shown to the entrance instead of a refusal."""

    async def check(request: web.Request) -> web.StreamResponse:
        try:
            number = await guard.phone(request)
        except SaleError:
            if request.method in LOOKS and for_people(request):
                raise web.HTTPSeeOther(guard.entrance) from None
            raise
        return await handler(request, number)

    return check


def set_cookie(response: web.StreamResponse, secret: str) -> None:
    """Makes the browser a paired phone. The prefix makes browsers insist on Secure, Path=/ and this very host."""
    response.set_cookie(COOKIE, secret, max_age=_YEAR_SECONDS, path="/", secure=True, httponly=True, samesite="Strict")
