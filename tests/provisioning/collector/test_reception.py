"""Boxes meet the collector over HTTP: what FORMATS §6 says for each way that it can go."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession
from aiohttp.test_utils import TestServer

from appliance.core.batch import MAX_BATCH
from provisioning.collector.app import make_app
from provisioning.collector.cosigner import Cosigner
from provisioning.collector.house import House
from provisioning.collector.login import Login
from provisioning.collector.reception import MEDIA_TYPE
from tests.organizer import NOW, Organizer, key
from tests.provisioning.collecting import BOX, NOTE, OTHER, key_of
from tests.provisioning.ledgers import Ledger


@contextlib.asynccontextmanager
async def collector(folder: Path, body_s: float = 60.0) -> AsyncIterator[str]:
    """A collector with the organizer's papers; its address."""
    async with housed(folder, body_s) as (_, address):
        yield address


@contextlib.asynccontextmanager
async def housed(folder: Path, body_s: float = 60.0) -> AsyncIterator[tuple[House, str]]:
    """The same, and what works behind it."""
    organizer = Organizer(folder)
    papers = folder / "papers"
    papers.mkdir()
    (papers / "trust.1.dsse.json").write_bytes(organizer.trusts[0])
    cosigner = Cosigner(organizer.cosigner, NOTE)
    house = House(folder / "collector.db", (papers,), organizer.pin, cosigner, lambda: NOW)
    await house.open()
    login = Login("s" * 32, lambda: NOW, is_tls=False)
    try:
        async with TestServer(make_app(house, login, body_s=body_s)) as server:
            yield house, f"http://{server.host}:{server.port}"
    finally:
        house.close()


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with collector(tmp_path) as address:
        yield address


class Sent:
    def __init__(self, status: int, body: dict[str, object]) -> None:
        self.status, self.body = status, body


def own_key(data: bytes) -> str:
    """As its first line has it, wherever that can be read."""
    try:
        return key_of(data)
    except (ValueError, KeyError):
        return '"unreadable"'


async def send(
    address: str, data: bytes, *, box: str = BOX.public.id, name: str | None = None, kind: str = MEDIA_TYPE
) -> Sent:
    name = name or own_key(data)
    async with (
        ClientSession() as session,
        session.post(
            f"{address}/v1/logs/{box}/batches",
            data=io.BytesIO(data),
            headers={"Content-Type": kind, "Idempotency-Key": name},
        ) as answer,
    ):
        return Sent(answer.status, await answer.json(content_type=None))


async def test_a_batch_is_answered(address: str) -> None:
    """201 with the cosigned checkpoint and the papers; 200 when it comes again."""
    data = Ledger(BOX).batch()
    first = await send(address, data)
    assert first.status == 201
    assert "collector.nmb-2026-12" in str(first.body["checkpoint"])
    assert first.body["papers"]
    again = await send(address, data)
    assert again.status == 200
    assert again.body["verdicts"] == first.body["verdicts"]


async def test_a_gap_is_202(address: str) -> None:
    """What lies above a gap is taken, and what is missing is named."""
    ledger = Ledger(BOX)
    for number in (1, 2):
        ledger.sell("00" * 8, number, None, "ab" * 32)
    data = ledger.batch(2)
    answer = await send(address, data)
    assert (answer.status, answer.body["missing"]) == (202, [[0, 1]])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "application/json"}, 415, "bad-request"),
        ({"box": OTHER.public.id}, 422, "bad-request"),
        ({"name": '"another"'}, 422, "key-reused"),
    ],
)
async def test_a_header_that_does_not_fit(address: str, change: dict[str, str], status: int, code: str) -> None:
    """Each is a problem document, and nothing is stored."""
    data = Ledger(BOX).batch()
    answer = await send(address, data, **change)
    assert (answer.status, answer.body["code"]) == (status, code)
    assert (await send(address, data)).status == 201


async def test_two_keys(address: str) -> None:
    """A batch under two keys at once is not taken, whichever comes first."""
    url, data = f"{address}/v1/logs/{BOX.public.id}/batches", Ledger(BOX).batch()
    for names in ((own_key(data), '"another"'), ('"another"', own_key(data))):
        headers = [("Content-Type", MEDIA_TYPE), *(("Idempotency-Key", name) for name in names)]
        async with ClientSession() as session, session.post(url, data=io.BytesIO(data), headers=headers) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (400, "bad-request")
    assert (await send(address, data)).status == 201


async def test_a_full_disk(tmp_path: Path) -> None:
    """It is said as what may pass, nothing is stored, and the same batch is taken once there is room."""
    ledger = Ledger(BOX)
    for number in range(1, 300):
        ledger.sell("00" * 8, number, None, "ab" * 32)
    data = ledger.batch()
    async with housed(tmp_path) as (house, address):
        await house.ask(lambda db: db.execute("pragma max_page_count=1"))  # what it has, and no page more
        refused = await send(address, data)
        assert (refused.status, refused.body["code"]) == (503, "not-ready")
        await house.ask(lambda db: db.execute("pragma max_page_count=1000000"))
        assert (await send(address, data)).status == 201


async def test_what_does_not_verify(address: str) -> None:
    """Cut off, too large, of a stranger: refused with the status that says why."""
    data = Ledger(BOX).batch()
    assert (await send(address, data[:-1])).status == 422
    assert (await send(address, b"x" * (MAX_BATCH + 1))).status == 413
    stranger = Ledger(key("stranger"))
    assert (await send(address, stranger.batch(), box=key("stranger").public.id)).status == 403


async def test_without_tls_there_is_no_greeting(address: str) -> None:
    """A greeting binds the connection's certificate, so without one there is none."""
    async with ClientSession() as session, session.post(f"{address}/v1/hello", json={"box": "x"}) as answer:
        assert answer.status == 404


# --- each field of the first line wrong once -------------------------------------------------------------------

LEDGER = Ledger(BOX)
for _number in range(1, 9):
    LEDGER.sell("00" * 8, _number, None, "ab" * 32)
LATER = Ledger(BOX, 6)
FOREIGN = Ledger(OTHER)
DATA = LEDGER.batch(3, 7)
HEAD = json.loads(DATA.partition(b"\n")[0])
WRONG: list[tuple[str, object]] = [
    *(("spec", value) for value in (0, 2, "1", None, True)),
    *(("box", value) for value in (OTHER.public.id, BOX.public.id.upper(), "", 5, None)),
    *(("incarnation", value) for value in (6, -1, 2**32, 5.0, "5", None)),
    *(("first", value) for value in (0, 2, 4, 7, -1, 2**53, "3", None, False)),
    *(("last", value) for value in (2, 5, 7, 2**53 - 1, 10**30, "6", None)),
    *(("old", value) for value in (None, "", 5, LEDGER.checkpoint(2), LATER.checkpoint(1), FOREIGN.checkpoint(1))),
    ("old", HEAD["old"].replace("\n3\n", "\n2\n")),
    *(("new", value) for value in (None, "", [], LEDGER.checkpoint(6), LEDGER.checkpoint(8), HEAD["old"])),
    ("new", HEAD["new"][:-6] + "AAAA=\n"),
    *(("consistency", value) for value in ([], None, "", HEAD["consistency"][::-1], HEAD["consistency"][:-1], [5])),
    ("consistency", [*HEAD["consistency"], HEAD["consistency"][0]]),
    ("consistency", ["A" * 43 + "=", *HEAD["consistency"][1:]]),
    ("more", 1),
]


def with_head(head: object) -> bytes:
    return json.dumps(head).encode() + b"\n" + DATA.partition(b"\n")[2]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_field_of_the_first_line_is_wrong(address: str, field: str, value: object) -> None:
    """A problem document with its code, and nothing stored: the same log is new when it comes as it should."""
    data = with_head({**HEAD, field: value})
    answer = await send(address, data)
    assert answer.status == 422, answer.body
    assert answer.body["type"] == f"urn:stallbox:problem:{answer.body['code']}"
    await nothing_is_stored(address)


@pytest.mark.parametrize("field", list(HEAD))
async def test_a_field_of_the_first_line_is_missing(address: str, field: str) -> None:
    """As when it is wrong."""
    answer = await send(address, with_head({name: value for name, value in HEAD.items() if name != field}))
    assert (answer.status, answer.body["code"]) == (422, "doc-malformed")
    await nothing_is_stored(address)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"{}\n", b"\xff\n", DATA[:-1], DATA[: len(DATA) // 2], DATA.replace(b"800", b"801", 1), b"x" * 70_000],
)
async def test_bytes_that_are_no_batch(address: str, data: bytes) -> None:
    """Nothing, noise, cut off, another amount, a first line without end: a problem document, nothing stored."""
    answer = await send(address, data)
    assert answer.status in {413, 422}
    assert "code" in answer.body
    await nothing_is_stored(address)


async def test_a_lying_old(address: str) -> None:
    """An `old` that the box has signed and that the leaves do not continue is refused."""
    other = Ledger(BOX)
    for number in (7, 8, 9):
        other.sell("00" * 8, number, None, "ab" * 32)
    assert (await send(address, with_head({**HEAD, "old": other.checkpoint(3)}))).status == 422
    await nothing_is_stored(address)


@pytest.mark.parametrize("name", ["", " ", '"' + "x" * 300 + '"', own_key(DATA)[1:-1], own_key(LEDGER.batch())])
async def test_a_key_that_is_not_the_batchs(address: str, name: str) -> None:
    """None, too long, without its quotation marks, of another body."""
    async with (
        ClientSession() as session,
        session.post(
            f"{address}/v1/logs/{BOX.public.id}/batches",
            data=DATA,
            headers={"Content-Type": MEDIA_TYPE, **({"Idempotency-Key": name} if name else {})},
        ) as answer,
    ):
        assert answer.status in {400, 422}
        assert (await answer.json(content_type=None))["code"] in {"bad-request", "key-reused"}
    await nothing_is_stored(address)


async def nothing_is_stored(address: str) -> None:
    """Neither leaf nor checkpoint: what comes now is complete and new."""
    answer = await send(address, LEDGER.batch())
    assert (answer.status, answer.body["missing"]) == (201, [])
    assert {each["verdict"] for each in answer.body["verdicts"]} == {"accepted"}


async def test_four_mebibytes_and_one_byte(address: str) -> None:
    """Refused whether the length is told first or not, and before it is all here."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 65536

    for data in (io.BytesIO(b"x" * (MAX_BATCH + 1)), pieces()):
        headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": '"k"'}
        async with ClientSession() as session:
            try:
                async with session.post(
                    f"{address}/v1/logs/{BOX.public.id}/batches", data=data, headers=headers
                ) as answer:
                    assert answer.status == 413
            except ClientError:
                pass  # it may hang up on whoever goes on sending
    await nothing_is_stored(address)


async def test_a_packed_body_is_not_unpacked(address: str) -> None:
    """What a few bytes may unpack to nobody knows: a batch is sent as it is."""
    headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": '"k"', "Content-Encoding": "gzip"}
    async with (
        ClientSession() as session,
        session.post(
            f"{address}/v1/logs/{BOX.public.id}/batches", data=gzip.compress(LEDGER.batch()), headers=headers
        ) as answer,
    ):
        assert answer.status == 415
    await nothing_is_stored(address)


async def test_a_slow_upload_ends_with_408(tmp_path: Path) -> None:
    """Whoever dribbles is told so in time, and others are served meanwhile."""
    async with collector(tmp_path, body_s=0.3) as address:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST /v1/logs/{BOX.public.id}/batches HTTP/1.1\r\nHost: {host}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Idempotency-Key: {own_key(DATA)}\r\nContent-Length: {len(DATA)}\r\n\r\n".encode()
            + DATA[:100]
        )
        await nothing_is_stored(address)
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_in_flight(tmp_path: Path) -> None:
    """The same batch while it is still running: 409, and the first one's answer comes all the same."""
    async with collector(tmp_path) as address:
        with contextlib.closing(sqlite3.connect(tmp_path / "collector.db", isolation_level=None)) as db:
            db.execute("begin immediate")  # so that whichever comes first has to wait
            both = [asyncio.create_task(send(address, DATA)) for _ in range(2)]
            [refused], [waiting] = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            db.execute("rollback")
        assert (refused.result().status, refused.result().body["code"]) == (409, "in-flight")
        assert (await waiting).status == 202
