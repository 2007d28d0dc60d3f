"""The API and the unix socket: the shapes that scripts lean on, keys of repeated requests, who may ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.errors import StallboxError
from appliance.weblib import control
from tests.box import CARD
from tests.web.clients import PROGRAM
from tests.web.served import Box, running_box

ORDER = {"drop": "harbour-lights", "price": "download", "quantity": 1, "method": "cash"}


async def sell(box: Box, body: object, key: str | None = None) -> tuple[int, dict[str, object]]:
    headers = PROGRAM if key is None else {**PROGRAM, "Idempotency-Key": key}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with box.client.post(f"{box.shop}/api/v1/sales", data=data, headers=headers) as answer:
        return answer.status, await answer.json()


class TestSales:
    async def test_shape(self, box: Box) -> None:
        """A sale answers with its group and, per copy, reference, number, claim, link, pickup number and end."""
        status, found = await sell(box, {**ORDER, "quantity": 2, "discount": 0, "discount_reason": None, "tip": 0})
        assert status == 200
        assert set(found) == {"group", "sales"}
        sales = found["sales"]
        assert isinstance(sales, list)
        assert [set(sale) for sale in sales] == [{"sale", "number", "claim", "url", "pickup", "ends"}] * 2
        assert [sale["number"] for sale in sales] == [1, 2]
        for sale in sales:
            assert sale["url"] == f"HTTP://10.42.0.1/C/{sale['claim']}"

    async def test_least(self, box: Box) -> None:
        """Only the drop is needed: its first price option, one copy, cash."""
        status, _ = await sell(box, {"drop": "harbour-lights"})
        assert status == 200
        (line,) = await box.stall.stock.sales()
        assert (line.price_title, line.method, line.paid) == ("Download", "cash", 800)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"{", "not JSON"),
            (b"[]", "JSON object"),
            (b'{"drop":"a","drop":"b"}', "twice"),
            (b'{"drop":NaN}', "no number"),
            (b"[" * 60_000, "not JSON"),
            (b"\xff", "not JSON"),
            ({}, "which drop"),
            ({**ORDER, "colour": "red"}, "no field"),
            ({**ORDER, "quantity": "1"}, "whole number"),
            ({**ORDER, "quantity": True}, "whole number"),
            ({**ORDER, "quantity": 1.5}, "whole number"),
            ({**ORDER, "quantity": 0}, "1 to 50"),
            ({**ORDER, "tip": 2**60}, "too large"),
            ({**ORDER, "tip": -1}, "below zero"),
            ({**ORDER, "discount": 100}, "needs a reason"),
            ({**ORDER, "discount": 900, "discount_reason": "x"}, "larger than the price"),
            ({**ORDER, "method": "token"}, "cash or by card"),
            ({**ORDER, "method": "shells"}, "cash or by card"),
            ({**ORDER, "payment_ref": "a b"}, "receipt number"),
            ({**ORDER, "drop": "x" * 1000}, "too long"),
        ],
    )
    async def test_refused(self, box: Box, body: object, words: str) -> None:
        """An order that is not one is refused with what is wrong, and nothing is sold."""
        status, found = await sell(box, body)
        assert (status, found["code"]) == (400, "bad-request")
        assert words in str(found["detail"])
        assert await box.stall.stock.sales() == ()

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"drop": "nope"}, 404, "unknown-drop"),
            ({"price": "poster"}, 409, "unknown-price"),
            ({"price": "print", "quantity": 3}, 409, "sold-out"),
            ({"quantity": 11}, 409, "sold-out"),
        ],
    )
    async def test_cannot_be_sold(self, box: Box, change: dict[str, object], status: int, code: str) -> None:
        """What is not here or sold out is refused with its code; a group is sold whole or not at all."""
        assert (await sell(box, {**ORDER, **change}))[0] == status
        assert (await sell(box, {**ORDER, **change}))[1]["code"] == code
        assert await box.stall.stock.sales() == ()


class TestKeys:
    @pytest.mark.parametrize("key", ['"one"', "one"])
    async def test_same_answer(self, box: Box, key: str) -> None:
        """The same request under the same key sells once and gets the same answer."""
        assert await sell(box, ORDER, key) == await sell(box, ORDER, key)
        assert len(await box.stall.stock.sales()) == 1

    async def test_another_request(self, box: Box) -> None:
        """Another request under a used key is refused."""
        await sell(box, ORDER, '"one"')
        status, found = await sell(box, {**ORDER, "quantity": 2}, '"one"')
        assert (status, found["code"]) == (422, "key-reused")

    async def test_not_a_key(self, box: Box) -> None:
        """A key that is none is refused, so that nobody relies on it in vain."""
        status, found = await sell(box, ORDER, '"unclosed')
        assert (status, found["code"]) == (400, "bad-request")

    async def test_a_refusal_is_not_kept(self, box: Box) -> None:
        """A refused request may be tried again under its key."""
        order = {**ORDER, "drop": "field-tapes", "price": None}
        assert (await sell(box, order, '"two"'))[0] == 404
        await box.bring(box.organizer.drop("field-tapes", None))
        assert (await sell(box, order, '"two"'))[0] == 200


class TestStatus:
    async def test_shape(self, box: Box) -> None:
        """The status has the fields that scripts know."""
        await sell(box, ORDER)
        async with box.client.get(f"{box.shop}/api/v1/status") as answer:
            found = await answer.json()
        names = "box incarnation size root clock drops owed cases unsynced seats buttons faults"
        around = "papers battery_clock machine announced displays mirror sync"
        assert set(found) == {*names.split(), *around.split()}
        assert set(found["clock"]) == {"lo", "hi", "quality"}
        assert set(found["unsynced"]) == {"count", "oldest_s"}
        (drop,) = found["drops"]
        known = {
            "slug": "harbour-lights",
            "edition": "numbered",
            "size": 10,
            "allotted": 10,
            "sold": 1,
            "burnt": 0,
            "blocked": 0,
            "left": 9,
        }
        assert {name: drop[name] for name in known} == known


class TestWho:
    @pytest.mark.parametrize("path", ["/api/v1/status", "/screen.png"])
    async def test_strangers(self, box: Box, path: str) -> None:
        """On the console's listener a program without a paired phone's cookie is refused, loopback or not."""
        async with box.client.get(box.console + path, headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "unpaired")

    async def test_paired_phone(self, box: Box) -> None:
        """A paired phone's cookie opens the API."""
        secret = (await box.stall.phones.pair(CARD, "phone", "here")).secret
        headers = {**PROGRAM, "Cookie": f"__Host-stallbox={secret}"}
        async with box.client.get(f"{box.console}/api/v1/status", headers=headers) as answer:
            assert answer.status == 200


class TestSocket:
    async def test_sells(self, box: Box) -> None:
        """A command sells over the socket, without a cookie."""
        async with control.connect(box.folder) as connected:
            found = await connected.post("/api/v1/sales", ORDER, key="k")
            assert await connected.post("/api/v1/sales", ORDER, key="k") == found
            assert (await connected.get("/api/v1/status"))["size"] == box.stall.house.ledger.head.size

    async def test_refusals_keep_their_words(self, box: Box) -> None:
        """A refusal arrives with its code, text and status."""
        async with control.connect(box.folder) as connected:
            with pytest.raises(StallboxError, match="no drop “nope”") as caught:
                await connected.post("/api/v1/sales", {"drop": "nope"})
        assert (caught.value.code, caught.value.status_hint) == ("unknown-drop", 404)

    async def test_only_the_owner(self, box: Box) -> None:
        """Nobody but the box's own account can open the socket."""
        assert (box.folder / control.NAME).stat().st_mode & 0o777 == 0o600

    async def test_deep_folder(self, tmp_path: Path) -> None:
        """A data directory whose socket has a longer path than 107 bytes works."""
        async with running_box(tmp_path / ("deep" * 20) / ("deeper" * 20)) as box:
            assert len(str(box.folder / control.NAME)) > 107
            async with control.connect(box.folder) as connected:
                assert (await connected.get("/healthz"))["status"] == "pass"

    async def test_nobody_there(self, tmp_path: Path) -> None:
        """Without a daemon the command is told so."""
        with pytest.raises(StallboxError, match="does not answer"):
            async with control.connect(tmp_path) as connected:
                await connected.get("/healthz")


class TestVitals:
    async def test_health(self, box: Box) -> None:
        """A box that can sell is well, on every listener."""
        for base in (box.shop, box.console):
            async with box.client.get(f"{base}/healthz") as answer:
                assert (await answer.json())["status"] == "pass"

    async def test_metrics(self, box: Box) -> None:
        """The numbers are there for Prometheus on the console's listener and on loopback."""
        await sell(box, ORDER)
        for base in (box.shop, box.console):
            async with box.client.get(f"{base}/metrics") as answer:
                text = await answer.text()
            assert 'stallbox_sold{drop="harbour-lights"} 1\n' in text
            assert 'stallbox_left{drop="harbour-lights"} 9\n' in text
            assert "# TYPE stallbox_unsynced_entries gauge\n" in text
