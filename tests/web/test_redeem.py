"""Payment tokens over real HTTP: what buyers see and redeem, what the console accepts, what is owed."""

from __future__ import annotations

import re
from html import escape

import pytest

from appliance.core import entries
from appliance.core.documents import format_time
from tests.box import CARD
from tests.organizer import NOW
from tests.web.clients import PERSON, PROGRAM
from tests.web.conftest import harbour
from tests.web.paying import expired_token, fresh_token, get, post, sell_out, token
from tests.web.served import Box


class TestBuyer:
    @pytest.mark.parametrize("prefix", ["/t/", "/T/"])
    async def test_looking_changes_nothing(self, box: Box, prefix: str) -> None:
        """The link shows what the token buys, in both cases of its prefix, and leaves the ledger as it was."""
        text, size = token(box), box.stall.house.ledger.head.size
        for _ in range(2):
            page = await get(box, prefix + text)
        assert all(words in page for words in ("Harbour Lights", "€8.00", "Redeem it now", text))
        assert box.stall.house.ledger.head.size == size

    async def test_head_changes_nothing(self, box: Box) -> None:
        """A link preview that only asks for the header redeems nothing."""
        size = box.stall.house.ledger.head.size
        async with box.client.head(f"{box.shop}/t/{token(box)}") as answer:
            assert answer.status == 200
        assert box.stall.house.ledger.head.size == size

    async def test_redeems_once(self, box: Box) -> None:
        """POST leads to the claim; the same token again leads to the same one and sells nothing more."""
        text = token(box)
        first, second = [await post(box, "/redeem", {"token": text}, 303) for _ in range(2)]
        assert first == second
        assert "#1 of 10" in await get(box, first)
        assert "To the download" in await get(box, f"/t/{text}")
        assert len(await box.stall.stock.sales()) == 1

    @pytest.mark.parametrize("link", ["{}", "HTTP://10.42.0.1/T/{}", "https://10.42.0.1/t/{}"])
    @pytest.mark.parametrize(("path", "field"), [("/redeem", "token"), ("/pickup", "number")])
    async def test_both_fields_take_tokens(self, box: Box, path: str, field: str, link: str) -> None:
        """The token and links to it work in the number's field as well as in the other one."""
        assert (await post(box, path, {field: link.format(token(box))}, 303)).startswith("/c/")

    @pytest.mark.parametrize("path", ["/redeem", "/console/redeem"])
    async def test_blanks_of_a_paste(self, box: Box, path: str) -> None:
        """What people paste into a field may have blanks around it; a program's token may not."""
        text = f" {token(box)}\r\n"
        async with box.client.post(f"{box.shop}/api/v1/redeem", json={"token": text}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "malformed")
        await post(box, path, {"token": text}, 303 if path == "/redeem" else 200)
        assert len(await box.stall.stock.sales()) == 1

    async def test_the_field_takes_codes_and_numbers(self, box: Box) -> None:
        """Pickup number, claim code and a link to the claim lead to the claim from the token's field."""
        claim = (await post(box, "/redeem", {"token": token(box)}, 303)).removeprefix("/c/")
        (line,) = await box.stall.stock.sales()
        pickup = (await box.stall.claims.show(line.sale)).pickup
        for entry in (claim, pickup or "", f"HTTP://10.42.0.1/C/{claim}"):
            assert await post(box, "/redeem", {"token": entry}, 303) == f"/c/{claim}"

    async def test_lower_case_is_another_text(self, box: Box) -> None:
        """The token itself has one spelling."""
        page = await get(box, f"/t/{token(box).lower()}", 400)
        assert "not a payment token" in page
        assert 'number-help">You have paid?' not in page

    async def test_refusals_say_what_to_do(self, box: Box) -> None:
        """A token that has expired is refused with a sentence, on its page, in the form and for programs."""
        old = expired_token(box)
        assert "This expired on" in await get(box, f"/t/{old}", 409)
        assert "This expired on" in await post(box, "/redeem", {"token": old}, 409)
        assert "This expired on" in await post(box, "/pickup", {"number": old}, 409)
        async with box.client.post(f"{box.shop}/redeem", data={"token": old}, headers=PROGRAM) as answer:
            found = await answer.json()
        assert (answer.content_type, found["code"]) == ("application/problem+json", "expired")

    @pytest.mark.parametrize(("path", "refusal"), [("/redeem", "token-problem"), ("/console/redeem", "refusal")])
    async def test_what_cannot_be_read_comes_back(self, box: Box, path: str, refusal: str) -> None:
        """A long text with a slip stands in the field again, and the field names its refusal for who cannot see it."""
        for text in (token(box)[:-20], "2SCEU" * 30 + "<b>"):
            page = await post(box, path, {"token": text}, 400)
            field = re.findall(r'<(?:input|textarea)[^>]* id="token"[^>]*>[^<]*', page)[0]
            assert escape(text) in field
            assert 'aria-invalid="true"' in field
            assert f'aria-describedby="{refusal} token-help"' in field
            assert f'id="{refusal}" role="alert"' in page

    async def test_empty_field(self, box: Box) -> None:
        """Nothing typed is no fault of the box."""
        assert "not known" in await post(box, "/redeem", {}, 404)

    async def test_other_sites_cannot_redeem(self, box: Box) -> None:
        """A page of another site cannot redeem a token with the buyer's browser."""
        headers = {**PERSON, "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
        async with box.client.post(f"{box.shop}/redeem", data={"token": token(box)}, headers=headers) as answer:
            assert answer.status == 403
        assert await box.stall.stock.sales() == ()


class TestOwed:
    async def test_the_page_says_what_happens_now(self, box: Box) -> None:
        """Paid and sold out: a page with the reference under which it is noted, the same one again, one entry."""
        await sell_out(box)
        text = token(box)
        pages = [await post(box, "/redeem", {"token": text}, 409) for _ in range(2)]
        references = {re.findall(r"under (\d+:\d+)", page)[0] for page in pages}
        assert len(references) == 1
        assert all("What happens now" in page for page in pages)
        assert "What happens now" in await get(box, f"/t/{text}", 409)
        assert (await box.stall.stock.status()).owed == 1

    async def test_the_field_shows_the_page_too(self, box: Box) -> None:
        """The number's field shows the same page, not a line beside the field."""
        await sell_out(box)
        assert "What happens now" in await post(box, "/pickup", {"number": token(box)}, 409)

    async def test_handed_out(self, box: Box) -> None:
        """The console lists what is owed and hands it out once a number is free; the buyer's link then works."""
        await sell_out(box)
        text = token(box)
        await post(box, "/redeem", {"token": text}, 409)
        page = await get(box, "/console/redeem")
        assert "no copy to hand out" in page
        last = (await box.stall.stock.sales())[0]
        await box.stall.undo.void(last.sale, "changed mind", by=None)
        page = await get(box, "/console/redeem")
        (path,) = re.findall(r'action="(/console/owed/\d+:\d+/serve)"', page)
        assert "#10 of 10" in await post(box, path, {})
        assert (await post(box, "/redeem", {"token": text}, 303)).startswith("/c/")
        assert "Nothing is owed" in await get(box, "/console/redeem")
        assert "#10 of 10" in await post(box, path, {})
        assert len(await box.stall.stock.sales()) == 11

    async def test_who_handed_it_out(self, box: Box) -> None:
        """A copy that a paired phone hands out although the option's stock is gone names that phone in the ledger."""
        price = {"id": "download", "title": "Download", "amount": 800, "hand_over": None, "stock": 0}
        drop = box.organizer.drop("few", None, prices=[price])
        await box.bring(drop)
        await post(box, "/redeem", {"token": token(box, slug="few")}, 409)
        (line,) = await box.stall.stock.owed()
        paired = await box.stall.phones.pair(CARD, "phone", "here")
        headers = {**PERSON, "Cookie": f"__Host-stallbox={paired.secret}", "Origin": box.console}
        async with box.client.post(f"{box.console}/console/owed/{line.entry}/serve", headers=headers) as answer:
            assert answer.status == 200
        leaves = await box.stall.house.reader.leaves(box.stall.house.ledger.incarnation)
        (said,) = [entry.fields for entry in map(entries.read, leaves) if entry.type == "override"]
        assert (said["what"], said["by"]) == ("stock", paired.number)

    async def test_paid_back(self, box: Box) -> None:
        """What is owed can be paid back instead; then the token pays for nothing more."""
        await sell_out(box)
        text = token(box)
        await post(box, "/redeem", {"token": text}, 409)
        (line,) = await box.stall.stock.owed()
        location = await post(box, f"/console/owed/{line.entry}/refund", {"reason": "sold out"}, 303)
        assert "money was given back" in await get(box, location)
        assert "was paid back" in await post(box, "/redeem", {"token": text}, 409)

    async def test_looking_in_another_language(self, box: Box) -> None:
        """The page says it in the buyer's language alone: why there is no copy stands there in English only."""
        await sell_out(box)
        for path, why in (
            (f"/t/{token(box)}", "sold out on this box"),
            (f"/t/{token(box)}?lang=de", "Exemplar da.</b></"),
        ):
            assert why in await get(box, path)

    async def test_looking_at_what_would_be_owed(self, box: Box) -> None:
        """Before it is redeemed the page says that there is no copy and that nothing is noted; the button notes it."""
        text = token(box)
        await sell_out(box)
        page = await get(box, f"/t/{text}")
        assert "There is no copy for it now" in page
        assert "Nothing is written down yet" in page
        assert await box.stall.stock.owed() == ()
        assert "is noted under" in await post(box, "/redeem", {"token": text}, 409)
        assert "paid and noted under" in await get(box, f"/t/{text}", 409)

    async def test_the_screen_and_the_pages_say_it(self, box: Box) -> None:
        """What is owed is one of the faults that screen and console show, and a number in the status."""
        await sell_out(box)
        await post(box, "/redeem", {"token": token(box)}, 409)
        assert "1 payment has no copy yet" in await get(box, "/console")
        async with box.client.get(f"{box.shop}/api/v1/status") as answer:
            found = await answer.json()
        assert found["owed"] == 1
        assert [fault["code"] for fault in found["faults"]] == ["owed"]


class TestConsole:
    async def test_two_tiers(self, box: Box) -> None:
        """The console names the tier: fresh for an offer of this box, boxed for all else; the list does as well."""
        fresh = await post(box, "/console/redeem", {"token": await fresh_token(box)})
        assert ">fresh token<" in fresh
        assert "#1 of 10" in fresh
        boxed = await post(box, "/console/redeem", {"token": token(box)})
        assert ">boxed token<" in boxed
        page = await get(box, "/console/sales")
        assert "· fresh token" in page
        assert "· boxed token" in page

    async def test_marked(self, box: Box) -> None:
        """A boxed token that the clock cannot judge passes and is marked, in so many words."""
        box.clock.hi = None
        page = await post(box, "/console/redeem", {"token": token(box)})
        assert ">marked<" in page
        assert "cannot tell whether it was still good" in page
        assert "boxed token · marked" in await get(box, "/console/sales")

    async def test_again(self, box: Box) -> None:
        """A token that was here before shows the same copy again and says so."""
        text = token(box)
        await post(box, "/redeem", {"token": text}, 303)
        assert ">redeemed before<" in await post(box, "/console/redeem", {"token": text})

    async def test_override(self, box: Box) -> None:
        """A refusal keeps the token in the form and points to the word that answers it; with it the token passes."""
        old = expired_token(box)
        page = await post(box, "/console/redeem", {"token": old}, 409)
        assert old in page
        assert re.search(r'name="clock" value="yes"> <span>[^<]*<span class="chip idle nowrap">this one', page)
        assert "#1 of 10" in await post(box, "/console/redeem", {"token": old, "clock": "yes"})

    async def test_an_uncertain_window(self, box: Box) -> None:
        """Where the box cannot tell whether the sale is open, the refusal points to the word that says so."""
        window = {"from": format_time(NOW - 60), "until": format_time(NOW + 3600)}
        await box.bring(harbour(box.organizer, version=2, sale=window))
        box.clock.hi = None
        text = token(box)
        page = await post(box, "/console/redeem", {"token": text}, 409)
        assert re.search(r'name="window" value="yes"> <span>[^<]*<span class="chip idle nowrap">this one', page)
        assert "#1 of 10" in await post(box, "/console/redeem", {"token": text, "window": "yes"})

    async def test_what_is_owed_is_in_the_list_and_not_in_the_form(self, box: Box) -> None:
        """The token of a payment that is owed is taken; the list says what else goes with the copy."""
        for _ in range(2):
            await post(box, "/console/redeem", {"token": token(box, price="print", amount=2500)})
        late = token(box, price="print", amount=2500)
        page = await post(box, "/console/redeem", {"token": late}, 409)
        assert late not in page
        assert "With it goes <bdi>the print</bdi>." in page

    async def test_nothing_overrides_a_missing_number(self, box: Box) -> None:
        """A sold-out edition stays sold out whatever is ticked: the payment is owed."""
        await sell_out(box)
        form = {"token": token(box), "clock": "yes", "window": "yes", "price": "yes", "stock": "yes"}
        assert "noted under" in await post(box, "/console/redeem", form, 409)

    async def test_strangers(self, box: Box) -> None:
        """A phone that is not paired neither redeems with an override nor hands anything out."""
        for path in ("/console/redeem", "/console/owed/1:1/serve", "/console/owed/1:1/refund"):
            form = {"token": expired_token(box), "clock": "yes"}
            async with box.client.post(box.console + path, data=form, headers=PERSON) as answer:
                assert answer.status == 403
        assert await box.stall.stock.sales() == ()
