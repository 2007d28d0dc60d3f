"""The organizer's pages over HTTP: what they say, whom they let in, and that nothing in them is taken for HTML."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import html
import io
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from appliance.core.tlog import read_proof
from appliance.errors import KeyFileError, StoreError
from provisioning.collector import books, database
from provisioning.collector.serve import serving
from tests.organizer import NOW
from tests.provisioning.collector.events import FIRST, FORKED, LONG, MARK, Event, full

PAGES = ("/", "/?since=today", "/stock", "/boxes", "/owed", "/cases", "/exports", f"/ledgers/{FIRST.public.id}/5")
FILES = ("/exports/sales.csv", "/exports/everything.json", "/exports/collector.sqlite", "/metrics")
BROWSER = {"Accept": "text/html"}


class Organizer:
    """A browser at the collector."""

    def __init__(self, event: Event, address: str, client: ClientSession) -> None:
        self.event, self.address, self.client = event, address, client

    @property
    def secret(self) -> str:
        return self.event.place.secret.read_text().strip()

    async def enter(self) -> None:
        async with self.post("/login", secret=self.secret) as answer:
            assert (answer.status, answer.url.path) == (200, "/")

    @contextlib.asynccontextmanager
    async def post(self, path: str, origin: str | None = None, **fields: str) -> AsyncIterator[ClientResponse]:
        """A form of one of the collector's pages, or of `origin`."""
        headers = BROWSER | {"Origin": origin or self.address}
        async with self.client.post(self.address + path, data=fields, headers=headers) as answer:
            yield answer

    async def page(self, path: str, status: int = 200) -> str:
        async with self.client.get(self.address + path, headers=BROWSER) as answer:
            assert answer.status == status
            return await answer.text()

    async def words(self, path: str) -> str:
        """What a page says, without its tags."""
        text = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", await self.page(path), flags=re.DOTALL))
        return re.sub(r"\s+", " ", text)

    async def cases(self) -> list[str]:
        return re.findall(r'href="(/cases/[0-9a-f]{16})"', await self.page("/cases"))

    async def case(self, said: str) -> str:
        """The case whose page says this."""
        pages = {case: await self.page(case) for case in await self.cases()}
        return next(case for case, text in pages.items() if said in text)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Organizer]:
    """Not logged in yet."""
    event = full(tmp_path)
    async with (
        serving(event.place, event.organizer.cosigner, lambda: NOW) as address,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as client,
    ):
        yield Organizer(event, address, client)


@pytest.fixture
async def inside(door: Organizer) -> Organizer:
    await door.enter()
    return door


# --- the door ----------------------------------------------------------------------------------------------------


async def test_a_login_that_is_no_form(door: Organizer) -> None:
    """Bytes that are no text are refused; nobody's fault is logged for them."""
    headers = {"Origin": door.address, "Content-Type": "application/x-www-form-urlencoded"}
    async with door.client.post(f"{door.address}/login", data=b"secret=\xff", headers=headers) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("path", [*PAGES, *FILES, "/cases/0011223344556677"])
async def test_no_page_without_login(door: Organizer, path: str) -> None:
    """A person is shown the way in, a program is refused; neither sees a thing."""
    async with door.client.get(door.address + path, headers=BROWSER, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/login")
    async with door.client.get(door.address + path) as answer:
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (401, "not-logged-in")


async def test_wrong_secrets_are_limited(door: Organizer) -> None:
    """Each is a page that says so; after ten in a minute even the right one waits."""
    statuses = []
    for secret in (*["wrong"] * 10, door.secret):
        async with door.post("/login", secret=secret) as answer:
            statuses.append(answer.status)
            assert "<form" in await answer.text()
    assert statuses == [403] * 10 + [429]
    assert "Log in" in await door.page("/")


async def test_a_program_shows_the_secret(door: Organizer) -> None:
    """As a bearer token; a wrong one is nothing."""
    for secret, status in ((door.secret, 200), ("wrong", 401)):
        header = {"Authorization": f"Bearer {secret}"}
        async with door.client.get(f"{door.address}/metrics", headers=header) as answer:
            assert answer.status == status


async def test_ipv6_alone(tmp_path: Path) -> None:
    """The address that it says opens in a browser as it is."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    event = full(tmp_path)
    async with (
        serving(replace(event.place, host="::1"), event.organizer.cosigner, lambda: NOW) as address,
        ClientSession() as client,
        client.get(f"{address}/healthz") as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize("host", ["nobody.invalid", "192.0.2.1"])
async def test_an_address_of_others(tmp_path: Path, host: str) -> None:
    """What cannot be listened at is said as that, not as another collector that is open there."""
    event = full(tmp_path)
    with pytest.raises(StoreError, match=f"cannot listen at {host}"):
        async with serving(replace(event.place, host=host), event.organizer.cosigner, lambda: NOW):
            pass


async def test_an_empty_secret(tmp_path: Path) -> None:
    """Where the file lost its secret, nobody is let in by typing nothing: the collector does not open."""
    event = full(tmp_path)
    event.place.secret.touch(0o600)
    with pytest.raises(KeyFileError, match="is empty"):
        async with serving(event.place, event.organizer.cosigner, lambda: NOW):
            pass


@pytest.mark.parametrize(
    "headers", [b"Authorization: Bearer \xff", b"Cookie: stallbox-collector=99999999999.\xff"], ids=["token", "cookie"]
)
async def test_bytes_that_are_no_text(door: Organizer, headers: bytes) -> None:
    """A secret that is not even UTF-8 is a wrong one."""
    host, port = door.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: " + host.encode() + b"\r\n" + headers + b"\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=x"]
)
async def test_what_is_no_form(door: Organizer, kind: str) -> None:
    """A body that no form of ours makes is the sender's fault."""
    async with door.client.post(f"{door.address}/login", data=b"secret=a", headers={"Content-Type": kind}) as answer:
        assert answer.status == 400


async def test_logging_out_ends_it(inside: Organizer) -> None:
    """The cookie is gone, and pages are closed."""
    async with inside.post("/logout") as answer:
        assert answer.url.path == "/login"
    assert "Log in" in await inside.page("/")


async def test_another_site_decides_nothing(inside: Organizer) -> None:
    """A form on a foreign page is refused although the browser would send the cookie along."""
    case = (await inside.cases())[0]
    async with inside.post(case, "https://example.com", answer="both-stand") as answer:
        assert answer.status == 403


async def test_behind_a_web_server_with_tls(door: Organizer) -> None:
    """The form of the HTTPS address outside is our own, and the browser keeps the session to HTTPS."""
    host = door.address.removeprefix("http://")
    headers = {"Origin": f"https://{host}", "Sec-Fetch-Site": "same-origin", "X-Forwarded-Proto": "https"}
    form = {"data": {"secret": door.secret}, "headers": headers, "allow_redirects": False}
    async with door.client.post(f"{door.address}/login", **form) as answer:
        assert answer.status == 303
        assert "secure" in answer.headers["Set-Cookie"].lower()


# --- what pages say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_taken_for_html(inside: Organizer, path: str) -> None:
    """Titles, names and reasons of boxes and creators are text, wherever they stand; no page has a script."""
    text = await inside.page(path)
    assert MARK not in text
    assert "<img src=x>" not in text
    assert "<signed>" not in text
    assert "<script" not in text
    assert " style=" not in text


async def test_sales(inside: Organizer) -> None:
    """Void sales are left out, refunds stand beside, one currency never counts for another.

    Downloads: 9 and #13 of the first box, 8 of the second, 3 of the fork; and two prints with a tip.
    """
    words = await inside.words("/")
    assert "€220.00 23 sales · €8.00 given back" in words
    assert "CHF 10.00 1 sale" in words
    assert f"Seven {MARK}" in words
    assert LONG[:300].strip() in words
    assert "With <signed> print" in words
    assert "Payment token" in words


async def test_today(inside: Organizer) -> None:
    """Only what the boxes' clocks put after midnight."""
    assert "1 sale" in await inside.words("/?since=today")


async def test_stock(inside: Organizer) -> None:
    """Allotted, sold, void and left; what was sold without an allotment is named."""
    words = await inside.words("/stock")
    assert f"Seven {MARK} 50 12 1 37" in words
    assert "Edition of 100 · 40 in reserve" in words
    assert "too many" in words


async def test_boxes(inside: Organizer) -> None:
    """Each says when it was heard, what is missing, why it began; one never heard says that."""
    words = await inside.words("/boxes")
    assert "Eight" in words
    assert "7–8" in words
    assert "it was the first of this box" in words
    assert "Nine" in words
    assert "Two histories" in words
    assert "Ten Nothing has come from it yet" in words


async def test_owed(inside: Organizer) -> None:
    """A payment without copy or refund."""
    assert "Harbour Lights With <signed> print · entry 5:17" in await inside.words("/owed")


async def test_ledger(inside: Organizer) -> None:
    """Every entry says what it is; what is signed and no entry is shown as it is; each has its receipt."""
    path = f"/ledgers/{FIRST.public.id}/5"
    words = await inside.words(path)
    assert "Harbour Lights #1 · Download · €8.00 · Cash" in words
    assert '{"spec":1,"type":"<img src=x>"}' in words
    assert f"sale 5:1 · wrong tap {MARK}" in words
    assert read_proof(await inside.page(f"{path}/3.tlog-proof")).index == 3
    await inside.page(f"{path}/999.tlog-proof", 404)
    await inside.page("/ledgers/0011223344556677/5", 404)
    await inside.page(f"{path}?from=x", 400)
    assert "No entries from 500" in await inside.words(f"{path}?from=500")


async def test_metrics(inside: Organizer) -> None:
    """Every line is a name with labels and a number."""
    lines = (await inside.page("/metrics")).splitlines()
    assert all(re.fullmatch(r'#.*|[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? -?\d+', line) for line in lines)
    assert "stallbox_collector_owed 1" in lines
    assert "stallbox_collector_cases 3" in lines
    assert f'stallbox_collector_forked{{box="{FORKED.public.id}",incarnation="5"}} 1' in lines


@pytest.mark.parametrize("path", ["/nothing", "/cases/0011223344556677", "/static/x/none.css"])
async def test_a_refusal_is_a_page(inside: Organizer, path: str) -> None:
    """In the same style, with the way on."""
    text = await inside.page(path, 404)
    assert "style.css" in text
    assert 'href="/"' in text


# --- cases -------------------------------------------------------------------------------------------------------


async def test_a_case_is_answered(inside: Organizer) -> None:
    """What was picked is shown, can be picked anew, and is counted no more; nonsense is refused."""
    case = await inside.case("two histories")
    for said, status in (("nonsense", 400), ("under-inquiry", 200), ("box-retired", 200)):
        async with inside.post(case, answer=said) as answer:
            assert answer.status == status
    words = await inside.words("/cases")
    assert "The box sells no more" in words
    assert "Cases 2" in words
    assert 'value="box-retired" required checked' in await inside.page(case)


async def test_evidence_checks_by_itself(inside: Organizer) -> None:
    """A doubled sale comes with receipts, a fork with its checkpoints, everything escaped."""
    seen = set()
    for case in await inside.cases():
        text = await inside.page(case)
        assert MARK not in text
        for path in re.findall(rf'href="({case}/[^"]+)"', text):
            found = await inside.page(path)
            seen.add(path.rpartition(".")[2])
            assert path.endswith(".checkpoint") or read_proof(found).index > 0
    assert seen == {"tlog-proof", "checkpoint"}


async def test_a_token_is_part_of_the_evidence(inside: Organizer) -> None:
    """Where the box has sent it, the issuer's very bytes can be had."""
    case = await inside.case("A payment was taken more than once")
    assert "Payment token</a>" not in await inside.page(case)
    with contextlib.closing(database.connect(inside.event.place.database)) as db:
        row = (FIRST.public.id, 5, 14, "token", "ef" * 32, b"\xd2COSE")
        db.execute("insert into attachments values (?, ?, ?, ?, ?, ?)", row)
    [path] = re.findall(rf'href="({case}/[0-9].token)"', await inside.page(case))
    async with inside.client.get(inside.address + path) as answer:
        assert (await answer.read(), answer.content_type) == (b"\xd2COSE", "application/cose")
    await inside.page(f"{case}/9.token", 404)


# --- exports -----------------------------------------------------------------------------------------------------


async def test_the_table_equals_the_books(inside: Organizer) -> None:
    """The sums of sales.csv are those of the tables and of the page."""
    rows = list(csv.DictReader(io.StringIO(await inside.page("/exports/sales.csv"))))
    with database.looking(inside.event.place.database) as db:
        expected = {each.currency: 0 for each in books.cells(db)}
        for each in books.cells(db):
            expected[each.currency] += each.paid
    for currency, paid in expected.items():
        standing = [row["paid"] for row in rows if row["void"] == "no" and row["currency"] == currency]
        assert round(sum(map(float, standing)) * 100) == paid
    assert f"Seven {MARK}" in {row["stall"] for row in rows}


@pytest.mark.parametrize("path", FILES[:3])
async def test_exports_are_streamed(inside: Organizer, path: str) -> None:
    """No length is promised, the name is there, and a second one is the same bytes."""
    bodies = []
    for _ in range(2):
        async with inside.client.get(inside.address + path) as answer:
            assert answer.status == 200
            assert "Content-Length" not in answer.headers
            assert path.rpartition("/")[2] in answer.headers["Content-Disposition"]
            bodies.append(await answer.read())
    assert bodies[0] == bodies[1]
    assert not list(inside.event.place.folder.glob(".export-*"))
