"""A spare box adopts a mirror and goes on as the box that kept it."""

from __future__ import annotations

from pathlib import Path

from appliance.stall.contacts import Left
from provisioning.keys import new_contact_key
from tests import ledgers
from tests.mirror.spare import mirrored, sell, spare


async def test_goes_on(tmp_path: Path) -> None:
    """Every sale is there, its claim works, and the numbers that are left are the others."""
    async with mirrored(tmp_path) as box:
        sold = [await box.sell() for _ in range(3)]
        incarnation = box.till.stall.house.ledger.incarnation
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert stall.house.ledger.incarnation != incarnation
        for copy in sold:
            claim = await stall.claims.find(copy.claim, "10.42.0.9")
            assert (claim.sale, claim.number, claim.code) == (copy.sale, copy.number, copy.claim)
            assert (await stall.deliveries.file(claim, "01-pier.jpg")).segments
        numbers = {copy.number for copy in sold} | {(await sell(stall)).number for _ in range(3)}
        assert numbers == set(range(1, 7))
    first, second = ledgers.incarnations(tmp_path / "spare" / "ledger.db")
    restart = ledgers.log(tmp_path / "spare" / "ledger.db", second)[0]
    assert (first, restart.fields["reason"]) == (incarnation, "adopted")


async def test_addresses_stay_behind(tmp_path: Path) -> None:
    """A buyer's sealed address is not on the mirror, so erasing it reaches everywhere; another may be left."""
    async with mirrored(tmp_path) as box:
        stall, organizer = box.till.stall, box.till.organizer
        organizer.add_trust(contact_key=new_contact_key().public)
        await stall.papers.take_trust(organizer.trusts)
        await box.mirroring.copy_files()
        copy = await box.sell()
        claim = await stall.claims.find(copy.claim, "10.42.0.9")
        await stall.contacts.leave(claim, "ana@example.org", "en", has_consented=True)
        assert await stall.contacts.left(claim) is Left.THERE
        await box.sell()
    async with spare(box.stick, tmp_path / "spare") as stall:
        claim = await stall.claims.find(copy.claim, "10.42.0.9")
        assert await stall.contacts.left(claim) is Left.GONE
        await stall.contacts.leave(claim, "ana@example.org", "en", has_consented=True)
        assert await stall.contacts.left(claim) is Left.THERE
