"""A phone on the box's Wi-Fi: it has an address of its own, keeps no cookies, and all its names lead to the box."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from provisioning.doctor.verdict import Answer
from tests.web.served import PUBLIC, Box

WISPR = "CaptiveNetworkSupport-481.0.0 wispr"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile"
ANDROID_PROBE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/60.0.3112.32 Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SHOP = f"http://{PUBLIC}"
PORTAL = f"{SHOP}/captive-portal"

_ADDRESSES = (f"127.{n >> 8 & 255}.{n & 255}.9" for n in count(1000))


@dataclass
class Phone:
    address: str
    _session: ClientSession
    _shop: str

    async def ask(self, url: str, agent: str = "", method: str = "GET", **headers: str) -> Answer:
        """One request, wherever it leads; `headers` with _ for -."""
        parts = urlsplit(url)
        target = self._shop + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        fields["Host"] = parts.netloc
        async with self._session.request(method, target, headers=fields, allow_redirects=False) as answer:
            return Answer(answer.status, lower(answer.headers), await answer.read())

    async def browse(self, url: str, agent: str) -> tuple[str, Answer]:
        """What a browser ends up with: the last address and its answer."""
        for _ in range(5):
            answer = await self.ask(url, agent, Accept="text/html")
            if answer.status not in {302, 303}:
                return url, answer
            where = answer.headers["location"]
            url = where if "://" in where else f"http://{urlsplit(url).netloc}{where}"
        raise AssertionError(f"led in circles: {url}")

    async def type_number(self, number: str, agent: str) -> str:
        """Types the pickup number into the page; the address of the claim."""
        data, headers = {"number": number}, {"Host": PUBLIC, "User-Agent": agent, "Accept": "text/html"}
        async with self._session.post(
            f"{self._shop}/pickup", data=data, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            return SHOP + answer.headers["Location"]


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@contextlib.asynccontextmanager
async def joined(box: Box) -> AsyncIterator[Phone]:
    """A phone that the box has not seen before."""
    address = next(_ADDRESSES)
    connector = TCPConnector(local_addr=(address, 0))
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar()) as session:
        yield Phone(address, session, box.shop)
