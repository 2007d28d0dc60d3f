"""A buyer's address over the network: it reaches the collector sealed, once, and nobody there can open it."""

from __future__ import annotations

from pathlib import Path

from appliance.board import Board
from appliance.core.sale import Order
from appliance.services.sync import Syncer
from provisioning.contacts import held_in, open_all
from provisioning.keys import new_contact_key
from tests.collecting import collecting
from tests.organizer import Organizer
from tests.stall.till import Till, opened

KEY = new_contact_key()
SEALED = "select count(*) from attachments where form = 'sealed'"


async def leave(till: Till, email: str) -> str:
    """The sale with which it was left."""
    (copy,) = await till.stall.seller.sell(Order(till.drop.slug))
    claim = await till.stall.claims.find(copy.claim, "10.42.0.7")
    await till.stall.contacts.leave(claim, email, "en", has_consented=True)
    return copy.sale


async def test_over_the_network(tmp_path: Path) -> None:
    """One that is left late goes with the last entry again; one that is erased in time never goes."""
    async with (
        collecting(tmp_path / "collector", Organizer(tmp_path)) as desk,
        opened(tmp_path, size=20, settings=f'[sync]\nurl = "{desk.address}"\n') as till,
    ):
        till.organizer.add_trust(contact_key=KEY.public)
        await till.stall.papers.take_trust(till.organizer.trusts)
        line = Syncer(till.stall, Board(), till.folder / "box")
        await leave(till, "ana@example.org")
        await till.stall.contacts.erase(await leave(till, "bo@example.org"))
        for _ in range(3):
            await line.once()
        assert desk.ask(SEALED) == [(1,)]
        assert [data async for data in till.stall.outbox()] == []
        await leave(till, "cy@example.org")
        for _ in range(3):
            await line.once()
        assert desk.ask(SEALED) == [(2,)]
        opened_here = open_all(held_in(desk.database), KEY)
        assert [each.contact.email for each in opened_here.left] == ["ana@example.org", "cy@example.org"]
        places = [tmp_path / "collector", tmp_path / "box"]
        files = [file for place in places for file in place.rglob("*") if file.is_file()]
        assert [file for file in files if b"@example.org" in file.read_bytes()] == []
