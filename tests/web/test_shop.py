"""What a buyer sees before the sale: how to pay, what is inside, and what a creator may make of every field."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from appliance.core.sale import Order
from tests.web.clients import PERSON, PROGRAM
from tests.web.conftest import harbour
from tests.web.served import Box, running_box

HTML = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
MANY = {f"set/{n:04d}.txt": b"%d" % n for n in range(350)}
PAGE_BYTES = 25_000


async def page(box: Box, path: str, status: int = 200, **headers: str) -> str:
    async with box.client.get(box.shop + path, headers={**PERSON, **headers}) as answer:
        assert answer.status == status
        return await answer.text()


async def code(box: Box, path: str) -> tuple[int, str]:
    async with box.client.get(box.shop + path, headers=PROGRAM) as answer:
        return answer.status, (await answer.json())["code"]


class TestPay:
    async def test_what_to_show_and_three_ways(self, box: Box) -> None:
        """A price option leads to what is shown at the stall: title, option and sum; and to three ways to pay."""
        assert 'href="/drops/harbour-lights/pay?price=print"' in await page(box, "/")
        text = await page(box, "/drops/harbour-lights/pay?price=print")
        for words in ("Show this at the stall", "With signed print", "€25.00", "the print", "2 left"):
            assert words in text
        assert re.findall(r"<li><h3>([^<]+)</h3>", text) == ["Cash", "Card or phone", "Voucher or payment link"]
        assert 'action="/pickup"' in text

    async def test_nothing_left(self, box: Box) -> None:
        """Who looks at an option that is sold out is told not to pay yet."""
        warning = re.compile(r"<p class=\"note\"[^>]*>.*Do not pay yet")
        before = warning.search(await page(box, "/drops/harbour-lights/pay?price=print"))
        assert before is not None
        assert " hidden>" in before[0]
        await box.stall.seller.sell(Order("harbour-lights", "print", quantity=2))
        after = warning.search(await page(box, "/drops/harbour-lights/pay?price=print"))
        assert after is not None
        assert " hidden>" not in after[0]

    async def test_no_such_option(self, box: Box) -> None:
        """An option that does not exist, or none where there are two, is answered with those that do."""
        for query in ("?price=nope", ""):
            assert await code(box, f"/drops/harbour-lights/pay{query}") == (404, "unknown-price")
        assert "With signed print" in await page(box, "/drops/harbour-lights/pay", 404)

    async def test_the_only_option(self, box: Box) -> None:
        """A drop with one price needs no choice."""
        await box.bring(box.organizer.drop("field-tapes", None, title="Field Tapes"))
        assert "€8.00" in await page(box, "/drops/field-tapes/pay")


class TestRedeem:
    async def test_one_field(self, box: Box) -> None:
        """One page takes number, code, voucher and link, and says what each looks like."""
        text = await page(box, "/redeem")
        assert text.count("<input") == 1
        assert "Number, code, voucher or link" in text

    @pytest.mark.parametrize("entry", ["0000", "7KQ2-M8XD-4RTA-9ZPW", HTML])
    async def test_a_slip_comes_back(self, box: Box, entry: str) -> None:
        """What was typed comes back in the field with what is wrong beside it, tied to it for screen readers."""
        async with box.client.post(f"{box.shop}/redeem", data={"token": entry}, headers=PERSON) as answer:
            assert answer.status == 404
            text = await answer.text()
        field = re.search(r"<input[^>]*>", text)
        assert field is not None
        assert 'aria-invalid="true"' in field[0]
        assert 'aria-describedby="token-problem token-help"' in field[0]
        assert 'id="token-problem"' in text
        assert "<title>Error:" in text
        assert "<script>" not in text
        assert entry == HTML or f'value="{entry}"' in field[0]


async def test_what_is_no_form(box: Box) -> None:
    """A body that no page of ours sends is the sender's fault, not the box's."""
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=x"):
        async with box.client.post(f"{box.shop}/pickup", data=b"number=1", headers={"Content-Type": kind}) as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (400, "bad-request")


class TestLongLists:
    async def test_a_drop_of_hundreds(self, tmp_path: Path) -> None:
        """Hundreds of files make no page larger: the first few, and the rest by the hundred, each exactly once."""
        async with running_box(tmp_path) as box:
            await box.bring(box.organizer.drop("many", None, MANY))
            front = await page(box, "/")
            assert len(front.encode()) < PAGE_BYTES
            assert "All 350 files" in front
            (copy,) = await box.stall.seller.sell(Order("many"))
            assert len((await page(box, f"/c/{copy.claim}")).encode()) < PAGE_BYTES
            for path in ("/drops/many/files", f"/c/{copy.claim}/files"):
                names: list[str] = []
                for number in (1, 2, 4):
                    text = await page(box, f"{path}?page={number}")
                    assert len(text.encode()) < 2 * PAGE_BYTES
                    names += re.findall(r"<bdi>(set/\d+\.txt)</bdi>", text)
                assert names == list(MANY)[:200] + list(MANY)[-50:]
                assert 'rel="next"' not in text
                for wrong in ("0", "5", "x", "-1", "99999"):
                    assert await code(box, f"{path}?page={wrong}") == (404, "not-found")

    async def test_hundreds_of_previews(self, tmp_path: Path) -> None:
        """Where a creator shows every file before the sale, pages show the first few; the list leads to each."""
        async with running_box(tmp_path) as box:
            drop = box.organizer.drop("open", None, MANY)
            drop.fields["files"] = [
                {**item, "preview": True, "type": "image/png"}
                for item in drop.manifest_fields()["files"]  # type: ignore[attr-defined]
            ]
            await box.bring(drop)
            (copy,) = await box.stall.seller.sell(Order("open"))
            for path in ("/", f"/c/{copy.claim}"):
                text = await page(box, path)
                assert len(text.encode()) < PAGE_BYTES
                assert "/drops/open/files/set/0000.txt" in text
            for number in (1, 4):
                listed = re.findall(
                    r'href="(/drops/open/files/set/\d+\.txt)"', await page(box, f"/drops/open/files?page={number}")
                )
                assert [path[-8:-4] for path in listed] == [f"{n:04d}" for n in range(350)][100 * (number - 1) :][:100]
            async with box.client.get(box.shop + listed[-1]) as answer:
                assert answer.status == 200


class TestAnyCreator:
    @pytest.mark.parametrize(
        ("fields", "shown"),
        [
            ({"title": "Ein sehr langer Titel " * 13}, "Ein sehr langer Titel"),
            ({"title": "أضواء الميناء في الليل"}, 'dir="auto">أضواء الميناء في الليل</h1>'),
            ({"currency": "JPY", "amount": 1_000_000}, "¥1,000,000"),
            ({"amount": 0}, "free"),
        ],
        ids=["long", "right-to-left", "a million", "nothing"],
    )
    async def test_survives(self, tmp_path: Path, fields: dict[str, object], shown: str) -> None:
        """Every page keeps its form whatever the creator's title and price are."""
        amount = fields.pop("amount", 800)
        prices = [{"id": "one", "title": "One", "amount": amount, "hand_over": None, "stock": None}]
        async with running_box(tmp_path) as box:
            await box.bring(box.organizer.drop("any", 10, **{"prices": prices, **fields}))
            (copy,) = await box.stall.seller.sell(Order("any"))
            for path in ("/", "/drops/any", "/drops/any/pay", "/drops/any/files"):
                text = await page(box, path)
                assert shown in text or path.endswith("files")
            for path in ("", "/files", "/certificate"):
                await page(box, f"/c/{copy.claim}{path}")

    async def test_html_is_text(self, tmp_path: Path) -> None:
        """HTML in every field that a creator fills is text on every page."""
        prices = [{"id": "one", "title": HTML[:60], "amount": 800, "hand_over": HTML[:60], "stock": 3}]
        fields = {
            "title": HTML,
            "summary": HTML,
            "license": HTML[:60],
            "prices": prices,
            "aftercare": {"url": "https://a.example/", "text": HTML},
        }
        async with running_box(tmp_path) as box:
            await box.bring(harbour(box.organizer, **fields))
            (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
            drop, claim = "/drops/harbour-lights", f"/c/{copy.claim}"
            for path in ("/", drop, f"{drop}/pay", f"{drop}/files", claim, f"{claim}/files", f"{claim}/certificate"):
                text = await page(box, path)
                assert "<script>" not in text
                assert "<img src=x" not in text
                assert "&lt;script&gt;" in text


async def test_no_page_is_of_more_than_its_own_box(box: Box) -> None:
    """Nothing on a buyer's page comes from elsewhere, and nothing is written into it that the policy would refuse."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    for path in ("/", "/redeem", "/drops/harbour-lights/pay?price=print", f"/c/{copy.claim}"):
        text = await page(box, path)
        sources = re.findall(r'(?:src|srcset|action)="([^"]*)"', text) + re.findall(r'<link[^>]+href="([^"]*)"', text)
        assert sources
        assert all(source.startswith("/") for source in sources)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)


async def test_heavy_previews_wait_for_a_tap(tmp_path: Path) -> None:
    """Small previews are shown at once; larger ones are folded up, and cost the shared radio no byte unasked."""
    async with running_box(tmp_path) as box:
        drop = harbour(box.organizer)
        await box.bring(drop)
        assert '<details class="card fold" open>' in await page(box, "/")
    async with running_box(tmp_path / "other") as box:
        noise = BytesIO()
        Image.effect_noise((400, 400), 100).save(noise, "JPEG", quality=90)
        drop = box.organizer.drop("noise", None, {"look.jpg": noise.getvalue()})
        drop.fields["files"] = [{**item, "preview": True} for item in drop.manifest_fields()["files"]]  # type: ignore[attr-defined]
        await box.bring(drop)
        text = await page(box, "/")
        assert "/drops/noise/files/look.jpg" in text
        assert '<details class="card fold">' in text


async def test_pictures_have_their_place(box: Box) -> None:
    """Every picture says how large it is, so that no page jumps while it loads."""
    for path in ("/", f"/c/{(await box.stall.seller.sell(Order('harbour-lights')))[0].claim}"):
        for image in re.findall(r"<img[^>]*>", await page(box, path)):
            assert re.search(r'width="\d+" height="\d+"', image)
