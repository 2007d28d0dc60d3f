"""Numbers that are given up: gone at once, back only by a later epoch, and not forgotten with a lost ledger."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.allotment import ranges_of
from appliance.core.documents import digest
from appliance.core.envelope import Kind, read
from appliance.core.sale import Order
from appliance.errors import RequestError, SaleError
from tests.stall.till import Till, opened, reopened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


class Table:
    """The drop's allotments, one epoch after the other; box and reserve share the four numbers."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.envelopes = [till.drop.allotment()]

    async def next(self, till: Till, mine: list[int], *, released: list[int] | None = None) -> None:
        """Brings an epoch that gives `mine` to the box and says that it has released `released`."""
        box = self.till.organizer.box.public.id
        previous = digest(read(self.envelopes[-1], Kind.ALLOTMENT).payload)
        table = {
            "epoch": len(self.envelopes) + 1,
            "previous": previous,
            "boxes": [{"box": box, "ranges": ranges_of(mine)}],
            "reserve": ranges_of(set(range(1, 5)) - set(mine)),
            "released": [{"box": box, "ranges": ranges_of(released), "entry": "1:1"}] if released else [],
        }
        self.envelopes.append(self.till.drop.allotment(**table))
        await till.bring(f"epoch {len(self.envelopes)}", allotments=self.envelopes)


async def sell(till: Till) -> int | None:
    [sold] = await till.stall.seller.sell(Order(till.drop.slug))
    return sold.number


async def test_released(till: Till) -> None:
    """The entry names drop and ranges; the numbers are sold no more, and the stock says so."""
    reference = await till.stall.release.release(till.drop.slug, [[1, 2], [4, 4]])
    [entry] = await till.log("release")
    assert entry.reference == reference
    assert entry.fields == {"drop": till.drop.id, "ranges": [[1, 2], [4, 4]]}
    assert await till.states() == {"free": 1, "away": 3}
    assert await sell(till) == 3
    with pytest.raises(SaleError) as refusal:
        await sell(till)
    assert refusal.value.code == "sold-out"


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([], "bad-request"),
        ([[0, 1]], "bad-request"),
        ([[2, 1]], "bad-request"),
        ([[1, 5]], "bad-request"),
        ([["1", "2"]], "bad-request"),
        ([[1]], "bad-request"),
        ([[1, 2]], "not-allotted"),
    ],
)
async def test_all_or_none(till: Till, spans: list[list[int]], code: str) -> None:
    """Ranges that are none, and ranges of which one number is sold: nothing is released."""
    assert await sell(till) == 1
    with pytest.raises((RequestError, SaleError)) as refusal:
        await till.stall.release.release(till.drop.slug, spans)
    assert refusal.value.code == code
    assert await till.log("release") == []
    assert (await till.states())["free"] == 3


async def test_every_second_number_of_a_large_edition(tmp_path: Path) -> None:
    """What does not fit into one entry is refused in words."""
    async with opened(tmp_path, size=2400) as till:
        with pytest.raises(RequestError, match="separate ranges"):
            await till.stall.release.release(till.drop.slug, [[n, n] for n in range(1, 2400, 2)])
        await till.stall.release.release(till.drop.slug, [[n, n] for n in range(1, 2001, 2)])
        assert (await till.states())["away"] == 1000


async def test_an_open_edition(tmp_path: Path) -> None:
    """There is nothing to give up."""
    async with opened(tmp_path, size=None) as till:
        with pytest.raises(SaleError) as refusal:
            await till.stall.release.release(till.drop.slug, [[1, 1]])
    assert refusal.value.code == "not-allotted"


async def test_back_by_a_later_epoch(till: Till) -> None:
    """The allotment that was held, brought again, gives nothing back; nor does the epoch that states the release."""
    table = Table(till)
    await till.stall.release.release(till.drop.slug, [[1, 1]])
    await till.bring("again", allotments=table.envelopes)
    assert (await till.states())["free"] == 3
    await table.next(till, [2, 3, 4], released=[1])
    assert (await till.states())["free"] == 3
    await table.next(till, [1, 2, 3, 4])
    assert await sell(till) == 1


async def test_a_release_that_the_ledger_forgot_gives_none_back(tmp_path: Path) -> None:
    """An epoch stated a release of which the restored ledger knows nothing; the next release needs its own."""
    async with opened(tmp_path) as till:
        table = Table(till)
        await table.next(till, [2, 3, 4], released=[1])
        await table.next(till, [1, 2, 3, 4])
        await till.stall.release.release(till.drop.slug, [[1, 1]])
        await till.bring("again", allotments=table.envelopes)
        assert (await till.states())["away"] == 1
    async with reopened(till) as again:
        assert await sell(again) == 2
        await table.next(again, [2, 3, 4], released=[1])
        await table.next(again, [1, 2, 3, 4])
        assert await sell(again) == 1


async def test_a_release_that_is_not_in_the_ledger_is_said(till: Till) -> None:
    """An epoch that states a release without an entry here is reported by its numbers; one with its entry is not."""
    table = Table(till)
    await till.stall.release.release(till.drop.slug, [[1, 1]])
    await table.next(till, [2, 3, 4], released=[1])
    assert (await till.stall.stock.status()).faults == ()
    await table.next(till, [4], released=[2, 3])
    [fault] = (await till.stall.stock.status()).faults
    assert fault.code == "release-missing"
    assert "#2 to #3" in fault.text
    assert await sell(till) == 4


async def test_a_lost_release_is_blocked(tmp_path: Path) -> None:
    """The ledger goes back to before a release: the number is blocked as if it had been sold, not sold again."""
    async with opened(tmp_path) as till:
        pass
    box = tmp_path / "box"
    shutil.copy(box / "ledger.db", tmp_path / "yesterday.db")
    async with reopened(till) as today:
        await today.stall.release.release(till.drop.slug, [[3, 3]])
    for path in box.glob("ledger.db*"):
        path.unlink()
    shutil.copy(tmp_path / "yesterday.db", box / "ledger.db")
    async with reopened(till) as restored:
        assert await restored.states() == {"blocked": 3, "free": 1}
        assert await sell(restored) == 4
