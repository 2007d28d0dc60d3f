"""A buyer's e-mail address: asked for once, sealed at once, erased on a tap; no sale ever waits for it."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nacl.public import PrivateKey as Opener
from nacl.public import SealedBox

from appliance.core import attachments, contact, entries
from appliance.core.attachments import Attachment
from appliance.core.entries import Entry
from appliance.core.sale import Order
from appliance.stall.attachments import Load
from provisioning.keys import new_contact_key
from tests.web.clients import PROGRAM
from tests.web.conftest import harbour
from tests.web.paying import get, post, send
from tests.web.served import Box, running_box

KEY = new_contact_key()
EMAIL = "ana.reyes+market@example.org"
WORDS = "We write twice a year, about <new> drops."
FORM = {"email": EMAIL, "consent": "yes"}


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Box]:
    """A box whose organizer asks for addresses, in words of her own."""
    async with running_box(tmp_path) as running:
        running.organizer.add_trust(contact_key=KEY.public, contact_text=WORDS)
        await running.bring(harbour(running.organizer))
        yield running


async def sold(box: Box) -> str:
    """The path of a fresh claim's page."""
    (copy,) = await box.stall.seller.sell(Order("harbour-lights"))
    return f"/c/{copy.claim}"


async def left(box: Box) -> list[Entry]:
    """The entries that say that an address was left."""
    leaves = await box.stall.house.reader.leaves(box.stall.house.ledger.incarnation)
    return [entry for entry in map(entries.read, leaves) if entry.type == "contact"]


async def travelling(box: Box, load: Load = Load.WAITING) -> list[Attachment]:
    """What the box's batches take along."""
    lines = [line for _, data in [each async for each in box.stall.batches(0, load)] for line in data.splitlines()]
    return [attachments.read(line) for line in lines if line.startswith(b'{"se') and b'"sealed"' in line]


def opened(attachment: Attachment) -> contact.Contact:
    return contact.parse(SealedBox(Opener(KEY.seed)).decrypt(attachment.data))


async def test_question(asking: Box) -> None:
    """The claim's page says who gets the address and for what, in the organizer's words, with an unticked box."""
    page = await get(asking, await sold(asking))
    assert "Night Market Berlin asks for your" in page
    assert "We write twice a year, about &lt;new&gt; drops." in page
    field, box = re.findall(r'<input[^>]*name="(?:email|consent)"[^>]*>', page)
    assert 'type="email"' in field
    assert 'autocomplete="email"' in field
    assert 'inputmode="email"' in field
    assert '<label for="email">' in page
    assert "checked" not in box


async def test_own_words(asking: Box) -> None:
    """An organizer who says nothing of it is named, and what for is said plainly."""
    asking.organizer.add_trust(contact_key=KEY.public)
    await asking.stall.papers.take_trust(asking.organizer.trusts)
    page = await get(asking, await sold(asking))
    assert "would go to Night Market Berlin and to nobody else" in page


async def test_not_asked(box: Box) -> None:
    """Without a key for addresses nobody is asked, and none is taken."""
    path = await sold(box)
    assert "e-mail" not in await get(box, path)
    await post(box, f"{path}/contact", FORM, 404)
    assert await left(box) == []


async def test_leave(asking: Box) -> None:
    """What was left is one entry, whose digest is that of sealed bytes that only the organizer's key opens."""
    path = await sold(asking)
    assert await post(asking, f"{path}/contact", FORM, 303) == f"{path}#contact"
    assert "sealed for Night Market Berlin" in await get(asking, path)
    (entry,), (attachment,) = await left(asking), await travelling(asking)
    assert attachment.belongs_to(entry)
    (line,) = await asking.stall.stock.sales()
    assert entry.fields["sale"] == line.sale
    drop = asking.stall.catalogue.by_slug("harbour-lights").manifest.drop
    assert opened(attachment) == contact.Contact(EMAIL, drop, "en", True)


async def test_double_tap(asking: Box) -> None:
    """A form that comes twice, or with another address from another tab, leaves one."""
    path = await sold(asking)
    for form in (FORM, FORM, {**FORM, "email": "bo@example.org"}):
        await post(asking, f"{path}/contact", form, 303)
    assert len(await left(asking)) == 1
    assert [opened(each).email for each in await travelling(asking)] == [EMAIL]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"email": EMAIL}, "Tick the box"),
        ({"email": "ana(at)example.org", "consent": "yes"}, "such as ana@example.org"),
        ({"email": 'ana@"><b>', "consent": "yes"}, "without blanks"),
        ({"consent": "yes"}, "such as"),
    ],
)
async def test_slips(asking: Box, form: dict[str, str], words: str) -> None:
    """A slip comes back on the page with what was typed, as text; nothing is kept."""
    path = await sold(asking)
    page = await post(asking, f"{path}/contact", form, 400)
    assert words in page
    assert 'aria-invalid="true"' in page
    assert "Download everything" in page
    typed = form.get("email", "").replace('"', "&#34;").replace("<", "&lt;").replace(">", "&gt;")
    assert f'value="{typed}"' in page
    assert ("checked" in page) == ("consent" in form)
    assert await left(asking) == []


async def test_opened_again(asking: Box) -> None:
    """The address under which a slip was answered leads back to the claim."""
    path = await sold(asking)
    async with asking.client.get(f"{asking.shop}{path}/contact", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"{path}#contact")


async def test_program(asking: Box) -> None:
    """A program hears a problem document."""
    path = await sold(asking)
    async with asking.client.post(f"{asking.shop}{path}/contact", data={"email": "x"}, headers=PROGRAM) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "bad-request")


async def test_wrong_code(asking: Box) -> None:
    """Who has no claim leaves nothing."""
    await post(asking, "/c/0000-0000-0000-0000/contact", FORM, 404)
    assert await left(asking) == []


async def test_erase(asking: Box) -> None:
    """Erased, it travels no more; its entry stays, and another address may be left."""
    path = await sold(asking)
    await post(asking, f"{path}/contact", FORM, 303)
    await post(asking, f"{path}/contact/erase", {}, 303)
    await post(asking, f"{path}/contact/erase", {}, 303)
    page = await get(asking, path)
    assert "not on this box any more" in page
    assert "only they can delete" in page
    assert await travelling(asking, Load.ALL) == []
    assert len(await left(asking)) == 1
    await post(asking, f"{path}/contact", {**FORM, "email": "bo@example.org"}, 303)
    assert [opened(each).email for each in await travelling(asking)] == ["bo@example.org"]


async def test_again_and_again(asking: Box) -> None:
    """Leaving and erasing over and over ends after a few: each time is an entry for ever."""
    path = await sold(asking)
    for _ in range(5):
        await post(asking, f"{path}/contact", FORM, 303)
        await post(asking, f"{path}/contact/erase", {}, 303)
    assert "too often" in await post(asking, f"{path}/contact", FORM, 429)
    assert len(await left(asking)) == 5


async def test_at_the_stall(asking: Box) -> None:
    """The console's list shows which sale has an address, not the address, and erases it."""
    path = await sold(asking)
    assert "contact/erase" not in await get(asking, "/console/sales")
    await post(asking, f"{path}/contact", FORM, 303)
    page = await get(asking, "/console/sales")
    (target,) = re.findall(r'action="(/console/sales/[^"]+/contact/erase)"', page)
    assert EMAIL not in page
    assert "is erased from this box" in await get(asking, await post(asking, target, {}, 303))
    assert await travelling(asking, Load.ALL) == []


async def test_courier(asking: Box) -> None:
    """A courier's stick never takes addresses."""
    await post(asking, f"{await sold(asking)}/contact", FORM, 303)
    assert await travelling(asking, Load.NONE) == []
    assert len(await travelling(asking, Load.ALL)) == 1


async def test_unusable_key(asking: Box) -> None:
    """A contact key that nothing can be sealed to costs the address, not the download."""
    asking.organizer.add_trust(contact_key="A" * 43 + "=")
    await asking.stall.papers.take_trust(asking.organizer.trusts)
    path = await sold(asking)
    page = await post(asking, f"{path}/contact", FORM, 503)
    assert "cannot be used" in page
    assert "Download everything" in page
    assert (await send(asking, f"{path}/contact", FORM)).status == 503


async def test_full_disk(asking: Box) -> None:
    """Where the disk refuses, a sentence says so, what was typed is still there, and so is the claim."""
    path, db = await sold(asking), asking.stall.house.ledger._db
    db.execute("pragma query_only=on")
    page = await post(asking, f"{path}/contact", FORM, 503)
    assert EMAIL in page
    assert 'role="alert"' in page
    assert "Download everything" in page
    db.execute("pragma query_only=off")
    await post(asking, f"{path}/contact", FORM, 303)


async def test_nowhere(asking: Box, caplog: pytest.LogCaptureFixture) -> None:
    """The address is in no byte of the data directory, the organizer's folder or any log, left well or with a slip."""
    caplog.set_level(logging.DEBUG)
    path = await sold(asking)
    await post(asking, f"{path}/contact", {"email": EMAIL}, 400)
    await post(asking, f"{path}/contact", {**FORM, "email": f"{EMAIL},"}, 400)
    await post(asking, f"{path}/contact", FORM, 303)
    files = [file for file in asking.folder.parent.rglob("*") if file.is_file()]
    assert asking.folder / "ledger.db-wal" in files
    for needle in (EMAIL.encode(), b"ana.reyes"):
        assert [file for file in files if needle in file.read_bytes()] == []
    assert EMAIL not in caplog.text
    assert "ana.reyes" not in caplog.text
