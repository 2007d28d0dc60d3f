"""The API for everybody: offers, redemption with keys, claims, drops."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.box import CARD
from tests.web.clients import PROGRAM
from tests.web.conftest import harbour
from tests.web.paying import expired_token, fresh_token, sell_out, token
from tests.web.served import Box

API = "/api/v1"
Found = dict[str, Any]


async def ask(box: Box, path: str, **query: str) -> tuple[int, Found]:
    async with box.client.get(f"{box.shop}{API}{path}", params=query, headers=PROGRAM) as answer:
        return answer.status, await answer.json()


async def redeem(box: Box, body: object, key: str | None = None) -> tuple[int, Found]:
    headers = {**PROGRAM, **({"Idempotency-Key": key} if key else {})}
    async with box.client.post(f"{box.shop}{API}/redeem", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def cookie(box: Box) -> Mapping[str, str]:
    secret = (await box.stall.phones.pair(CARD, "phone", "here")).secret
    return {**PROGRAM, "Cookie": f"__Host-stallbox={secret}"}


class TestOffers:
    async def test_shape(self, box: Box) -> None:
        """An offer has the fields of FORMATS §3; a token for it is fresh."""
        status, offer = await ask(box, "/offers/harbour-lights")
        assert status == 200
        nonce = offer.pop("nonce")
        assert offer == {
            "box": box.stall.house.box_id,
            "drop": box.stall.catalogue.drops[0].manifest.drop,
            "slug": "harbour-lights",
            "price": "download",
            "amount": 800,
            "currency": "EUR",
            "valid_for": 1200,
        }
        found = (await redeem(box, {"token": token(box, nonce=bytes.fromhex(str(nonce)))}))[1]
        assert (found["tier"], found["marked"], found["again"]) == ("fresh", False, False)

    async def test_nothing_is_reserved(self, box: Box) -> None:
        """Any number of offers may be asked for; the stock and the ledger stay as they are."""
        size = box.stall.house.ledger.head.size
        answers = await asyncio.gather(*(ask(box, "/offers/harbour-lights") for _ in range(30)))
        assert {status for status, _ in answers} == {200}
        assert (box.stall.house.ledger.head.size, (await box.stall.stock.status()).drops[0].left) == (size, 10)

    async def test_more_is_a_tip(self, box: Box) -> None:
        """More than the list price is offered to anybody, and the rest is the tip."""
        _, offer = await ask(box, "/offers/harbour-lights", price="print", amount="3000")
        nonce = bytes.fromhex(str(offer["nonce"]))
        await redeem(box, {"token": token(box, price="print", amount=3000, nonce=nonce)})
        (line,) = await box.stall.stock.sales()
        assert (line.paid, line.tip) == (3000, 500)

    async def test_less_needs_a_paired_phone_with_a_reason(self, box: Box) -> None:
        """A discount is refused without reason, refused to strangers, and kept with its reason for a paired phone."""
        assert (await ask(box, "/offers/harbour-lights", amount="500"))[0] == 400
        url, query = f"{box.console}{API}/offers/harbour-lights", {"amount": "500", "reason": "friend"}
        async with box.client.get(url, params=query, headers=PROGRAM) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "unpaired")
        async with box.client.get(url, params=query, headers=await cookie(box)) as answer:
            offer = await answer.json()
        await redeem(box, {"token": token(box, amount=500, nonce=bytes.fromhex(offer["nonce"]))})
        (line,) = await box.stall.stock.sales()
        assert (line.paid, line.discount) == (500, 300)

    @pytest.mark.parametrize(
        ("path", "query", "status", "code"),
        [
            ("/offers/nope", {}, 404, "unknown-drop"),
            ("/offers/harbour-lights", {"price": "poster"}, 404, "unknown-price"),
            ("/offers/harbour-lights", {"amount": "8.00"}, 400, "bad-request"),
            ("/offers/harbour-lights", {"amount": "-1"}, 400, "bad-request"),
            ("/offers/harbour-lights", {"amount": "٨٠٠"}, 400, "bad-request"),
            ("/offers/harbour-lights", {"amount": "9" * 30}, 400, "bad-request"),
            ("/offers/harbour-lights", {"amount": "500", "reason": "x" * 201}, 400, "bad-request"),
        ],
    )
    async def test_refusals(self, box: Box, path: str, query: dict[str, str], status: int, code: str) -> None:
        """What cannot be offered is a problem with its code."""
        found = await ask(box, path, **query)
        assert (found[0], found[1]["code"]) == (status, code)

    async def test_a_price_that_the_drop_had_is_honoured(self, box: Box) -> None:
        """A token for an offer made before the price went up redeems at the price of the offer."""
        text = await fresh_token(box)
        prices = [{"id": "download", "title": "Download", "amount": 900, "hand_over": None, "stock": None}]
        await box.bring(harbour(box.organizer, prices=prices, version=2))
        status, _ = await redeem(box, {"token": text})
        assert (status, (await box.stall.stock.sales())[0].paid) == (200, 800)


class TestRedeem:
    async def test_shape(self, box: Box) -> None:
        """The answer is that of a sale, with tier, mark and whether it was here before."""
        text = token(box)
        status, found = await redeem(box, {"token": text})
        assert status == 200
        assert set(found) == {"group", "sales", "tier", "marked", "again"}
        assert (found["tier"], found["marked"], found["again"]) == ("boxed", False, False)
        again = (await redeem(box, {"token": f"HTTP://10.42.0.1/T/{text}"}))[1]
        assert again["again"] is True
        assert [sale["claim"] for sale in again["sales"]] == [sale["claim"] for sale in found["sales"]]

    @pytest.mark.parametrize("body", [[], {}, {"token": 5}, {"token": "A", "more": 1}, {"token": "\ud800"}, "A"])
    async def test_bad_bodies(self, box: Box, body: object) -> None:
        """Anything but one text is refused as a request."""
        status, found = await redeem(box, body)
        assert (status, found["code"]) == (400, "bad-request")

    @pytest.mark.parametrize("text", ["", "A", "A" * 821, "A" * 50_000, "a\0"])
    async def test_any_other_text_is_malformed(self, box: Box, text: str) -> None:
        """A text that is no token is `malformed`, however short or long (FORMATS §3, order of judgement)."""
        status, found = await redeem(box, {"token": text})
        assert (status, found["code"]) == (400, "malformed")

    async def test_codes(self, box: Box) -> None:
        """A refusal is a problem with the code of FORMATS §9."""
        old = expired_token(box)
        assert (await redeem(box, {"token": "A" * 300}))[1]["code"] == "malformed"
        assert (await redeem(box, {"token": old}))[1]["code"] == "expired"
        box.clock.lo -= 7200
        await sell_out(box)
        assert (await redeem(box, {"token": token(box)}))[1]["code"] == "owed"

    async def test_same_key_same_answer(self, box: Box) -> None:
        """Under the same key the very first answer comes again, also when the daemon would now say `again`."""
        body = {"token": token(box)}
        first = await redeem(box, body, '"k1"')
        assert await redeem(box, body, '"k1"') == first
        assert first[1]["again"] is False
        assert (await redeem(box, body))[1]["again"] is True

    async def test_same_key_other_body(self, box: Box) -> None:
        """Another token under a used key is refused and not redeemed."""
        await redeem(box, {"token": token(box)}, '"k1"')
        status, found = await redeem(box, {"token": token(box)}, '"k1"')
        assert (status, found["code"]) == (422, "key-reused")
        assert len(await box.stall.stock.sales()) == 1

    async def test_in_flight(self, box: Box) -> None:
        """The same key while the first request still runs is told to wait; the sale happens once."""
        body = {"token": token(box)}
        answers = await asyncio.gather(*(redeem(box, body, '"k1"') for _ in range(8)))
        codes = [found.get("code") for status, found in answers if status != 200]
        assert set(codes) <= {"in-flight"}
        assert len(codes) < 8
        assert len(await box.stall.stock.sales()) == 1

    async def test_a_refusal_is_not_kept(self, box: Box) -> None:
        """A refused token may be tried again under its key."""
        body = {"token": expired_token(box)}
        assert (await redeem(box, body, '"k1"'))[0] == 409
        box.clock.lo -= 7200
        assert (await redeem(box, body, '"k1"'))[0] == 200


class TestClaims:
    async def test_shape(self, box: Box) -> None:
        """A claim says what it stands for and where its files are; looking opens nothing."""
        found = (await redeem(box, {"token": token(box)}))[1]
        (sale,) = found["sales"]
        status, claim = await ask(box, f"/claims/{sale['claim']}")
        assert status == 200
        assert (claim["sale"], claim["number"], claim["of"], claim["opened"]) == (sale["sale"], 1, 10, False)
        for file in claim["files"]:
            async with box.client.get(box.shop + file["href"]) as answer:
                assert len(await answer.read()) == file["length"]

    async def test_unknown(self, box: Box) -> None:
        """A code that is none is refused; guessing ends."""
        for _ in range(21):
            status, found = await ask(box, "/claims/7KQ2M3VD9XWT0000")
        assert (status, found["code"]) == (429, "too-many")


class TestDrops:
    async def test_shape(self, box: Box) -> None:
        """Everybody may see what is for sale, at what price and how much is left."""
        _, found = await ask(box, "/drops")
        (drop,) = found["drops"]
        assert (drop["slug"], drop["left"], drop["currency"]) == ("harbour-lights", 10, "EUR")
        assert [(price["id"], price["amount"], price["left"]) for price in drop["prices"]] == [
            ("download", 800, None),
            ("print", 2500, 2),
        ]
