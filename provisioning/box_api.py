"""A box's API as a reader uses it: offers and redemption.

Plain HTTP to a box that is near: this machine, or the hotspot's own network. Nothing is followed elsewhere, and no
answer is read beyond 64 KiB.
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from appliance.core.documents import Json, read_json
from appliance.errors import PaperError, RequestError

MAX_ANSWER = 65_536
_TIMEOUT = ClientTimeout(total=10)


class BoxRefusedError(RequestError):
    """What a box answered instead of a yes; its code may be one that this version does not know."""

    def __init__(self, code: str, title: str, detail: str, status: int) -> None:
        super().__init__(code, detail, status_hint=status)
        self._title = title

    @property
    def title(self) -> str:
        return self._title


class BoxUnreachableError(RequestError):
    """No answer, or none that a box gives: whether anything was done there is not known."""


class BoxApi:
    """The API of one box; `base` is such as http://127.0.0.1:8080."""

    def __init__(self, session: ClientSession, base: str) -> None:
        self._session = session
        self._base = near(base)

    async def offer(self, slug: str, price: str | None = None, amount: int | None = None) -> bytes:
        """The offer as the box wrote it (`issue.read_offer` reads it); BoxRefusedError where it cannot be sold now."""
        asked = {"price": price, "amount": None if amount is None else str(amount)}
        query = {name: value for name, value in asked.items() if value is not None}
        return await self._ask("GET", (self._base / "api/v1/offers" / slug).with_query(query))

    async def offer_at(self, url: str) -> bytes:
        """As `offer`, at an address that names drop, price and amount itself."""
        return await self._ask("GET", near(url))

    async def redeem(self, token: str) -> Mapping[str, Json]:
        """The sale group of a token, of now or (`again`) of before; BoxRefusedError where it pays for nothing."""
        answer = await self._ask("POST", self._base / "api/v1/redeem", {"token": token})
        return _json(answer)

    async def _ask(self, method: str, url: URL, body: Mapping[str, str] | None = None) -> bytes:
        try:
            async with self._session.request(method, url, json=body, allow_redirects=False) as response:
                answer = await _limited(response)
                status = response.status
        except aiohttp.ClientPayloadError as error:
            raise BoxUnreachableError("not-ready", f"{url.origin()} does not answer as a box: {error}.") from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise BoxUnreachableError(
                "not-ready", f"No box answers at {url.origin()}: is it on, and is this computer in its network?"
            ) from error
        if status != 200:
            raise _refusal(status, answer)
        return answer


@contextlib.asynccontextmanager
async def connect(base: str) -> AsyncIterator[BoxApi]:
    """A box's API until the end of the block; no proxy is asked, no cookie kept."""
    async with ClientSession(timeout=_TIMEOUT, trust_env=False, cookie_jar=DummyCookieJar()) as session:
        yield BoxApi(session, base)


def near(address: str) -> URL:
    """The address, which must be plain http on this machine or in a private network; else `bad-request`."""
    try:
        url = URL(address)
    except ValueError as error:
        raise RequestError("bad-request", f"{address!r} is no address: write http://10.42.0.1.") from error
    if url.scheme != "http" or not _is_near(url.host or ""):
        raise RequestError("bad-request", f"{address!r} is no box nearby: write its address, such as http://10.42.0.1.")
    return url


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False  # a name can lead anywhere


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(MAX_ANSWER):
        data += chunk
        if len(data) > MAX_ANSWER:
            raise aiohttp.ClientPayloadError(f"its answer is longer than {MAX_ANSWER} bytes")
    return bytes(data)


def _json(answer: bytes) -> dict[str, Json]:
    try:
        return read_json(answer, "The answer", MAX_ANSWER)
    except PaperError as error:
        raise BoxUnreachableError("not-ready", f"This is no answer of a box: {error.detail}") from error


def _refusal(status: int, answer: bytes) -> RequestError:
    """A problem document (RFC 9457) as an error."""
    try:
        told = read_json(answer, "The answer", MAX_ANSWER)
    except PaperError:
        told = {}
    code, title, detail = (told.get(name) for name in ("code", "title", "detail"))
    if isinstance(code, str) and isinstance(title, str) and isinstance(detail, str):
        return BoxRefusedError(code, title, detail, status)
    return BoxUnreachableError("not-ready", f"The answer is {status} and says nothing more: is this a box?")
