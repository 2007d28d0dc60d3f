"""Refunds: once, at most what was paid, above the limit with the PIN; and where the number of a void goes."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.sale import Order
from appliance.errors import RequestError, SaleError
from tests.stall.test_release import Table
from tests.stall.till import Till, opened, reopened

PIN = '[refunds]\nlimit = 1000\npin = "2468"\n'


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path, settings=PIN) as made:
        yield made


async def refused(till: Till, sale: str, amount: int | None, pin: str | None = None, reason: str = "torn") -> str:
    with pytest.raises((SaleError, RequestError)) as refusal:
        await till.stall.undo.refund(sale, amount, reason, by=None, pin=pin)
    return refusal.value.code


async def sell(till: Till, price: str = "download") -> str:
    [sold] = await till.stall.seller.sell(Order(till.drop.slug, price))
    return sold.sale


async def test_all_and_once(till: Till) -> None:
    """Without an amount all that was paid; a second time it is refused; the number stays sold."""
    sale = await sell(till)
    assert await till.stall.undo.refund(sale, None, " torn ", by=2, pin=None) == 800
    [entry] = await till.log("refund")
    assert entry.fields == {"sale": sale, "amount": 800, "reason": "torn", "by": 2}
    for amount in (None, 1):
        assert await refused(till, sale, amount) == "already-refunded"
    assert (await till.states())["sold"] == 1


@pytest.mark.parametrize("amount", [0, -1, 801, 2**60])
async def test_amounts(till: Till, amount: int) -> None:
    """More than nothing, and at most what was paid."""
    assert await refused(till, await sell(till), amount) == "bad-request"
    assert await till.log("refund") == []


async def test_a_debt_of_nothing(tmp_path: Path) -> None:
    """A voucher that cost nothing and came too late is owed, and that ends with a refund of 0."""
    free = {"id": "gift", "title": "Gift", "amount": 0, "hand_over": None, "stock": 0}
    async with opened(tmp_path, prices=[free]) as till:
        assert await till.code(till.token(price="gift", amount=0)) == "owed"
        [debt] = await till.log("owed")
        assert await refused(till, debt.reference, 1) == "bad-request"
        assert await till.stall.undo.refund(debt.reference, None, "none left", by=None, pin=None) == 0
        assert await till.stall.stock.owed() == ()


@pytest.mark.parametrize("sale", ["1:1", "x", "", "1:2:3", "99999999999:1", "0:0"])
async def test_unknown_sales(till: Till, sale: str) -> None:
    """A reference of nothing, of another kind of entry, or no reference at all."""
    assert await refused(till, sale, None) == "unknown-sale"
    with pytest.raises(SaleError) as refusal:
        await till.stall.undo.void(sale, "a mistake", by=None)
    assert refusal.value.code == "unknown-sale"


async def test_the_pin(till: Till) -> None:
    """Above the limit the PIN is asked for: at the limit not, wrong ones are refused, the right one is taken."""
    small, large = await sell(till), await sell(till, "print")
    assert await till.stall.undo.refund(small, None, "torn", by=None, pin=None) == 800
    assert await refused(till, large, None) == "pin-wrong"
    assert await refused(till, large, None, "2469") == "pin-wrong"
    assert await refused(till, large, 1001, "") == "pin-wrong"
    assert await till.stall.undo.refund(large, None, "torn", by=None, pin="2468") == 2500


async def test_the_pin_is_not_found_by_trying(till: Till) -> None:
    """After five wrong PINs even the right one must wait."""
    large = await sell(till, "print")
    codes = [await refused(till, large, None, f"{n:04}") for n in range(6)]
    assert codes == ["pin-wrong"] * 5 + ["too-many"]
    assert await refused(till, large, None, "2468") == "too-many"


async def test_a_reason_is_needed(till: Till) -> None:
    """Neither void nor refund without a reason, nor with one of a page."""
    sale = await sell(till)
    for reason in ("", "  ", "x" * 201):
        assert await refused(till, sale, None, reason=reason) == "bad-request"
        with pytest.raises(RequestError):
            await till.stall.undo.void(sale, reason, by=None)


async def test_a_void_sale_is_not_paid_back(till: Till) -> None:
    """A void sale counts for nothing, so a refund would count its money twice; one that was paid back can be voided."""
    sale, other = await sell(till), await sell(till)
    await till.stall.undo.void(sale, "a mistake", by=None)
    assert await refused(till, sale, None) == "already-void"
    assert await till.log("refund") == []
    assert await till.stall.undo.refund(other, None, "torn", by=None, pin=None) == 800
    assert await till.stall.undo.void(other, "torn", by=None)


async def test_a_voided_token_stays_spent(till: Till) -> None:
    """The number comes back, the token does not."""
    text = till.token()
    sold = (await till.redeem(text)).sold
    assert await till.stall.undo.void(sold.sale, "a mistake", by=None)
    assert await till.code(text) == "spent"
    assert (await till.redeem(till.token())).sold.number == sold.number


async def test_a_number_that_moved_away_does_not_come_back(till: Till) -> None:
    """An epoch states a number as released while it is sold here: voided, it goes to nobody from this box."""
    table = Table(till)
    sale = await sell(till)
    await table.next(till, [2, 3, 4], released=[1])
    assert await till.stall.undo.void(sale, "a mistake", by=None)
    assert await till.states() == {"away": 1, "free": 3}
    assert (await till.redeem(till.token())).sold.number == 2


async def test_a_number_in_doubt_does_not_come_back(tmp_path: Path) -> None:
    """After a restore the void of an old sale blocks its number: in the lost history it may have been opened."""
    async with opened(tmp_path) as till:
        [sold] = await till.stall.seller.sell(Order(till.drop.slug))
    sale, box = sold.sale, tmp_path / "box"
    shutil.copy(box / "ledger.db", tmp_path / "yesterday.db")
    async with reopened(till) as today:
        await today.stall.claims.open(await today.stall.claims.find(sold.claim, "phone"))
        await sell(today)
    for path in box.glob("ledger.db*"):
        path.unlink()
    shutil.copy(tmp_path / "yesterday.db", box / "ledger.db")
    async with reopened(till) as restored:
        assert await restored.stall.undo.void(sale, "a mistake", by=None)
        assert await restored.states() == {"blocked": 2, "free": 2}
        assert await restored.stall.questions.discard_blocked(by=None) == 2
        assert (await restored.states())["free"] == 4
