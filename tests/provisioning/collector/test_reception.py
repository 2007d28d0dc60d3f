"""Boxes meet the collector over HTTP: what FORMATS §6 says for each way that it can go."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from appliance.core.batch import MAX_BATCH
from appliance.core.batch import idempotency_key as key_of
from provisioning.collector.reception import MEDIA_TYPE
from provisioning.collector.serve import Place, serving
from tests.organizer import NOW, Organizer, key
from tests.provisioning.ledgers import Ledger

BOX, OTHER = key("box"), key("other box")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    organizer = Organizer(tmp_path)
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "trust.1.dsse.json").write_bytes(organizer.trusts[0])
    place = Place(tmp_path / "collector", (papers,), organizer.pin, port=0)
    async with serving(place, organizer.cosigner, lambda: NOW) as address:
        yield address


class Sent:
    def __init__(self, status: int, body: dict[str, object]) -> None:
        self.status, self.body = status, body


async def send(
    address: str, data: bytes, *, box: str = BOX.public.id, name: str | None = None, kind: str = MEDIA_TYPE
) -> Sent:
    last = len(data.split(b"\n")) - 3
    name = name or key_of(BOX.public.id, 5, 0, last, data)
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
    answer = await send(address, data, name=key_of(BOX.public.id, 5, 2, 2, data))
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


async def test_what_does_not_verify(address: str) -> None:
    """Cut off, too large, of a stranger: refused with the status that says why."""
    data = Ledger(BOX).batch()
    assert (await send(address, data[:-1])).status == 422
    assert (await send(address, b"x" * (MAX_BATCH + 1))).status == 413
    stranger = Ledger(key("stranger"))
    name = key_of(key("stranger").public.id, 5, 0, 0, stranger.batch())
    assert (await send(address, stranger.batch(), box=key("stranger").public.id, name=name)).status == 403


async def test_without_tls_there_is_no_greeting(address: str) -> None:
    """A greeting binds the connection's certificate, so without one there is none."""
    async with ClientSession() as session, session.post(f"{address}/v1/hello", json={"box": "x"}) as answer:
        assert answer.status == 404
