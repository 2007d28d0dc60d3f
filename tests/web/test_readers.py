"""Card payments in the reader's own app: the links as the apps document them, and the way back over real HTTP."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from appliance.core.sale import Order
from appliance.settings import Reader
from appliance.web.readers.app import Outcome, Payment
from appliance.web.readers.choosing import reader_app
from appliance.web.readers.square import Square
from appliance.web.readers.sumup import SumUp
from appliance.web.readers.viva import Viva
from tests.box import CARD
from tests.web.clients import PERSON
from tests.web.conftest import harbour
from tests.web.paying import get, post, sell_out
from tests.web.served import Box, running_box

KEY = "abcdefghijklmnopqrstuv"
BACK = "https://10.42.0.1:8443/console/card/back"
PAYMENT = Payment(KEY, "Harbour Lights & more; #1", 1850, "EUR", BACK)
ANDROID = {**PERSON, "User-Agent": "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/126 Mobile"}
FORM = {"offer": "harbour-lights/download", "quantity": "2", "method": "card", "tip": "2.50", "key": KEY}


def fields(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, strict_parsing=True))


class TestSumUp:
    app = SumUp("sup_afk_1234", "org.example.stall")

    def test_ios(self) -> None:
        """The fields of "URL Contract" in sumup-ios-url-scheme, each decoded to what it was."""
        link = self.app.link(PAYMENT, android=False)
        assert link.startswith("sumupmerchant://pay/1.0?")
        assert fields(link) == {
            "amount": "18.50",
            "currency": "EUR",
            "affiliate-key": "sup_afk_1234",
            "title": "Harbour Lights & more; #1",
            "callbacksuccess": f"{BACK}/{KEY}",
            "callbackfail": f"{BACK}/{KEY}",
            "foreign-tx-id": KEY,
        }

    def test_android(self) -> None:
        """The fields of "Payment API for Mobile Web" in sumup-android-api, with `amount` for older apps."""
        link = self.app.link(PAYMENT, android=True)
        assert link.startswith("sumupmerchant://pay/1.0?")
        assert fields(link) == {
            "total": "18.50",
            "amount": "18.50",
            "currency": "EUR",
            "affiliate-key": "sup_afk_1234",
            "app-id": "org.example.stall",
            "title": "Harbour Lights & more; #1",
            "callback": f"{BACK}/{KEY}",
            "foreign-tx-id": KEY,
        }

    @pytest.mark.parametrize(
        ("amount", "currency", "said"),
        [(800, "EUR", "8.00"), (5, "EUR", "0.05"), (800, "JPY", "800"), (1, "KWD", "0.001")],
    )
    def test_amounts(self, amount: int, currency: str, said: str) -> None:
        """The amount has the currency's own digits after the point."""
        link = self.app.link(Payment(KEY, "x", amount, currency, BACK), android=False)
        assert fields(link)["amount"] == said

    @pytest.mark.parametrize(
        ("query", "outcome"),
        [
            ("smp-status=success&smp-message=Transaction%20successful.&smp-tx-code=123ABC&foreign-tx-id=k",
             Outcome("k", True, "123ABC", "")),
            ("smp-status=failed&smp-failure-cause=transaction-failed&smp-tx-code=1AB", Outcome(None, False, "1AB", "")),
            ("smp-status=sold", Outcome(None, None, None, "")),
            ("", Outcome(None, None, None, "")),
        ],
    )  # fmt: skip
    def test_answers(self, query: str, outcome: Outcome) -> None:
        """The answers of the documents' examples; anything else says nothing."""
        assert self.app.read(dict(parse_qsl(query))) == outcome

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ({"smp-status": "invalidstate"}, "Open the SumUp app once"),
            ({"smp-status": "failed", "smp-failure-cause": "geolocation-required"}, "where the phone is"),
        ],
    )
    def test_advice(self, query: dict[str, str], words: str) -> None:
        """A cause that the stall owner can do something about has a sentence."""
        assert words in self.app.read(query).advice


class TestSquare:
    app = Square("sq0idp-1234")

    def test_ios(self) -> None:
        """The JSON of the Point of Sale API for mobile web on iOS, in `data`."""
        link = self.app.link(PAYMENT, android=False)
        assert link.startswith("square-commerce-v1://payment/create?data=")
        assert json.loads(fields(link)["data"]) == {
            "amount_money": {"amount": "1850", "currency_code": "EUR"},
            "callback_url": BACK,
            "client_id": "sq0idp-1234",
            "version": "1.3",
            "notes": "Harbour Lights & more; #1",
            "state": KEY,
            "options": {"supported_tender_types": ["CREDIT_CARD"], "auto_return": True},
        }

    def test_android(self) -> None:
        """The intent of the Point of Sale API for mobile web on Android; nothing in a title can add a field."""
        link = self.app.link(PAYMENT, android=True)
        head, *parts, end = link.split(";")
        assert (head, end) == ("intent:#Intent", "end")
        found = {name: parse_qs(f"x={value}")["x"][0] for name, _, value in (part.partition("=") for part in parts)}
        assert found["action"] == "com.squareup.pos.action.CHARGE"
        assert found["package"] == "com.squareup"
        assert found["i.com.squareup.pos.TOTAL_AMOUNT"] == "1850"
        assert found["S.com.squareup.pos.WEB_CALLBACK_URI"] == BACK
        assert found["S.com.squareup.pos.REQUEST_METADATA"] == KEY
        assert found["S.com.squareup.pos.NOTE"] == "Harbour Lights & more; #1"

    @pytest.mark.parametrize(
        ("query", "outcome"),
        [
            ({"data": '{"client_transaction_id":"40e4-ab","status":"ok","state":"k"}'},
             Outcome("k", True, "40E4-AB", "")),
            ({"data": '{"error_code":"payment_canceled","status":"error","state":"k"}'}, Outcome("k", False, None, "")),
            ({"data": "[1]"}, Outcome(None, None, None, "")),
            ({"data": "{"}, Outcome(None, None, None, "")),
            ({"com.squareup.pos.CLIENT_TRANSACTION_ID": "40e4-ab", "com.squareup.pos.REQUEST_METADATA": "k"},
             Outcome("k", True, "40E4-AB", "")),
            ({"com.squareup.pos.ERROR_CODE": "com.squareup.pos.ERROR_TRANSACTION_CANCELED"},
             Outcome(None, False, None, "")),
            ({}, Outcome(None, None, None, "")),
        ],
    )  # fmt: skip
    def test_answers(self, query: dict[str, str], outcome: Outcome) -> None:
        """What the app hands back on iOS and on Android; anything else says nothing."""
        assert self.app.read(query) == outcome

    def test_advice(self) -> None:
        """A fault that is no cancellation says where to look."""
        assert "logged in" in self.app.read({"data": '{"error_code":"not_logged_in"}'}).advice


class TestViva:
    app = Viva("org.example.stall")

    def test_links(self) -> None:
        """The fields of "Sale request" for each platform; only iOS still wants a merchant key, of any value."""
        android = fields(self.app.link(PAYMENT, android=True))
        assert android == {
            "appId": "org.example.stall",
            "action": "sale",
            "clientTransactionId": KEY,
            "amount": "1850",
            "callback": BACK,
        }
        ios = self.app.link(PAYMENT, android=False)
        assert ios.startswith("vivapayclient://pay/v1?")
        assert fields(ios).keys() - android.keys() == {"merchantKey"}

    @pytest.mark.parametrize(
        ("query", "outcome"),
        [
            (
                "status=success&clientTransactionId=k&transactionId=fe4a5f0e-04ab",
                Outcome("k", True, "FE4A5F0E-04AB", ""),
            ),
            ("status=fail&message=USER_CANCEL&clientTransactionId=k", Outcome("k", False, None, "")),
            ("status=perhaps", Outcome(None, None, None, "")),
        ],
    )
    def test_answers(self, query: str, outcome: Outcome) -> None:
        """Success and failure by `status`; anything else says nothing."""
        assert self.app.read(dict(parse_qsl(query))) == outcome


@pytest.mark.parametrize(("app", "name"), [("sumup", "SumUp"), ("square", "Square"), ("viva", "Viva.com Terminal")])
def test_chosen_by_name(app: str, name: str) -> None:
    """Each app of the settings is opened."""
    chosen = reader_app(Reader(app, "key", None))
    assert chosen is not None
    assert chosen.name == name


def test_no_app() -> None:
    """Without a setting no app is opened."""
    assert reader_app(Reader("none", "", None)) is None


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Box]:
    """A box whose stall owner has the SumUp app."""
    async with running_box(tmp_path, more='[reader]\napp = "sumup"\nkey = "sup_afk_1234"') as running:
        await running.bring(harbour(running.organizer))
        yield running


async def begin(box: Box, **change: str) -> str:
    """The page of a card payment that was just begun."""
    path = await post(box, "/console/sell", {**FORM, **change}, 303)
    assert path == f"/console/card/{KEY}"
    return path


class TestTheWayBack:
    async def test_out(self, till: Box) -> None:
        """Card asks for the whole amount in the app, and nothing is sold yet."""
        page = await get(till, await begin(till))
        assert "€18.50" in page
        (link,) = re.findall(r'href="(sumupmerchant:[^"]+)"', page)
        found = fields(html.unescape(link))
        assert (found["amount"], found["callbacksuccess"]) == ("18.50", f"{till.shop}/console/card/back/{KEY}")
        assert await till.stall.stock.sales() == ()

    async def test_out_on_android(self, till: Box) -> None:
        """An Android phone gets the fields of its own document."""
        path = await begin(till)
        async with till.client.get(till.shop + path, headers=ANDROID) as answer:
            assert "&amp;callback=http" in await answer.text()

    async def test_back_paid(self, till: Box) -> None:
        """The page that the app opens sells nothing by itself; its form finishes the sale once, with the receipt."""
        await begin(till)
        query = f"?smp-status=success&smp-tx-code=TAB12345&foreign-tx-id={KEY}"
        page = await get(till, f"/console/card/back/{KEY}{query}")
        assert await till.stall.stock.sales() == ()
        assert "SumUp says: paid" in page
        assert "send.js" in page
        (path,) = re.findall(r'action="([^"]+)"', page)
        (number,) = re.findall(r'name="payment_ref" value="([^"]+)"', page)
        first = await post(till, path, {"payment_ref": number})
        assert "#2 of 10" in first
        second = await post(till, path, {})
        assert re.findall(r'class="pickup">(\d+)', first) == re.findall(r'class="pickup">(\d+)', second)
        sales = await till.stall.stock.sales()
        assert [(line.method, line.payment_ref, line.paid) for line in sales] == [("card", "TAB12345", 925)] * 2
        assert "A card payment waits" not in await get(till, "/console")

    async def test_back_without_the_cookie(self, till: Box) -> None:
        """The way back is open without a cookie, as another app opens it; finishing the sale is not."""
        secret = (await till.stall.phones.pair(CARD, "phone", "here")).secret
        paired = {**PERSON, "Cookie": f"__Host-stallbox={secret}", "Origin": till.console}
        sell = f"{till.console}/console/sell"
        async with till.client.post(sell, data=FORM, headers=paired, allow_redirects=False) as answer:
            assert answer.status == 303
        back = f"{till.console}/console/card/back/{KEY}?smp-status=success"
        async with till.client.get(back, headers={**PERSON, "Sec-Fetch-Site": "cross-site"}) as answer:
            assert (answer.status, "SumUp says: paid" in await answer.text()) == (200, True)
        finish = f"{till.console}/console/card/{KEY}/finish"
        async with till.client.post(finish, headers={**PERSON, "Origin": till.console}) as answer:
            assert answer.status == 403
        async with till.client.post(finish, headers={**paired, "Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
        assert await till.stall.stock.sales() == ()
        async with till.client.post(finish, headers=paired) as answer:
            assert "#2 of 10" in await answer.text()

    async def test_back_not_paid(self, till: Box) -> None:
        """A failure says what to do and leads to another try."""
        await begin(till)
        page = await get(till, f"/console/card/back/{KEY}?smp-status=invalidstate")
        assert "not paid" in page
        assert "Open the SumUp app once" in page
        assert f'href="/console/card/{KEY}"' in page

    @pytest.mark.parametrize("path", ["", "?smp-status=success", "/%3Cscript%3E?smp-status=success", "/short?x=y"])
    async def test_back_with_nothing_to_go_by(self, till: Box, path: str) -> None:
        """An answer that names no payment finishes nothing and leads to the console."""
        page = await get(till, f"/console/card/back{path}")
        assert 'href="/console"' in page
        assert "<form" not in page

    async def test_without_a_way_back(self, till: Box) -> None:
        """Where the app does not lead back, the console shows what waits and one tap finishes it."""
        path = await begin(till)
        assert f'href="{path}"' in await get(till, "/console")
        assert "#2 of 10" in await post(till, f"{path}/finish", {"payment_ref": "tab-1"})
        assert (await till.stall.stock.sales())[0].payment_ref == "TAB-1"

    async def test_looked_at_again(self, till: Box) -> None:
        """The page of a payment that is finished opens no app any more: it shows the buyer's code again."""
        path = await begin(till)
        first = await post(till, f"{path}/finish", {})
        page = await get(till, path)
        assert "Do not charge it again" in page
        assert "sumupmerchant:" not in page
        assert await post(till, "/console/sell", FORM, 303) == path
        assert "Do not charge it again" in await get(till, path)
        assert re.findall(r"/C/\w+", await post(till, f"{path}/finish", {})) == re.findall(r"/C/\w+", first)
        assert len(await till.stall.stock.sales()) == 2

    async def test_not_paid(self, till: Box) -> None:
        """One tap forgets a payment that did not happen."""
        path = await begin(till)
        assert await post(till, f"{path}/drop", {}, 303) == "/console"
        assert "A card payment waits" not in await get(till, "/console")

    async def test_sold_out_meanwhile(self, till: Box) -> None:
        """A charged card whose copy is gone is said as that; the payment goes on waiting."""
        path = await begin(till)
        await till.stall.seller.sell(Order("harbour-lights", quantity=9))
        page = await post(till, f"{path}/finish", {}, 409)
        assert "only 1 left" in page or "sold out" in page
        assert "pay it back in SumUp" in page
        assert "A card payment waits" in await get(till, "/console")

    async def test_judged_before_the_card_is_charged(self, till: Box) -> None:
        """What cannot be sold is refused before the app is opened."""
        await sell_out(till)
        assert "sold out" in (await post(till, "/console/sell", FORM, 409)).lower()
        assert await till.stall.cards.waiting() == []

    async def test_a_changed_form(self, till: Box) -> None:
        """The same form with another quantity does not silently charge the first amount."""
        await begin(till)
        assert "Start the sale anew" in await post(till, "/console/sell", {**FORM, "quantity": "1"}, 422)

    async def test_a_receipt_number_sells_at_once(self, till: Box) -> None:
        """Whoever types a receipt number has charged the card already."""
        assert "#2 of 10" in await post(till, "/console/sell", {**FORM, "payment_ref": "A-1"})

    async def test_nothing_to_charge(self, till: Box) -> None:
        """An order that costs nothing opens no app."""
        form = {**FORM, "tip": "", "discount": "16.00", "reason": "friend"}
        assert "#2 of 10" in await post(till, "/console/sell", form)

    async def test_unknown_payment(self, till: Box) -> None:
        """A key that is not known sells nothing."""
        assert "not known here" in await post(till, f"/console/card/{KEY}/finish", {}, 404)


async def test_without_an_app(box: Box) -> None:
    """Without a reader app in the settings *Card* sells at once, and there is no way back."""
    assert "#2 of 10" in await post(box, "/console/sell", FORM)
    await get(box, f"/console/card/back/{KEY}", 404)
