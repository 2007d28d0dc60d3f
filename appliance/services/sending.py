"""Sends batches to one collector and brings back its answers. Knows HTTP and FORMATS §6's statuses, no ledger."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, Fingerprint, TCPConnector

from appliance.core import batch, hello
from appliance.core.answer import MAX_ANSWER
from appliance.core.trust import Chain
from appliance.errors import PaperError, RequestError, StoreError
from appliance.weblib.bodies import read_at_most

_CONNECT_S = 5.0
TIMEOUT = ClientTimeout(total=300, connect=15, sock_read=60)
_TAKEN = frozenset({200, 201, 202})
_AGAIN = frozenset({408, 409, 429})  # beside the 5xx: nothing is wrong with the batch
_MAX_PROBLEM = 16 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A collector that announces itself, by the name and the addresses that it says; nothing of that is proved."""

    name: str
    hosts: tuple[str, ...]
    port: int


class UnreachableError(StoreError):
    """Nobody answers, or not now: trying again later is all there is to do."""


class RefusedError(RequestError):
    """This batch is refused, whenever it comes; others may be taken."""


class TooLargeError(RequestError):
    """This batch is more than the collector, or what stands before it, takes at once."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer's bytes, and how long it took to come."""

    data: bytes
    round_trip_ms: int


class Collector:
    """One collector at `address`; `tls` is whom to believe there."""

    def __init__(self, session: ClientSession, address: str, tls: ssl.SSLContext | Fingerprint | bool) -> None:
        self._session = session
        self._address = address
        self._tls = tls

    async def send(self, data: bytes) -> Answered:
        """One batch. UnreachableError where it may be tried again; TooLargeError; RefusedError with the reason;
        RequestError where who answers shows a wrong certificate."""
        span = batch.span_of(data)
        headers = {"Content-Type": batch.MEDIA_TYPE, "Idempotency-Key": span.key(data)}
        began = time.monotonic()
        status, body = await self._post(f"/v1/logs/{span.box}/batches", data, headers, MAX_ANSWER)
        if _is_another(status, body):
            raise UnreachableError(
                "not-ready",
                f"Something else answers in place of the collector at {self._address}. If this network has a sign-in "
                "page, sign in there; or use another network.",
            )
        if status in _TAKEN:
            return Answered(body, round((time.monotonic() - began) * 1000))
        said = _said(body).rstrip(".")
        if status >= 500 or status in _AGAIN:
            raise UnreachableError("not-ready", f"The collector cannot take sales just now ({said}).")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise TooLargeError("too-large", f"The collector takes smaller batches only ({said}).", status_hint=status)
        raise RefusedError("bad-request", f"The collector refused the sales of this box ({said}).", status_hint=status)

    async def _post(self, path: str, data: bytes, headers: dict[str, str], most: int) -> tuple[int, bytes]:
        try:
            async with self._session.post(
                self._address + path, data=data, headers=headers, ssl=self._tls, allow_redirects=False
            ) as answer:
                return answer.status, await read_at_most(answer.content, most)
        except ssl.SSLCertVerificationError as error:
            raise _distrusted(self._address, error) from error
        except (ClientError, OSError, TimeoutError) as error:
            if isinstance(reason := getattr(error, "certificate_error", None), Exception):
                raise _distrusted(self._address, reason) from error
            raise UnreachableError("not-ready", f"The collector at {self._address} does not answer.") from error

    async def greet(self, chain: Chain, box: str, nonce: str, certificate: str) -> str:
        """The name of the cosigner at the other end, proved; PaperError where there is none."""
        body = json.dumps({"box": box, "nonce": nonce}).encode()
        status, data = await self._post("/v1/hello", body, {"Content-Type": "application/json"}, _MAX_PROBLEM)
        if status != 200:
            raise PaperError("doc-role", f"The collector at {self._address} does not greet: {_said(data)}")
        return hello.check(data, chain, box, nonce, certificate)


@asynccontextmanager
async def sessions(times: ClientTimeout = TIMEOUT) -> AsyncIterator[ClientSession]:
    """A session that keeps nothing from one collector for another, and unpacks nothing that might grow."""
    async with ClientSession(
        connector=TCPConnector(limit=2, force_close=True),
        cookie_jar=DummyCookieJar(),
        timeout=times,
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
    ) as session:
        yield session


async def shown_certificate(hosts: Sequence[str], port: int) -> tuple[str, bytes]:
    """The first of these hosts that answers, and the SHA-256 of the certificate that it shows, believed in nothing yet.

    UnreachableError where none does.
    """
    for host in hosts:
        with suppress(OSError, TimeoutError):
            return host, await _shown_at(host, port)
    raise UnreachableError("not-ready", "The collector that announces itself nearby does not answer.")


async def _shown_at(host: str, port: int) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with asyncio.timeout(_CONNECT_S):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return hashlib.sha256(der).digest()
    finally:
        writer.close()


def _distrusted(address: str, error: Exception) -> RequestError:
    return RequestError(
        "bad-request",
        f"The collector at {address} shows a certificate that is not its own ({error}). Nothing was sent.",
    )


def _is_another(status: int, body: bytes) -> bool:
    """Whether a network's sign-in page answers, or whatever is no collector: those neither lead elsewhere, nor take a
    batch without an answer, which is an object."""
    if status in _TAKEN:
        return not body.lstrip().startswith(b"{")
    return status < HTTPStatus.BAD_REQUEST or status == HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED


def _said(body: bytes) -> str:
    """The sentence of a problem document, in one line; something of the answer where it is none."""
    try:
        value = json.loads(body[:_MAX_PROBLEM])
        said = str(value.get("detail") or value.get("title"))[:300]
    except (ValueError, AttributeError, RecursionError):
        said = body[:100].decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in said)
