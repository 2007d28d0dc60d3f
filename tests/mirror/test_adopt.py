"""A spare box adopts a mirror and goes on as the box that kept it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.core import certificate
from appliance.core.documents import write_json
from appliance.core.sale import Order
from appliance.errors import PaperError, SettingsError, StallboxError
from appliance.premises import open_stall_in
from appliance.stall.contacts import Left
from appliance.stall.delivery import CERTIFICATE
from appliance.weblib.idempotency import Key
from provisioning.keys import new_contact_key
from tests import ledgers
from tests.mirror.spare import adopted, mirrored, mirroring_of, sell, spare
from tests.stall.hardware import Hardware

PHONE = "10.42.0.9"


async def test_goes_on(tmp_path: Path) -> None:
    """Every sale is there, its claim works, and the numbers that are left are the others."""
    async with mirrored(tmp_path) as box:
        sold = [await box.sell() for _ in range(3)]
        incarnation = box.till.stall.house.ledger.incarnation
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert stall.house.ledger.incarnation != incarnation
        for copy in sold:
            claim = await stall.claims.find(copy.claim, PHONE)
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


async def test_papers_of_a_claim(tmp_path: Path) -> None:
    """Certificate, picture, receipt and archive of an opened claim are the same bytes on the spare box."""
    async with mirrored(tmp_path) as box:
        claim = await box.till.stall.claims.find((await box.sell()).claim, PHONE)
        before = (await box.till.stall.deliveries.archive(claim)).etag
        papers = await box.till.stall.deliveries.papers(claim)
        await box.mirroring.look_after(())
    async with spare(box.stick, tmp_path / "spare") as stall:
        again = await stall.claims.find(claim.code, PHONE)
        assert await stall.house.reader.frozen(claim.row.key) == papers
        assert (await stall.deliveries.archive(again)).etag == before


async def test_open_edition(tmp_path: Path) -> None:
    """The certificate of an open edition, which the box signs, is the very one that the sale's entry names."""
    async with mirrored(tmp_path, size=None) as box:
        sold = await box.sell()
    async with spare(box.stick, tmp_path / "spare") as stall:
        claim = await stall.claims.find(sold.claim, PHONE)
        line = (await stall.deliveries.papers(claim))[CERTIFICATE]
        assert certificate.read(line).copy.number is None


async def test_tokens(tmp_path: Path) -> None:
    """A token gives the claim that it gave before; one that was signed before the adoption is accepted and marked."""
    async with mirrored(tmp_path) as box:
        machine, used, unused = box.till.hardware, box.till.token(), box.till.token()
        before = (await box.till.redeem(used)).sold
    machine.pass_time(60)
    async with spare(box.stick, tmp_path / "spare", hardware=machine) as stall:
        again = await stall.redeemer.redeem(used)
        assert (again.again, again.sold.claim) == (True, before.claim)
        assert (await stall.redeemer.redeem(unused)).marked


@pytest.mark.parametrize(("is_sync", "went_on"), [(False, False), (True, True)])
async def test_numbers_in_doubt(tmp_path: Path, is_sync: bool, went_on: bool) -> None:
    """Where the old box may have sold more than the mirror knows, nothing is sold before the stall owner decides."""
    async with mirrored(tmp_path, is_sync=is_sync) as box:
        await box.sell()
        await box.mirroring.look_after(())
    async with spare(box.stick, tmp_path / "spare", went_on=went_on) as stall:
        with pytest.raises(StallboxError, match="blocked"):
            await sell(stall)
        await stall.questions.discard_blocked(by=None)
        assert (await sell(stall)).number == 2


async def test_nothing_in_doubt(tmp_path: Path) -> None:
    """A mirror in `sync` mode knows every sale: numbers that were given up, or came back by a void, block none."""
    async with mirrored(tmp_path) as box:
        first = await box.sell()
        await box.sell()
        await box.till.stall.undo.void(first.sale, "a mistake", by=None)
        await box.till.stall.release.release("harbour-lights", [[6, 6]])
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert [(await sell(stall)).number for _ in range(4)] == [1, 3, 4, 5]


async def test_unproved_sale_is_in_doubt(tmp_path: Path) -> None:
    """Where the slots know a sale that no checkpoint on the stick covers, numbers up to it are blocked."""
    async with mirrored(tmp_path) as box:
        await box.sell()
        number = box.till.stall.house.ledger.incarnation
        places = box.stick / "STALLBOX" / "MIRROR"
        before = {path: path.read_bytes() for path in places.glob(f"{number}.*")}
        await box.sell()
        await box.sell()
    for path, data in before.items():
        path.write_bytes(data)
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert (await sell(stall)).number == 4
        [drop] = (await stall.stock.status()).drops
        assert drop.blocked == 2


async def test_just_begun(tmp_path: Path) -> None:
    """A log that was cut before its first checkpoint keeps nobody from what is proved; a number in it is in doubt."""
    async with mirrored(tmp_path) as box:
        sold = await box.sell()
        places = box.stick / "STALLBOX" / "MIRROR"
        before = {path: path.read_bytes() for path in places.iterdir() if path.is_file()}
        await box.sell()
        (log,) = places.glob("*.ndjson")
        restart, *_, sale = (json.loads(line) for line in log.read_bytes().splitlines())
    for path, data in before.items():
        path.write_bytes(data)
    begun = [{**entry, "incarnation": 1, "seq": seq} for seq, entry in enumerate((restart, sale))]
    (places / "1.ndjson").write_bytes(b"".join(write_json(entry) + b"\n" for entry in begun))
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert (await stall.claims.find(sold.claim, PHONE)).number == 1
        assert (await sell(stall)).number == 3


async def test_checkpoint_lost(tmp_path: Path) -> None:
    """A log without the checkpoint that the slots tell of is not passed over: sales in it were told."""
    async with mirrored(tmp_path) as box:
        await box.sell()
    (checkpoint,) = (box.stick / "STALLBOX" / "MIRROR").glob("*.checkpoint")
    checkpoint.unlink()
    with pytest.raises(PaperError, match="checkpoint"):
        await adopted(box.stick, tmp_path / "spare")


@pytest.mark.parametrize("rest", [bytes(70_000), b"x" * 2_000_000, b"\xff\n" * 9])
async def test_rest_of_a_cut(tmp_path: Path, rest: bytes) -> None:
    """Whatever bytes a cut left behind what was synced, all that was told is adopted."""
    async with mirrored(tmp_path) as box:
        sold = await box.sell()
    places = box.stick / "STALLBOX" / "MIRROR"
    for path in (*places.glob("*.ndjson"), places / "claims" / "unsaid.sealed"):
        path.write_bytes(path.read_bytes() + rest)
    async with spare(box.stick, tmp_path / "spare") as stall:
        assert (await stall.claims.find(sold.claim, PHONE)).number == sold.number


async def test_cut_short(tmp_path: Path) -> None:
    """Adopting that was cut short is simply done again; the box is none before the stick is marked."""
    spare_box = tmp_path / "spare"
    async with mirrored(tmp_path) as box:
        sold = await box.sell()
    mark = box.stick / "STALLBOX" / "MIRROR" / "ADOPTED"
    (mark / "in the way").mkdir(parents=True)
    with pytest.raises(StallboxError, match="marked"):
        await adopted(box.stick, spare_box)
    with pytest.raises(SettingsError):
        async with open_stall_in(spare_box):
            pass
    (mark / "in the way").rmdir()
    mark.rmdir()
    await adopted(box.stick, spare_box)
    proof = mark.read_bytes()
    (spare_box / "stallbox.toml").unlink()  # as if it had been cut short at the very end
    async with spare(box.stick, spare_box, hardware=Hardware()) as stall:
        assert mark.read_bytes() == proof
        assert (await stall.claims.find(sold.claim, PHONE)).number == sold.number


async def test_not_over_a_box(tmp_path: Path) -> None:
    """A folder that is a box, or holds the data of one, is left as it is."""
    async with mirrored(tmp_path) as box:
        pass
    with pytest.raises(StallboxError, match="a box already"):
        await adopted(box.stick, tmp_path / "box")
    (tmp_path / "box" / "stallbox.toml").unlink()
    before = (tmp_path / "box" / "ledger.db").read_bytes()
    with pytest.raises(StallboxError, match="something else"):
        await adopted(box.stick, tmp_path / "box")
    assert (tmp_path / "box" / "ledger.db").read_bytes() == before


async def test_new_drop_while_mirrored(tmp_path: Path) -> None:
    """What came in after the stick was prepared is on it before its first sale is told."""
    async with mirrored(tmp_path) as box:
        zine = box.till.organizer.drop("zine", 5, {"zine.pdf": b"%PDF"}, title="Zine")
        await box.till.stall.papers.ingest(zine.bundle(tmp_path / "another"))
        (sold,) = await box.till.stall.seller.sell(Order("zine"))
        await mirroring_of(box.till.stall).copy_files()
    async with spare(box.stick, tmp_path / "spare") as stall:
        claim = await stall.claims.find(sold.claim, PHONE)
        assert (await stall.deliveries.file(claim, "zine.pdf")).segments


async def test_answer_without_entry(tmp_path: Path) -> None:
    """A request whose answer had reached the stick, and whose sale had not, is no sale: it is sold when it is asked
    again, and not told of one that is nowhere."""
    order, key = Order("harbour-lights"), Key("order-1", bytes(32))
    async with mirrored(tmp_path) as box:
        await box.sell()
        number = box.till.stall.house.ledger.incarnation
        places = box.stick / "STALLBOX" / "MIRROR"
        before = {path: path.read_bytes() for path in places.glob(f"{number}.*")}
        (lost,) = await box.till.stall.seller.sell(order, key=key)
    for path, data in before.items():
        path.write_bytes(data)  # the stick was pulled out between its two syncs
    async with spare(box.stick, tmp_path / "spare") as stall:
        (again,) = await stall.seller.sell(order, key=key)
        assert again.sale != lost.sale
        assert (await stall.claims.find(again.claim, PHONE)).sale == again.sale
