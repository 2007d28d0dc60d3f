"""What bad or foreign requests get, over real connections."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from appliance.core.sale import Order
from tests.web.clients import PERSON, PROGRAM, raw
from tests.web.conftest import harbour
from tests.web.served import PUBLIC, Box, running_box

ORDER = {"drop": "harbour-lights"}
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class TestHeaders:
    async def test_on_every_answer(self, box: Box) -> None:
        """Pages, files, refusals and redirects all carry the guards, and no page may run a script of its own."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        paths = ("/", f"/c/{copy.claim}", f"/c/{copy.claim}/files/01-pier.jpg", "/c/0000", "/nothing", "/console")
        for path in paths:
            async with box.client.get(box.shop + path, headers=PERSON) as answer:
                assert {name: answer.headers[name] for name in GUARDS} == GUARDS
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe-inline" not in policy

    async def test_claims_are_not_kept_by_browsers(self, box: Box) -> None:
        """A claim's page and the console are never stored; the style sheet is kept for a year."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        for path in (f"/c/{copy.claim}", "/console"):
            async with box.client.get(box.shop + path, headers=PERSON) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                text = await answer.text()
        style = text.split('rel="stylesheet" href="')[1].split('"')[0]
        async with box.client.get(box.shop + style) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.content_type == "text/css"


class TestHost:
    @pytest.mark.parametrize("host", ["example.com", "example.com:80", "10.42.0.2", "[::2]:80", "evil.10.42.0.1"])
    async def test_a_foreign_get_is_shown_the_way(self, box: Box, host: str) -> None:
        """Who looks for another site on this hotspot is sent to the shop."""
        async with box.client.get(f"{box.shop}/x?y", headers={"Host": host}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, f"http://{PUBLIC}/")

    async def test_a_foreign_post_is_refused(self, box: Box) -> None:
        """What was meant for another site is not taken here."""
        headers = {**PROGRAM, "Host": "example.com"}
        async with box.client.post(f"{box.shop}/pickup", data={"number": "0000"}, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (421, "wrong-host")

    @pytest.mark.parametrize("host", [PUBLIC, f"{PUBLIC}:80", "127.0.0.1", "LOCALHOST:8080"])
    async def test_own_names(self, box: Box, host: str) -> None:
        """The public address, the one that was dialled, and loopback are the box."""
        async with box.client.get(f"{box.shop}/", headers={"Host": host}) as answer:
            assert answer.status == 200

    async def test_rebinding(self, box: Box) -> None:
        """A page whose own name points at this machine does not count as paired."""
        for path in ("/console", "/api/v1/status", "/screen.png", "/metrics"):
            async with box.client.get(box.shop + path, headers={"Host": PUBLIC, **PROGRAM}) as answer:
                assert answer.status in {403, 404}

    async def test_console_from_the_shop(self, box: Box) -> None:
        """A phone that asks the shop for the console is shown to its HTTPS address."""
        async with box.client.get(
            f"{box.shop}/console", headers={"Host": PUBLIC, **PERSON}, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"https://{PUBLIC}:8443/console")


class TestOrigin:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://example.com"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "https://127.0.0.1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "null"},
            {"Cookie": "a=b"},
            {"Cookie": "lang=de; a=b"},
        ],
    )
    async def test_foreign(self, box: Box, headers: dict[str, str]) -> None:
        """A page of another site sells nothing, not even on the machine where every program counts as paired."""
        for path in ("/pickup", "/console/sell", "/api/v1/sales"):
            async with box.client.post(box.shop + path, data=b"{}", headers={**PROGRAM, **headers}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "wrong-origin")
        assert box.stall.house.ledger.head.size == len(await box.stall.house.reader.leaves(_incarnation(box)))
        assert await box.stall.stock.sales() == ()

    @pytest.mark.parametrize(
        "headers", [{}, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, {"Cookie": "lang=de"}]
    )
    async def test_own(self, box: Box, headers: dict[str, str]) -> None:
        """Programs without an Origin, and browsers that vouch for the same origin, are served, in any language."""
        async with box.client.post(
            f"{box.shop}/api/v1/sales", json={"drop": "harbour-lights"}, headers=headers
        ) as answer:
            assert answer.status == 200

    async def test_own_page(self, box: Box) -> None:
        """A page of the box itself is served, cookie or not."""
        headers = {"Origin": box.shop, "Cookie": "a=b"}
        async with box.client.post(
            f"{box.shop}/api/v1/sales", json={"drop": "harbour-lights"}, headers=headers
        ) as answer:
            assert answer.status == 200


class TestSizes:
    @pytest.mark.parametrize("chunked", [False, True])
    async def test_body(self, box: Box, chunked: bool) -> None:
        """A body beyond 64 KiB is refused, whether it says its length or not."""
        body = json.dumps({"drop": "x" * 70_000}).encode()

        async def pieces():  # type: ignore[no-untyped-def]  # aiohttp takes any async iterator of bytes
            yield body

        data = pieces() if chunked else body
        async with box.client.post(f"{box.shop}/api/v1/sales", data=data, headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (413, "too-large")
            assert answer.headers["Connection"] == "close"

    async def test_a_huge_length_is_not_waited_for(self, box: Box) -> None:
        """A length beyond the limit is refused before a byte of the body came."""
        request = f"POST /pickup HTTP/1.1\r\nHost: {PUBLIC}\r\nContent-Length: 99999999999\r\n\r\n"
        answer = await _head_of(box, request.encode())
        assert b" 413 " in answer

    async def test_header(self, box: Box) -> None:
        """Header fields beyond 8 KiB are refused with a sentence."""
        headers = {**PROGRAM, **{f"X-{n}": "a" * 1000 for n in range(9)}}
        async with box.client.get(f"{box.shop}/", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (431, "too-large")

    async def test_one_endless_field(self, box: Box) -> None:
        """A header field that does not end is cut off, with 400 where that still gets through; others are served."""
        answer = await raw(box.shop, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000)
        first_line = answer.partition(b"\r\n")[0]
        assert first_line == b"" or b" 400 " in first_line, "the reset may overtake the answer"
        async with box.client.get(f"{box.shop}/healthz") as served:
            assert served.status == 200

    async def test_address(self, box: Box) -> None:
        """An address longer than any of ours is refused."""
        async with box.client.get(f"{box.shop}/c/{'A' * 5000}", headers=PROGRAM) as answer:
            assert answer.status == 414

    async def test_not_http(self, box: Box) -> None:
        """Bytes that are no HTTP end the connection with 400."""
        answer = await raw(box.shop, b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n")
        assert b" 400 " in answer.splitlines()[0]

    async def test_methods(self, box: Box) -> None:
        """Other methods than a page has are 405, and the answer names those that it has."""
        async with box.client.delete(f"{box.shop}/drops/harbour-lights", headers=PROGRAM) as answer:
            assert answer.status == 405
            assert answer.headers["Allow"] == "GET,HEAD"


class TestSlow:
    async def test_header(self, tmp_path: Path) -> None:
        """A connection that does not finish its header is closed, and the box still answers others meanwhile."""
        async with running_box(tmp_path, patience_s=0.3) as box:
            began = time.monotonic()
            waiting = asyncio.create_task(raw(box.shop, *[b"GET / HTTP/1.1\r\n"] + [b"X: y\r\n"] * 8, pause_s=0.05))
            async with box.client.get(f"{box.shop}/healthz") as answer:
                assert answer.status == 200
            assert await waiting == b""
            assert time.monotonic() - began < 3

    async def test_body(self, tmp_path: Path) -> None:
        """A form that does not arrive in time is answered with 408 and the connection ends."""
        async with running_box(tmp_path, patience_s=0.3) as box:
            head = f"POST /pickup HTTP/1.1\r\nHost: {PUBLIC}\r\nContent-Length: 20\r\n\r\nnumber="
            answer = await _head_of(box, head.encode())
            assert b" 408 " in answer
            assert b"connection: close" in answer.lower()


class TestLog:
    async def test_claims_are_not_logged(self, box: Box, caplog: pytest.LogCaptureFixture) -> None:
        """Nothing that anybody does with a claim's address puts it into the log."""
        caplog.set_level("DEBUG")
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        for path in (f"/c/{copy.claim}", f"/c/{copy.claim}/all.zip", f"/C/{copy.claim}/nope"):
            async with box.client.get(box.shop + path) as answer:
                await answer.read()
        await raw(box.shop, f"GET /c/{copy.claim} HTTP/1.1\r\n\x01: {copy.claim}\r\n\r\n".encode())
        assert copy.claim not in caplog.text


async def test_unknown_codes_cost_the_same(box: Box) -> None:
    """A wrong code and a text that can be none take one look-up each, and answer the same."""
    answers = []
    for code in ("0" * 16, "!", harbour.__name__):
        async with box.client.get(f"{box.shop}/c/{code}", headers=PROGRAM) as answer:
            answers.append((answer.status, await answer.text()))
    assert len(set(answers)) == 1


async def _head_of(box: Box, request: bytes) -> bytes:
    """Sends and reads up to the end of the answer's header."""
    host, port = box.shop.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    finally:
        writer.close()


def _incarnation(box: Box) -> int:
    return box.stall.house.ledger.incarnation
