"""The console: pairing, selling with one thumb, the list of sales, the state of the box."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
import zxingcpp
from aiohttp import ClientResponse
from PIL import Image, ImageDraw

from appliance.core.clock import Quality
from appliance.core.sale import Order
from appliance.errors import StoreError
from appliance.store import numbers
from appliance.store.witness import Witness
from tests.box import CARD
from tests.web.clients import PERSON
from tests.web.conftest import harbour
from tests.web.phone import ANDROID, IPHONE
from tests.web.served import Box

OFFER = {"offer": "harbour-lights/download", "quantity": "1", "method": "cash"}


async def get(box: Box, path: str) -> str:
    async with box.client.get(box.shop + path, headers=PERSON) as answer:
        assert answer.status == 200
        return await answer.text()


async def post(box: Box, path: str, form: Mapping[str, str], status: int = 200) -> str:
    """A form sent as a browser on this machine sends it."""
    headers = {**PERSON, "Origin": box.shop}
    async with box.client.post(box.shop + path, data=form, headers=headers, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return answer.headers.get("Location") or await answer.text()


def _key(page: str) -> str:
    """The key of the form on this page."""
    return re.findall(r'name="key" value="([^"]+)"', page)[0]


async def left(box: Box) -> int | None:
    return (await box.stall.stock.status()).drops[0].left


class TestSell:
    async def test_first_screen(self, box: Box) -> None:
        """The first screen sells: options with prices and what is left, number of copies, cash and card."""
        text = await get(box, "/console")
        for words in ("Harbour Lights", "€8.00", "€25.00", "2 left", "10 of 10 left", "Sell for cash", "Sell by card"):
            assert words in text
        assert re.search(r'value="harbour-lights/download"[^>]* checked', text)

    async def test_shows_code_and_number(self, box: Box) -> None:
        """After the sale the buyer's code, the pickup number and what to hand over fill the screen."""
        text = await post(box, "/console/sell", {**OFFER, "offer": "harbour-lights/print"})
        assert "#1 of 10" in text
        assert "Hand over <bdi>the print</bdi>" in text
        assert "1 left" in text
        assert re.search(r'<p class="pickup">\d{4}</p>', text)
        assert 'href="/console">Next' in text

    async def test_code_reads(self, box: Box) -> None:
        """The drawn code reads as the claim's link in upper case."""
        text = await post(box, "/console/sell", OFFER)
        (line,) = await box.stall.stock.sales()
        shown = await box.stall.claims.show(line.sale)
        assert _read_svg(text) == shown.url

    async def test_several_copies(self, box: Box) -> None:
        """Each copy has its own number and code."""
        text = await post(box, "/console/sell", {**OFFER, "quantity": "3"})
        assert [f"#{n} of 10" in text for n in (1, 2, 3, 4)] == [True, True, True, False]
        assert text.count("<svg") == 3

    async def test_more_than_five(self, box: Box) -> None:
        """The field for more copies wins over the buttons."""
        await post(box, "/console/sell", {**OFFER, "more": "7"})
        assert await left(box) == 3

    async def test_recorded_and_refused(self, box: Box) -> None:
        """A sale that stands in the ledger but could not be confirmed is shown by the next tap, and not made again."""

        class Absent(Witness):
            def after(self, key: tuple[int, int]) -> None:
                raise StoreError("not-ready", "This is recorded, but not on the mirror stick.")

        ledger = box.stall.house.ledger
        ledger.witness = Absent()
        refused = await post(box, "/console/sell", {**OFFER, "key": _key(await get(box, "/console"))}, status=503)
        ledger.witness = Witness()
        assert "recorded, but not on the mirror stick" in refused
        assert "#1 of 10" in await post(box, "/console/sell", {**OFFER, "key": _key(refused)})
        assert await left(box) == 9

    async def test_a_form_that_has_sold(self, box: Box) -> None:
        """A form that was changed after it had sold is refused, and comes back as one that has not."""
        form = {**OFFER, "key": _key(await get(box, "/console"))}
        await post(box, "/console/sell", form)
        refused = await post(box, "/console/sell", {**form, "quantity": "2"}, status=422)
        assert _key(refused) != form["key"]
        assert await left(box) == 9

    async def test_double_tap(self, box: Box) -> None:
        """The same form sent twice sells once and shows the same number."""
        form = {**OFFER, "key": re.findall(r'name="key" value="([^"]+)"', await get(box, "/console"))[0]}
        first, second = [await post(box, "/console/sell", form) for _ in range(2)]
        assert re.findall(r'class="pickup">(\d+)', first) == re.findall(r'class="pickup">(\d+)', second)
        assert await left(box) == 9

    async def test_the_keyboard_sells_nothing(self, box: Box) -> None:
        """Enter in a field takes the form's first button (HTML, implicit submission): that one is disabled."""
        form = (await get(box, "/console")).partition('action="/console/sell"')[2]
        assert re.findall(r"<button[^>]*>", form)[0] == "<button hidden disabled>"

    async def test_an_option_has_no_more_than_the_drop(self, box: Box) -> None:
        """An option with two prints says one left where one number is left."""
        await post(box, "/console/sell", {**OFFER, "more": "9"})
        assert re.search(r'data-said="harbour-lights/print">1 left<', await get(box, "/console"))

    async def test_every_form_has_its_own_key(self, box: Box) -> None:
        """Two sales in a row are two sales."""
        keys = {re.findall(r'name="key" value="([^"]+)"', await get(box, "/console"))[0] for _ in range(2)}
        assert len(keys) == 2

    async def test_discount_tip_and_receipt(self, box: Box) -> None:
        """Discount with its reason, tip and receipt number reach the sale, amounts as people write them."""
        more = {"discount": "1,50", "reason": "friend", "tip": "0.20", "payment_ref": "a-77", "method": "card"}
        await post(box, "/console/sell", {**OFFER, **more})
        (line,) = await box.stall.stock.sales()
        assert (line.paid, line.discount, line.tip) == (670, 150, 20)
        assert (line.payment_ref, line.method) == ("A-77", "card")

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("discount", "1.00", "needs a reason"),
            ("discount", "€1.50", "write it like 8.00."),
            ("more", "-1", "How many copies"),
            ("quantity", "51", "1 to 50"),
            ("method", "shells", "cash or by card"),
            ("payment_ref", "a b", "receipt number"),
            ("offer", "harbour-lights/poster", "no price option"),
        ],
    )
    async def test_refusals_keep_the_form(self, box: Box, field: str, value: str, words: str) -> None:
        """What cannot be sold comes back on the form with the reason, and nothing is sold."""
        form = {**OFFER, "tip": "3.00", field: value}
        headers = {**PERSON, "Origin": box.shop}
        async with box.client.post(f"{box.shop}/console/sell", data=form, headers=headers) as answer:
            assert answer.status in {400, 409}
            text = await answer.text()
        assert words in text
        assert 'value="3.00"' in text
        assert await left(box) == 10

    async def test_sold_out(self, box: Box) -> None:
        """The last copy is sold once, then the form says so and its options cannot be tapped."""
        await post(box, "/console/sell", {**OFFER, "more": "10"})
        text = await post(box, "/console/sell", OFFER, status=409)
        assert "sold out" in text.lower()
        assert re.search(r'value="harbour-lights/download"[^>]* disabled', text)

    async def test_total_in_view(self, box: Box) -> None:
        """What came in today stands above the form."""
        await post(box, "/console/sell", {**OFFER, "quantity": "2"})
        assert "2 · €16.00" in await get(box, "/console")

    async def test_uncertain_window(self, box: Box) -> None:
        """Where the clock cannot tell whether the sale is open, the console asks once and then sells."""
        window = {"from": "2026-11-29T00:00:00Z", "until": "2026-12-06T00:00:00Z"}
        await box.bring(harbour(box.organizer, sale=window, version=2))
        box.clock.hi, box.clock.quality = None, Quality.FLOOR
        assert "Yes, it is open now" in await post(box, "/console/sell", OFFER, status=409)
        assert await post(box, "/console/window", {}, status=303) == "/console"
        assert "#1 of 10" in await post(box, "/console/sell", OFFER)
        assert "Yes, it is open now" not in await get(box, "/console")


class TestSales:
    async def test_list(self, box: Box) -> None:
        """The list has every sale with its state, newest first."""
        first, second = [(await box.stall.seller.sell(Order("harbour-lights")))[0] for _ in range(2)]
        async with box.client.get(f"{box.shop}/c/{first.claim}/files/01-pier.jpg") as answer:
            await answer.read()
        text = await get(box, "/console/sales")
        assert text.index(second.sale) < text.index(first.sale)
        assert "not opened" in text
        assert ">opened" in text

    async def test_show_again(self, box: Box) -> None:
        """One tap shows the code again, with a pickup number that works."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        text = await post(box, f"/console/sales/{copy.sale}/show", {})
        number = re.findall(r'class="pickup">(\d+)', text)[0]
        assert await box.stall.claims.by_pickup(number, "a phone") == copy.claim

    async def test_rotate(self, box: Box) -> None:
        """A new code is shown and the old one opens nothing."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        assert _read_svg(await post(box, f"/console/sales/{copy.sale}/rotate", {})) != copy.url
        async with box.client.get(f"{box.shop}/c/{copy.claim}", headers=PERSON) as answer:
            assert answer.status == 404

    async def test_a_form_that_comes_twice(self, box: Box) -> None:
        """A double tap or a reload gives one new code and one more budget; the next page's form gives the next."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        shown = []
        for _ in range(2):
            page = await get(box, "/console/sales")
            for act in ("rotate", "topup"):
                path = f"/console/sales/{copy.sale}/{act}"
                form = dict(re.findall(rf'action="{path}"><input type="hidden" name="(key)" value="([^"]+)"', page))
                for _ in range(2):
                    answer = await post(box, path, form, status=200 if act == "rotate" else 303)
                    shown += [_read_svg(answer)] if act == "rotate" else []
        assert shown[0] == shown[1] != shown[2] == shown[3]
        sold = await box.stall.claims.show(copy.sale)
        claim = await box.stall.claims.find(sold.claim, "a phone")
        assert claim.bytes_left == 3 * claim.manifest.byte_budget

    async def test_top_up(self, box: Box) -> None:
        """A topped-up claim has more bytes to fetch, and the list says that it was done."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        before = (await box.stall.claims.find(copy.claim, "a phone")).bytes_left
        location = await post(box, f"/console/sales/{copy.sale}/topup", {}, status=303)
        assert "topped up" in await get(box, location)
        assert (await box.stall.claims.find(copy.claim, "a phone")).bytes_left > before

    async def test_void(self, box: Box) -> None:
        """An unopened sale is voided with a reason and its number is free again."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        location = await post(box, f"/console/sales/{copy.sale}/void", {"reason": "changed mind"}, status=303)
        assert "free again" in await get(box, location)
        assert await left(box) == 10

    async def test_void_of_an_opened_claim(self, box: Box) -> None:
        """An opened number is burnt, and the list says so."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        async with box.client.get(f"{box.shop}/c/{copy.claim}/receipt") as answer:
            await answer.read()
        location = await post(box, f"/console/sales/{copy.sale}/void", {"reason": "broken"}, status=303)
        assert "burnt" in await get(box, location)
        assert await left(box) == 9

    async def test_void_needs_a_reason(self, box: Box) -> None:
        """Without a reason nothing is voided."""
        (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
        assert "Say why" in await post(box, f"/console/sales/{copy.sale}/void", {"reason": " "}, status=400)
        assert await left(box) == 9

    async def test_unknown_sale(self, box: Box) -> None:
        """A sale that is not there is refused with a sentence."""
        assert "has no sale 1:999" in await post(box, "/console/sales/1:999/void", {"reason": "x"}, status=404)


class TestState:
    async def test_says_the_truth(self, box: Box) -> None:
        """Clock in words, log, drops and phones are there."""
        text = await get(box, "/console/box")
        for words in ("time comes from the network", "Not yet with the organizer", "Harbour Lights", "All is well"):
            assert words in text

    async def test_blocked_numbers(self, box: Box) -> None:
        """Blocked numbers are asked about, and are free once the stall owner says that none was sold."""
        drop = box.stall.catalogue.drops[0].manifest.drop
        await box.stall.house.record(lambda book: numbers.block(book.db, drop, 1, 3))
        assert "3 numbers are blocked" in await get(box, "/console/box")
        await post(box, "/console/discard-blocked", {}, status=400)
        assert await left(box) == 7
        location = await post(box, "/console/discard-blocked", {"sure": "yes"}, status=303)
        assert "free again" in await get(box, location)
        assert await left(box) == 10


class TestPairing:
    async def test_owner_card(self, box: Box) -> None:
        """The owner card pairs a phone; its cookie is good for the console and cannot be read or sent elsewhere."""
        answer = await _pair(box, "-".join(CARD[i : i + 4] for i in range(0, 26, 4)).lower())
        assert (answer.status, answer.headers["Location"]) == (303, "/console")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-stallbox=")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        headers = {**PERSON, "Cookie": cookie.partition(";")[0], "Origin": box.console}
        async with box.client.post(f"{box.console}/console/sell", data=OFFER, headers=headers) as sold:
            assert sold.status == 200
        assert "Ana’s phone" in await get(box, "/console/box")

    async def test_wrong_card(self, box: Box) -> None:
        """A wrong card pairs nobody; the page says so and keeps what was typed."""
        answer = await _pair(box, "7" * 26)
        assert answer.status == 403
        page = await answer.text()
        assert all(words in page for words in ("owner card", f'value="{"7" * 26}"', 'value="Ana’s phone"'))
        assert "Set-Cookie" not in answer.headers

    async def test_an_iphone_is_told_what_pairing_asks_of_it(self, box: Box) -> None:
        """It was told Success when it joined, and asks again only when it joins again; other phones never are."""
        for agent, is_told in ((IPHONE, True), (ANDROID, False)):
            headers = {**PERSON, "User-Agent": agent}
            async with box.client.get(f"{box.console}/console/pair", headers=headers) as answer:
                assert ("Then turn Wi-Fi off and on once" in await answer.text()) is is_told

    async def test_card_link(self, box: Box) -> None:
        """The link on the card fills the field and pairs nobody by itself."""
        async with box.client.get(f"{box.console}/console/pair?card={CARD}", headers=PERSON) as answer:
            assert f'value="{CARD}"' in await answer.text()
            assert "Set-Cookie" not in answer.headers
        assert await box.stall.phones.all() == []

    async def test_guessing_ends(self, box: Box) -> None:
        """Guessing cards ends with 429."""
        for _ in range(40):
            answer = await _pair(box, "7" * 26)
            if answer.status == 429:
                break
        assert answer.status == 429

    @pytest.mark.parametrize("path", ["/console", "/console/sales", "/console/box", "/display"])
    async def test_strangers_are_shown_to_the_card(self, box: Box, path: str) -> None:
        """A phone that is not paired gets the pairing page and nothing else."""
        async with box.client.get(box.console + path, headers=PERSON, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/console/pair")

    @pytest.mark.parametrize("path", ["/console/sell", "/console/window", "/console/discard-blocked"])
    async def test_strangers_change_nothing(self, box: Box, path: str) -> None:
        """Nothing is sold or decided by a phone that is not paired."""
        entries = box.stall.house.ledger.head.size
        async with box.client.post(box.console + path, data={**OFFER, "sure": "yes"}, headers=PERSON) as answer:
            assert answer.status == 403
        assert box.stall.house.ledger.head.size == entries

    async def test_an_invented_cookie(self, box: Box) -> None:
        """A cookie that this box did not give is worth nothing."""
        headers = {**PERSON, "Cookie": "__Host-stallbox=abc", "Origin": box.console}
        async with box.client.post(f"{box.console}/console/sell", data=OFFER, headers=headers) as answer:
            assert answer.status == 403


async def _pair(box: Box, card: str) -> ClientResponse:
    form, headers = {"card": card, "name": "Ana’s phone"}, {**PERSON, "Origin": box.console}
    url = f"{box.console}/console/pair"
    async with box.client.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        await answer.read()
        return answer


def _read_svg(text: str) -> str:
    """What a phone reads from the first code on the page."""
    drawn = re.search(r'viewBox="0 0 (\d+) \d+".*?<path d="([^"]+)"', text, re.DOTALL)
    assert drawn is not None
    scale = 8
    picture = Image.new("L", (int(drawn[1]) * scale, int(drawn[1]) * scale), 255)
    draw = ImageDraw.Draw(picture)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn[2]):
        left, top = int(x) * scale, int(y) * scale
        draw.rectangle((left, top, left + int(width) * scale - 1, top + scale - 1), 0)
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text
