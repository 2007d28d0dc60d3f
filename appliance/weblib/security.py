"""What guards every page and every POST: headers, the address that was asked for, where the request comes from, sizes.

Knows requests and answers, no stall. A claim's address is a right to download, so no page may leak its own.
"""

from __future__ import annotations

import asyncio
import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from appliance.errors import RequestError

MAX_BODY = 64 * 1024
MAX_HEADERS = 8 * 1024
MAX_TARGET = 2 * 1024

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer that does not say otherwise itself."""

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LANGUAGE = "lang"
"""The query field that asks for a language, and the cookie that remembers it. Alone it gives nobody a right."""
LOOKS = frozenset({"GET", "HEAD"})
"""The methods with which somebody looks at a page."""
_READING = LOOKS | {"OPTIONS"}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal for `on_response_prepare`: it reaches downloads as well, which answer by themselves."""
    response.headers["Server"] = "stallbox"  # nobody needs to know the versions of what it is made of
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def host_name(request: web.BaseRequest) -> str:
    """The name or address in the Host field, lower case, without port; empty where there is none."""
    host = request.headers.get("Host", "").strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def from_loopback(request: web.BaseRequest) -> bool:
    """Whether a program on this machine asks, and by a name that only this machine has.

    The name matters: a page of another site may point its own name at 127.0.0.1 (DNS rebinding).
    """
    try:
        peer = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    return peer.is_loopback and host_name(request) in _LOOPBACK_NAMES


def own_host(request: web.BaseRequest, public: str) -> bool:
    """Whether the sender asked for this box: its public name, the very address that was dialled, or loopback."""
    name = host_name(request)
    return name == public.lower() or name == _dialled(request) or from_loopback(request)


def _dialled(request: web.BaseRequest) -> str | None:
    transport = request.transport
    local = transport.get_extra_info("sockname") if transport is not None else None
    if not isinstance(local, tuple):
        return None
    return f"[{local[0]}]" if ":" in local[0] else str(local[0])


def check_host(public: str, home: str) -> Middleware:
    """Other names than the box's: a GET is shown the way to `home`, anything else is refused (`wrong-host`)."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if own_host(request, public):
            return await handler(request)
        if request.method in LOOKS:
            raise web.HTTPFound(home)
        raise RequestError("wrong-host", f"This box is {home}: send it there.", status_hint=421)

    return check


def own_origin(request: web.Request) -> bool:
    """Whether a writing request comes from a page of this box, or from a program that has no pages.

    Browsers name the origin of every POST, `null` where the page hides it; then Sec-Fetch-Site tells, which no
    page can forge. A program names none, and is believed unless it sends a cookie: those are a browser's. The language
    does not count: an old browser that names no origin shall not be locked out by choosing one.
    """
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site not in {None, "same-origin", "none"}:
        return False
    if origin is None:
        return not request.cookies.keys() - {LANGUAGE}
    if origin == "null":
        return site == "same-origin"
    # A web server in front of us may end TLS; the browser, which knows, has then said that the origin is the same.
    schemes = {"http", "https"} if site == "same-origin" else {request.scheme}
    return origin.lower() in {f"{scheme}://{request.headers.get('Host', '')}".lower() for scheme in schemes}


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """`wrong-origin` for a writing request that a page of another site made."""
    if request.method not in _READING and not own_origin(request):
        raise RequestError("wrong-origin", "Open the box's own page and try again there.", status_hint=403)
    return await handler(request)


def check_size(body_s: float, *, larger: str | None = None) -> Middleware:
    """`too-large` for an address, header or body beyond what any page needs; a body has `body_s` to arrive whole.

    Handlers of addresses that begin with `larger` see to their bodies themselves.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        _check_header(request)
        if request.method not in _READING and not (larger and request.path.startswith(larger)):
            await _read_body(request, body_s)
        return await handler(request)

    return check


def is_oversized(request: web.Request) -> bool:
    """Whether address or header are beyond what any page needs: `check_size` refuses them, nobody else reads them."""
    return len(request.raw_path) > MAX_TARGET or _header_bytes(request) > MAX_HEADERS


def _check_header(request: web.Request) -> None:
    if len(request.raw_path) > MAX_TARGET:
        raise RequestError("too-large", "This address is too long.", status_hint=414)
    if _header_bytes(request) > MAX_HEADERS:
        raise RequestError("too-large", "The request's header is too large.", status_hint=431)


def _header_bytes(request: web.Request) -> int:
    return sum(len(name) + len(value) + 4 for name, value in request.raw_headers)


async def _read_body(request: web.Request, seconds: float) -> None:
    """Reads it whole, so that no handler ever waits for a slow phone; aiohttp keeps it for whoever asks."""
    too_large = RequestError("too-large", "A request may have 64 KiB at most.", status_hint=413)
    if (request.content_length or 0) > MAX_BODY:
        raise too_large
    try:
        async with asyncio.timeout(seconds):
            await request.read()
    except TimeoutError as error:
        raise RequestError("bad-request", "The request took too long to arrive: try again.", status_hint=408) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large from error
