"""What buyers see and fetch: shop, pickup number, claim, files, archive."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from appliance.core.claim import box_hint, shown
from appliance.core.sale import Order
from appliance.stall.copies import Sold
from tests.organizer import PHOTOS, key
from tests.web.clients import PERSON, PROGRAM
from tests.web.conftest import harbour, picture
from tests.web.served import Box, running_box


async def sold(box: Box, **order: object) -> Sold:
    (copy,) = await box.stall.seller.sell(Order("harbour-lights", **order))  # type: ignore[arg-type]
    return copy


async def page(box: Box, path: str, status: int = 200) -> str:
    async with box.client.get(box.shop + path, headers=PERSON) as answer:
        assert answer.status == status
        return await answer.text()


async def body(box: Box, path: str) -> bytes:
    async with box.client.get(box.shop + path) as answer:
        assert answer.status == 200
        return await answer.read()


async def on_the_air(box: Box, path: str) -> int:
    """The length of what is sent to a browser that takes it packed."""
    async with box.client.get(box.shop + path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert await answer.text()
        return int(answer.headers["Content-Length"])


async def problem(box: Box, path: str) -> tuple[int, str]:
    async with box.client.get(box.shop + path, headers=PROGRAM) as answer:
        assert answer.content_type == "application/problem+json"
        return answer.status, (await answer.json())["code"]


async def type_number(box: Box, number: str, headers: dict[str, str] = PERSON) -> tuple[int, str, str]:
    """Status, Location and body of the answer to the shop's first field."""
    form = {"number": number}
    async with box.client.post(f"{box.shop}/pickup", data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


class TestShop:
    async def test_one_drop_is_the_shop(self, box: Box) -> None:
        """A stall with one drop shows it at once, and what is asked for first is the number on the screen."""
        text = await page(box, "/")
        assert "Harbour Lights" in text
        assert "Ana Reyes" in text
        assert "€8.00" in text
        assert "10 of 10 left" in text
        field = re.search(r"<label for=\"(\w+)\">Number on the screen</label>\s*<input id=\"(\w+)\"", text)
        assert field is not None
        assert field[1] == field[2]
        assert text.index("<input") > text.index("<label")

    async def test_several_drops_are_a_list(self, box: Box) -> None:
        """With a second drop the shop lists both, each with the way to its page."""
        await box.bring(box.organizer.drop("field-tapes", None, title="Field Tapes"))
        text = await page(box, "/")
        assert 'href="/drops/harbour-lights"' in text
        assert 'href="/drops/field-tapes"' in text
        assert "Open edition" in text

    async def test_nothing_for_sale(self, tmp_path: Path) -> None:
        """A box without drops says so instead of failing."""
        async with running_box(tmp_path) as box:
            assert "nothing for sale" in await page(box, "/")

    async def test_upper_case(self, box: Box) -> None:
        """Links in upper case work, as QR codes hold them, the drop's page included."""
        assert "Harbour Lights" in await page(box, "/DROPS/HARBOUR-LIGHTS")

    async def test_unknown_drop(self, box: Box) -> None:
        """A drop that is not here is not found, and the sentence names those that are."""
        assert await problem(box, "/drops/nope") == (404, "unknown-drop")
        assert "harbour-lights" in await page(box, "/drops/nope", 404)

    async def test_pages_are_small(self, box: Box) -> None:
        """A page with its style sheet and scripts has less than 20 KB on the air: eight phones share one radio."""
        for path in ("/", f"/c/{(await sold(box)).claim}"):
            text = await page(box, path)
            parts = re.findall(r'"(/static/[^"]+\.(?:css|js))"', text)
            assert len(parts) >= 2
            assert len(text.encode()) + sum([await on_the_air(box, part) for part in parts]) < 20_000

    async def test_creators_words_are_text(self, tmp_path: Path) -> None:
        """What a creator writes is shown and never run."""
        async with running_box(tmp_path) as box:
            await box.bring(harbour(box.organizer, title="<script>alert(1)</script>"))
            text = await page(box, "/")
            assert "<script>" not in text
            assert "&lt;script&gt;" in text


class TestPictures:
    async def test_cover(self, box: Box) -> None:
        """The cover is a JPEG drawn anew, large or small, and never the creator's bytes."""
        for path in ("/drops/harbour-lights/cover.jpg", "/drops/harbour-lights/cover.jpg?size=small"):
            data = await body(box, path)
            assert data.startswith(b"\xff\xd8")
            assert data != picture()

    async def test_preview(self, box: Box) -> None:
        """A preview is served before the sale."""
        assert await body(box, "/drops/harbour-lights/files/look.jpg") == picture("navy")

    @pytest.mark.parametrize("path", ["01-pier.jpg", "..%2F..%2Fledger.db", "", "%00", "nope"])
    async def test_nothing_else(self, box: Box, path: str) -> None:
        """No other file leaves the box before the sale, whatever the path looks like."""
        status, code = await problem(box, f"/drops/harbour-lights/files/{path}")
        assert (status, code) == (404, "not-found")


class TestPickup:
    async def test_opens_the_claim(self, box: Box) -> None:
        """The number on the screen leads to the claim's page."""
        copy = await sold(box)
        status, location, _ = await type_number(box, f" {copy.pickup} ")
        assert (status, location) == (303, f"/c/{copy.claim}")

    async def test_wide_letters(self, box: Box) -> None:
        """Number and code work in the wide letters that Japanese keyboards write."""
        copy = await sold(box)
        for text in (copy.pickup, shown(copy.claim)):
            status, location, _ = await type_number(box, "".join(chr(ord(sign) + 0xFEE0) for sign in text))
            assert (status, location) == (303, f"/c/{copy.claim}")

    async def test_takes_a_whole_code(self, box: Box) -> None:
        """A claim code of an earlier visit works in the same field, written as it is shown."""
        copy = await sold(box)
        status, location, _ = await type_number(box, shown(copy.claim).lower())
        assert (status, location) == (303, f"/c/{copy.claim}")

    async def test_wrong_number(self, box: Box) -> None:
        """A wrong number comes back beside the field, with what to do."""
        status, _, text = await type_number(box, "0000")
        assert status == 404
        assert "good for two minutes" in text
        assert "Number on the screen" in text

    async def test_wrong_number_for_programs(self, box: Box) -> None:
        """A program gets the same refusal as a problem document."""
        status, _, text = await type_number(box, "0000", PROGRAM)
        assert status == 404
        assert '"code": "pickup-wrong"' in text

    async def test_guessing_ends(self, box: Box) -> None:
        """Five wrong numbers, and a phone waits, even for the right one."""
        copy = await sold(box)
        for _ in range(5):
            await type_number(box, "0000")
        status, _, text = await type_number(box, copy.pickup or "")
        assert status == 429
        assert "Wait" in text

    async def test_empty(self, box: Box) -> None:
        """An empty field is refused like an unknown code."""
        status, _, _ = await type_number(box, "")
        assert status == 404


class TestClaim:
    async def test_shows_what_is_there(self, box: Box) -> None:
        """The page names the copy, what to ask for at the stall, every file and the code to come back with."""
        copy = await sold(box, price="print")
        text = await page(box, f"/c/{copy.claim}")
        assert "#1 of 10" in text
        assert "the print" in text
        assert shown(copy.claim) in text
        for path in PHOTOS:
            assert f"/c/{copy.claim}/files/{path}" in text
        assert f"/c/{copy.claim}/all.zip" in text

    @pytest.mark.parametrize("suffix", ["", "/certificate"])
    async def test_looking_costs_nothing(self, box: Box, suffix: str) -> None:
        """Link previews and the sign-in browser's double GET leave the claim unopened."""
        copy = await sold(box)
        entries = box.stall.house.ledger.head.size
        for _ in range(2):
            await page(box, f"/C/{copy.claim}{suffix}")
        assert box.stall.house.ledger.head.size == entries

    async def test_asking_for_a_header_opens_nothing(self, box: Box) -> None:
        """HEAD on a file tells its length and leaves the claim, and the ledger, as they were."""
        copy = await sold(box)
        entries = box.stall.house.ledger.head.size
        path, data = next(iter(PHOTOS.items()))
        async with box.client.head(f"{box.shop}/c/{copy.claim}/files/{path}") as answer:
            assert answer.headers["Content-Length"] == str(len(data))
        assert box.stall.house.ledger.head.size == entries

    @pytest.mark.parametrize("path", ["all.zip", "certificate.json", "certificate.png", "receipt"])
    async def test_asking_for_the_header_of_what_is_not_made_yet(self, box: Box, path: str) -> None:
        """HEAD on the archive or a paper of an unopened claim opens nothing: it tells name and type, and no length."""
        copy = await sold(box)
        entries = box.stall.house.ledger.head.size
        address = f"{box.shop}/c/{copy.claim}/{path}"
        async with box.client.head(address) as looked:
            assert looked.status == 200
            assert "Content-Length" not in looked.headers
            assert "ETag" not in looked.headers
        assert box.stall.house.ledger.head.size == entries
        async with box.client.get(address) as got:
            for name in ("Content-Type", "Content-Disposition", "Accept-Ranges", "Cache-Control"):
                assert looked.headers[name] == got.headers[name]

    @pytest.mark.parametrize("spelling", ["lower", "dashed", "blanks"])
    async def test_spellings(self, box: Box, spelling: str) -> None:
        """A code works as a person types it."""
        copy = await sold(box)
        text = {"lower": copy.claim.lower(), "dashed": shown(copy.claim), "blanks": shown(copy.claim).replace("-", " ")}
        assert "Harbour Lights" in await page(box, f"/c/{quote(text[spelling])}")

    async def test_files(self, box: Box) -> None:
        """Every file comes whole, under its own name, and opens the claim."""
        copy = await sold(box)
        for path, data in PHOTOS.items():
            async with box.client.get(f"{box.shop}/c/{copy.claim}/files/{path}") as answer:
                assert await answer.read() == data
                assert answer.headers["Content-Disposition"] == f'attachment; filename="{path}"'
                assert answer.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
                assert answer.headers["Accept-Ranges"] == "bytes"
        (line,) = await box.stall.stock.sales()
        assert line.is_opened

    async def test_view(self, box: Box) -> None:
        """A picture can be looked at without saving it."""
        copy = await sold(box)
        async with box.client.get(f"{box.shop}/c/{copy.claim}/files/01-pier.jpg?view=1") as answer:
            assert answer.headers["Content-Disposition"].startswith("inline")

    async def test_pages_of_a_creator_never_run(self, tmp_path: Path) -> None:
        """HTML from a creator is an attachment in a sandbox, even where it is asked to be shown."""
        async with running_box(tmp_path) as box:
            drop = harbour(box.organizer)
            drop.fields["files"] = [{**item, "type": "text/html"} for item in drop.manifest_fields()["files"]]  # type: ignore[attr-defined]
            await box.bring(drop)
            copy = await sold(box)
            async with box.client.get(f"{box.shop}/c/{copy.claim}/files/01-pier.jpg?view=1") as answer:
                assert answer.content_type == "text/html"
                assert answer.headers["Content-Disposition"].startswith("attachment")
                assert answer.headers["Content-Security-Policy"].startswith("sandbox")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_archive(self, box: Box) -> None:
        """The archive is a clean ZIP with every file, and the same bytes the next time."""
        copy = await sold(box)
        data = await body(box, f"/c/{copy.claim}/all.zip")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            for path, content in PHOTOS.items():
                assert archive.read(f"harbour-lights/{path}") == content
            assert {"certificate.json", "certificate.png", "receipt.tlog-proof"} <= set(archive.namelist())
        await box.stall.claims.top_up(copy.sale)
        assert await body(box, f"/C/{copy.claim}/ALL.ZIP") == data

    async def test_archive_resumes(self, box: Box) -> None:
        """An archive that broke off goes on at any byte, and an old one is not spliced with a new one."""
        copy = await sold(box)
        address = f"{box.shop}/c/{copy.claim}/all.zip"
        async with box.client.get(address, headers={"Range": "bytes=0-99"}) as answer:
            start, tag = await answer.read(), answer.headers["ETag"]
        async with box.client.get(address, headers={"Range": "bytes=100-", "If-Range": tag}) as answer:
            assert answer.status == 206
            rest = await answer.read()
        assert zipfile.ZipFile(io.BytesIO(start + rest)).testzip() is None
        await box.stall.claims.top_up(copy.sale)
        async with box.client.get(address, headers={"Range": "bytes=100-", "If-Range": '"another"'}) as answer:
            assert answer.status == 200

    async def test_a_small_drop_pays_nothing_for_its_certificate(self, tmp_path: Path) -> None:
        """Certificate and receipt in the archive leave the budget to the files, however small the drop is."""
        async with running_box(tmp_path) as box:
            await box.bring(box.organizer.drop("harbour-lights", 10))
            copy = await sold(box)
            first = await body(box, f"/c/{copy.claim}/all.zip")
            assert len(first) > 3 * sum(map(len, PHOTOS.values()))
            assert await body(box, f"/c/{copy.claim}/all.zip") == first

    async def test_papers(self, box: Box) -> None:
        """Certificate, its picture and the receipt come under their own addresses and types."""
        copy = await sold(box)
        types = {}
        for name in ("certificate.json", "certificate.png", "receipt"):
            async with box.client.get(f"{box.shop}/c/{copy.claim}/{name}") as answer:
                assert answer.status == 200
                types[name] = answer.content_type
        assert types == {
            "certificate.json": "application/vc+ld+json",
            "certificate.png": "image/png",
            "receipt": "text/plain",
        }
        assert "certificate.png" in await page(box, f"/c/{copy.claim}/certificate")

    async def test_bad_range(self, box: Box) -> None:
        """A range beyond the file is 416 with the length; nonsense in the field counts as none."""
        copy = await sold(box)
        address = f"{box.shop}/c/{copy.claim}/files/01-pier.jpg"
        length = len(PHOTOS["01-pier.jpg"])
        async with box.client.get(address, headers={"Range": "bytes=999999-"}) as answer:
            assert answer.status == 416
            assert answer.headers["Content-Range"] == f"bytes */{length}"
        async with box.client.get(address, headers={"Range": "bytes=-5-,x"}) as answer:
            assert answer.status == 200
            assert len(await answer.read()) == length

    async def test_head(self, box: Box) -> None:
        """HEAD answers as GET does, without the body, on pages, files and archive."""
        copy = await sold(box)
        claim = f"/c/{copy.claim}"
        async with box.client.get(f"{box.shop}{claim}/all.zip") as opening:
            await opening.read()
        for path in ("/", "/drops/harbour-lights", "/drops/harbour-lights/cover.jpg", claim, f"{claim}/all.zip"):
            async with box.client.head(box.shop + path) as looked, box.client.get(box.shop + path) as got:
                assert looked.status == got.status == 200
                assert looked.headers["Content-Length"] == got.headers["Content-Length"]
                assert looked.headers["Content-Type"] == got.headers["Content-Type"]
                assert await looked.read() == b""

    async def test_voided(self, box: Box) -> None:
        """A claim that was voided is over, and the page says who ended it."""
        copy = await sold(box)
        await box.stall.undo.void(copy.sale, "changed mind", by=None)
        assert "cancelled at the stall" in await page(box, f"/c/{copy.claim}", 410)


class TestCodes:
    async def test_unknown(self, box: Box) -> None:
        """An unknown code is not found, with what to do; so is a text that cannot be a code."""
        mine = box_hint(box.stall.house.box_id)
        for code in (f"{mine}00000000000000", "short", "%F0%9F%8D%8B"):
            assert await problem(box, f"/c/{code}") == (404, "unknown-claim")
        assert "Check every character" in await page(box, f"/c/{mine}00000000000000", 404)

    async def test_another_box(self, box: Box) -> None:
        """A code of another box of the event names that box, in person and by program."""
        other = key("other box").public
        organizer = box.organizer
        boxes = [
            {"key": organizer.box.public.did, "name": "Stall 7"},
            {"key": other.did, "name": "Stall 8"},
        ]
        organizer.add_trust(boxes=boxes, issued="2026-11-30T00:00:00Z")
        await box.bring(organizer.drop("field-tapes", None, issued="2026-11-30T00:00:00Z"))
        code = box_hint(other.id) + "0" * 14
        assert await problem(box, f"/c/{code}") == (404, "other-box")
        assert "Stall 8" in await page(box, f"/c/{code}", 404)

    async def test_guessing_ends(self, box: Box) -> None:
        """Guessing codes ends after a few dozen tries with 429 and a time to wait."""
        for _ in range(40):
            async with box.client.get(f"{box.shop}/c/0000000000000000", headers=PROGRAM) as answer:
                if answer.status == 429:
                    break
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
