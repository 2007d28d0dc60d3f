"""What travels with batches: each attachment once, never before its entry, and again until the collector has it."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PublicKey, SealedBox

from appliance.core import attachments, batch
from appliance.core.attachments import Attachment, Form
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.sale import Order
from appliance.stall.attachments import Load, laden, mark_sent
from appliance.stall.stall import Stall
from appliance.store import acknowledged
from provisioning.keys import new_contact_key
from tests.box import stall_with
from tests.depth import depth
from tests.organizer import Organizer, key
from tests.provisioning.ledgers import Ledger

BOX = key("box")
KEY = new_contact_key()
SEALED = SealedBox(PublicKey(b64decode(KEY.public))).encrypt(bytes(256))


def log_of(leaves: list[bytes]) -> batch.Log:
    return batch.Log(BOX.public.id, 5, Tree(map(leaf_hash, leaves)), BOX.sign, BOX.public.raw)


@settings(max_examples=depth(40, 1000))
@given(
    first=st.integers(0, 30),
    seqs=st.sets(st.integers(0, 35)),
    limit=st.sampled_from([batch.MAX_BATCH, 66_000, 67_500, 72_000]),
)
def test_each_once(first: int, seqs: set[int], limit: int) -> None:
    """All of a log's attachments go, once each, with or after their entry, in batches that verify."""
    ledger = Ledger(BOX)
    for number in range(1, 30):
        ledger.sell("00112233445566aa", number, None, "ab" * 32)
    load = [Attachment(seq, Form.SEALED, SEALED) for seq in sorted(seqs)]
    went: list[Attachment] = []
    found = list(laden(log_of(ledger.leaves), ledger.leaves, first, load, limit))
    for start, last, data in found:
        read = batch.read(data, BOX.public)
        assert (read.first, read.last) == (start, last)
        assert len(data) <= max(limit, 70_000)
        lines = [attachments.read(line) for line in read.attachments]
        assert all(each.seq <= last for each in lines)
        assert batch.attachment_lines(data) == (5, read.attachments)
        went += lines
    assert went == [each for each in load if each.seq < 30]
    covered = {seq for start, last, _ in found for seq in range(start, last + 1)}
    assert covered >= set(range(first, 30))


def test_no_room() -> None:
    """Where the limit leaves no room at all, each attachment still goes, one at a time."""
    ledger = Ledger(BOX)
    load = [Attachment(0, Form.SEALED, SEALED), Attachment(0, Form.TOKEN, b"token")]
    found = list(laden(log_of(ledger.leaves), ledger.leaves, 1, load, 1))
    assert sum(len(batch.read(data, BOX.public).attachments) for _, _, data in found) == 2


async def left(stall: Stall) -> str:
    """The reference of a sale with which an address was left."""
    (copy,) = await stall.seller.sell(Order("harbour-lights"))
    claim = await stall.claims.find(copy.claim, "10.42.0.7")
    await stall.contacts.leave(claim, "ana@example.org", "en", has_consented=True)
    return copy.sale


async def travelling(stall: Stall, load: Load) -> int:
    found = [data async for _, data in stall.batches(0, load)]
    return sum(len(batch.attachment_lines(data)[1]) for data in found)


async def test_until_it_is_acknowledged(tmp_path: Path) -> None:
    """Sent counts only as far as the collector's checkpoint covers the entry; then only an export takes it again."""
    organizer = Organizer(tmp_path / "organizer")
    organizer.add_trust(contact_key=KEY.public)
    async with stall_with(tmp_path / "box", organizer, organizer.drop(size=10).bundle(tmp_path / "organizer")) as stall:
        first, _ = await left(stall), await left(stall)
        ((_, data),) = [named async for named in stall.batches(0, Load.WAITING)]
        await mark_sent(stall.house, data)
        assert await travelling(stall, Load.WAITING) == 2
        ledger, sale = stall.house.ledger, int(first.partition(":")[2])
        await stall.house.record(lambda book: acknowledged.note(book.db, ledger.incarnation, sale + 2, "checkpoint"))
        await mark_sent(stall.house, data)
        assert await travelling(stall, Load.WAITING) == 1
        assert await travelling(stall, Load.ALL) == 2
        await stall.contacts.erase(first)
        assert await travelling(stall, Load.ALL) == 1
