"""Acknowledgements: a cosigned checkpoint of this ledger takes entries out of the outbox, and nothing else does."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from appliance.core.batch import read
from appliance.core.clock import Quality
from appliance.core.documents import format_time, write_json
from appliance.core.envelope import Kind, sign
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.sale import Order
from appliance.core.tlog import Checkpoint, origin, sign_checkpoint
from appliance.errors import PaperError
from tests.answering import NOTE, answer, cosigned, signed
from tests.organizer import NOW, key
from tests.stall.till import Till, opened, reopened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, size=20) as made:
        await made.stall.seller.sell(Order(made.drop.slug, quantity=3))
        yield made


async def unsynced(till: Till) -> int:
    return (await till.stall.stock.status()).unsynced.count


async def waiting(till: Till) -> list[tuple[int, int]]:
    """First and last entry of each batch that would be sent, each batch verified alone."""
    batches = [read(data, till.organizer.box.public) async for _, data in till.stall.outbox()]
    return [(batch.first, batch.last) for batch in batches]


def size(till: Till) -> int:
    return till.stall.house.ledger.head.size


async def refusal(till: Till, data: bytes) -> str:
    """The code with which an answer is refused; it has changed nothing."""
    before = await unsynced(till)
    with pytest.raises(PaperError) as refused:
        await till.stall.acknowledgements.hear(data)
    assert await unsynced(till) == before
    return refused.value.code


async def test_acknowledged(till: Till) -> None:
    """Entries below the cosigned size leave the outbox, and the log stays whole; what is written later waits."""
    before = size(till)
    heard = await till.stall.acknowledgements.hear(answer(till.stall, cosigned(till.stall, till.organizer)))
    assert heard.acknowledged == before
    assert await unsynced(till) == size(till) - before  # the clock has heard the cosignature, which is an entry
    await till.stall.seller.sell(Order(till.drop.slug))
    assert await waiting(till) == [(before, size(till) - 1)]
    assert [read(data, till.organizer.box.public).first async for _, data in till.stall.batches()] == [0]
    totals = (await till.stall.close.look()).totals
    assert totals["unsynced"] == size(till) - before


async def test_again(till: Till) -> None:
    """The same answer again, or an older one, changes nothing: an acknowledgement never goes back."""
    half, whole = (answer(till.stall, cosigned(till.stall, till.organizer, n)) for n in (2, size(till)))
    hear = till.stall.acknowledgements.hear
    assert (await hear(half)).acknowledged == 2
    assert (await hear(whole)).acknowledged > 0
    left = await unsynced(till)
    assert [(await hear(data)).acknowledged for data in (whole, half, whole)] == [0, 0, 0]
    assert await unsynced(till) == left


async def test_kept(till: Till) -> None:
    """What was acknowledged stays so over a restart."""
    await till.stall.acknowledgements.hear(answer(till.stall, cosigned(till.stall, till.organizer)))
    ledger = till.stall.house.ledger
    log, left = ledger.incarnation, await unsynced(till)
    await till.stall.house.ledger.prove(till.stall.house.now())
    with contextlib.closing(sqlite3.connect(till.folder / "box" / "ledger.db")) as db:
        assert db.execute("select incarnation, size from acknowledged").fetchone() == (log, size(till) - left)


async def test_time(till: Till) -> None:
    """A cosignature is a lower bound of time; from a stick it says nothing of the other end."""
    when = till.hardware.truth + 30 * 24 * 3600
    await till.stall.acknowledgements.hear(answer(till.stall, cosigned(till.stall, till.organizer, at=when)))
    now = till.stall.house.now()
    assert now.lo >= when
    assert now.hi is None
    assert now.quality is Quality.COSIGNED


async def test_nothing_yet(till: Till) -> None:
    """An answer without a checkpoint acknowledges nothing, however well the entries were received."""
    verdicts = [{"seq": 0, "verdict": "accepted", "reason": None, "case": None}]
    heard = await till.stall.acknowledgements.hear(answer(till.stall, None, verdicts=verdicts, missing=[[1, 2]]))
    assert (heard.acknowledged, await unsynced(till)) == (0, size(till))


async def test_conflicts(till: Till) -> None:
    """Entries that the collector holds against others are counted."""
    verdicts = [{"seq": 2, "verdict": "conflict", "reason": "spent", "case": "17"}]
    heard = await till.stall.acknowledgements.hear(answer(till.stall, None, verdicts=verdicts))
    assert heard.conflicts == 1


async def test_nobody_knows_the_cosigner(till: Till) -> None:
    """Without a cosigner of the trust document, with his line under another name or over other bytes: refused."""
    ledger = till.stall.house.ledger
    plain = ledger.log(ledger.incarnation).checkpoint(size(till))
    other = ledger.log(ledger.incarnation).checkpoint(2)
    line = signed(other, till.organizer.cosigner).splitlines(keepends=True)[-1]
    for text in (
        plain,
        signed(plain, key("a stranger")),
        signed(plain, till.organizer.cosigner, name="collector.elsewhere"),
        plain + line,
    ):
        assert await refusal(till, answer(till.stall, text)) == "doc-role"


async def test_revoked_cosigner(till: Till) -> None:
    """A cosigner whose key was withdrawn acknowledges nothing any more."""
    text = cosigned(till.stall, till.organizer)
    revoked = {"keys": [till.organizer.cosigner.public.did], "tokens": []}
    till.organizer.add_trust(revoked=revoked)
    await till.bring("newer")
    assert await refusal(till, answer(till.stall, text)) == "doc-role"


async def test_papers_come_first(till: Till) -> None:
    """The trust document that an answer brings counts for its own cosigner; a paper that is refused stops nothing."""
    cosigner = key("a new collector")
    listed = [{"key": cosigner.public.did, "name": "Collector", "note": NOTE}]
    paper = json.loads(till.organizer.add_trust(cosigners=listed))
    stranger = json.loads(till.organizer.trust(key("a stranger"), version=9))
    ledger = till.stall.house.ledger
    text = signed(ledger.log(ledger.incarnation).checkpoint(2), cosigner)
    heard = await till.stall.acknowledgements.hear(answer(till.stall, text, papers=[paper, stranger, {"x": 1}]))
    assert heard.acknowledged == 2
    assert [taken.version for taken in heard.papers.taken] == []  # one of the two does not hold, and it is said
    assert till.stall.catalogue.chain is not None
    assert till.stall.catalogue.chain.current.version == 2
    assert {refused.code for refused in heard.papers.refused} == {"doc-threshold", "doc-malformed"}


async def test_clock_reset(till: Till) -> None:
    """A clock-reset in an answer is heard as if it had come by itself."""
    fields = {"spec": 1, "box": till.stall.house.box_id, "n": 1, "issued": format_time(NOW)}
    paper = json.loads(sign(Kind.CLOCK_RESET, write_json(fields), [till.organizer.root]))
    heard = await till.stall.acknowledgements.hear(answer(till.stall, None, papers=[paper]))
    assert [(taken.kind, taken.version) for taken in heard.papers.taken] == [("clock-reset", 1)]
    assert await till.log("clock", "papers")


@pytest.mark.parametrize(
    "fields",
    [{"box": "0123456789abcdef"}, {"incarnation": 5}],
    ids=["another box", "another incarnation than its checkpoint"],
)
async def test_not_for_us(till: Till, fields: Mapping[str, object]) -> None:
    """An answer for another box, or whose checkpoint is of another log than it says, is refused."""
    assert await refusal(till, answer(till.stall, cosigned(till.stall, till.organizer), **fields)) == "doc-role"


@pytest.mark.parametrize(
    "fields",
    [
        {"spec": 2},
        {"more": 1},
        {"missing": [[2, 1]]},
        {"missing": [[True, 2]]},
        {"missing": [1]},
        {"verdicts": [{"seq": 0, "verdict": "fine", "reason": None, "case": None}]},
        {"papers": ["x"]},
        {"incarnation": 1 << 32},
    ],
)
async def test_form(till: Till, fields: Mapping[str, object]) -> None:
    """An answer is read as strictly as a paper."""
    assert await refusal(till, answer(till.stall, None, **fields)) == "doc-malformed"


async def test_no_note(till: Till) -> None:
    """A checkpoint that is no signed note is refused, as is a file that is no answer at all."""
    for data in (answer(till.stall, "no note"), b"\0", b"[]", b'{"spec":1}'):
        assert await refusal(till, data) == "doc-malformed"


async def test_not_signed_by_this_box(till: Till) -> None:
    """A checkpoint that the box itself never signed acknowledges nothing, whoever cosigned it."""
    stranger, log = key("a stranger"), till.stall.house.ledger.log(till.stall.house.ledger.incarnation)
    note = Checkpoint(origin(log.box, log.incarnation), 2, log.tree.root(2))
    text = sign_checkpoint(note, stranger.sign, stranger.public.raw)
    assert await refusal(till, answer(till.stall, signed(text, till.organizer.cosigner))) == "doc-signature"


async def test_an_earlier_incarnation(tmp_path: Path) -> None:
    """The end of an incarnation that was left is acknowledged like the one that is written; of a lost one, nothing."""
    async with opened(tmp_path, size=20) as till:
        before, leaves = till.stall.house.ledger.incarnation, size(till)
        text = cosigned(till.stall, till.organizer)
    (tmp_path / "box" / "keys" / "second-place").unlink()
    async with reopened(till) as again:
        acknowledgements = again.stall.acknowledgements
        data = answer(again.stall, text, incarnation=before)
        assert [(await acknowledgements.hear(data)).acknowledged for _ in range(2)] == [leaves, 0]
        assert {read(data, till.organizer.box.public).incarnation async for _, data in again.stall.outbox()} == {
            again.stall.house.ledger.incarnation
        }
        note = Checkpoint(origin(again.stall.house.box_id, 5), 2, bytes(32))
        lost = sign_checkpoint(note, till.organizer.box.sign, till.organizer.box.public.raw)
        heard = await acknowledgements.hear(answer(again.stall, signed(lost, till.organizer.cosigner), incarnation=5))
        assert heard.acknowledged == 0


async def test_what_a_lost_part_hides(tmp_path: Path) -> None:
    """Where the end of an earlier incarnation was lost here, verdicts say what the collector has; nobody signs those,
    so on a stick they clear nothing."""
    async with opened(tmp_path, size=20) as till:
        before, leaves = till.stall.house.ledger.incarnation, size(till)
    (tmp_path / "box" / "keys" / "second-place").unlink()
    async with reopened(till) as again:
        longer = Checkpoint(origin(again.stall.house.box_id, before), leaves + 5, bytes(32))
        note = sign_checkpoint(longer, till.organizer.box.sign, till.organizer.box.public.raw)
        verdicts = [{"seq": seq, "verdict": "accepted", "reason": None, "case": None} for seq in range(leaves)]
        data = answer(again.stall, signed(note, till.organizer.cosigner), incarnation=before, verdicts=verdicts)
        acknowledgements = again.stall.acknowledgements
        assert (await acknowledgements.hear(data)).acknowledged == 0
        sent, *_ = [batch async for _, batch in again.stall.outbox()]
        assert (await acknowledgements.hear(data, sent=sent)).acknowledged == leaves


def another_history(till: Till, length: int) -> str:
    """A cosigned checkpoint that the box has signed when its ledger was another."""
    log, box = till.stall.house.ledger.incarnation, till.organizer.box
    tree = Tree(leaf_hash(b"other %d" % n) for n in range(length))
    note = Checkpoint(origin(box.public.id, log), length, tree.root())
    return signed(sign_checkpoint(note, box.sign, box.public.raw), till.organizer.cosigner)


@pytest.mark.parametrize(("length", "reason"), [(2, "forked"), (500, "restored")])
async def test_contradiction(tmp_path: Path, length: int, reason: str) -> None:
    """What the collector has cosigned and this ledger does not hold ends the incarnation: the next start begins anew.

    All free numbers are blocked then, since any of them may have been sold.
    """
    async with opened(tmp_path, size=20) as till:
        await till.stall.seller.sell(Order(till.drop.slug, quantity=3))
        before = till.stall.house.ledger.incarnation
        heard = await till.stall.acknowledgements.hear(answer(till.stall, another_history(till, length)))
        assert heard.acknowledged == 0
        assert till.stall.acknowledgements.contradicted.is_set()
        assert "forked" in [fault.code for fault in (await till.stall.stock.status()).faults]
    async with reopened(till) as again:
        assert again.stall.house.ledger.incarnation != before
        [restart] = await again.log("restart")
        assert restart.fields["reason"] == reason
        assert await again.states() == {"sold": 3, "blocked": 17}
    async with reopened(till) as third:
        assert third.stall.house.ledger.incarnation == again.stall.house.ledger.incarnation
