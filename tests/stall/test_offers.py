"""Offers at the stall: what may be asked for, when, and what is remembered of it (only why it was cheaper)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.documents import format_time, write_json
from appliance.errors import RequestError, SaleError
from tests.organizer import DAY, NOW
from tests.stall.till import FILES, Till, opened, reopened

CHECKOUT = 'checkout = "pay.example.org"\n'


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def refused(till: Till, *asked: object) -> str:
    with pytest.raises((SaleError, RequestError)) as refusal:
        await till.stall.offers.offer(till.drop.slug, *asked)  # type: ignore[arg-type]
    return refusal.value.code


async def test_the_answer(till: Till) -> None:
    """FORMATS §3, *Offer*: exactly these fields."""
    offered = await till.stall.offers.offer(till.drop.slug)
    assert offered.answer() == {
        "box": till.organizer.box.public.id,
        "drop": till.drop.id,
        "slug": "harbour-lights",
        "price": "download",
        "amount": 800,
        "currency": "EUR",
        "nonce": offered.nonce.hex(),
        "valid_for": 1200,
    }


async def test_nothing_is_remembered(till: Till) -> None:
    """Any number may be asked for: no entry, and the same offer in the same ten seconds is the same nonce."""
    size = till.stall.house.ledger.head.size
    nonces = {(await till.stall.offers.offer(till.drop.slug)).nonce for _ in range(20)}
    assert len(nonces) == 1
    till.hardware.pass_time(10)
    assert (await till.stall.offers.offer(till.drop.slug)).nonce not in nonces
    assert till.stall.house.ledger.head.size == size


async def test_more_is_a_tip(till: Till) -> None:
    """Anybody may ask for more than the list price."""
    assert (await till.redeem(await till.fresh(amount=1000))).sold.paid == 1000
    [sale] = await till.log("sale")
    assert (sale.fields["amount"], sale.fields["tip"], sale.fields["discount"]) == (800, 200, 0)


async def test_less_needs_a_reason(till: Till) -> None:
    """Less than the list price only with a reason, which the sale repeats; blanks are none."""
    for reason in (None, "", "  "):
        assert await refused(till, "download", 799, reason) == "bad-request"
    await till.redeem(await till.fresh(amount=500, reason=" a friend "))
    [sale] = await till.log("sale")
    assert (sale.fields["discount"], sale.fields["discount_reason"]) == (300, "a friend")


async def test_a_reason_outlives_the_daemon(tmp_path: Path) -> None:
    """A discount that was offered before a restart is honoured after it, with its reason."""
    async with opened(tmp_path) as before:
        text = await before.fresh(amount=0, reason="a present")
    async with reopened(before) as till:
        await till.redeem(text)
        [sale] = await till.log("sale")
    assert (sale.fields["discount"], sale.fields["discount_reason"], sale.fields["method"]) == (
        800,
        "a present",
        "token",
    )


@pytest.mark.parametrize("amount", [-1, -800, 2**53, 2**64])
async def test_amounts_that_are_none(till: Till, amount: int) -> None:
    """Below zero and beyond 2^53−1 there is nothing to sign, with a reason or without."""
    assert await refused(till, "download", amount, "a reason") == "bad-request"


async def test_what_cannot_be_sold_is_not_offered(till: Till) -> None:
    """Nobody is asked to pay for an option that is gone, for a drop that is sold out, unknown or not open."""
    assert await refused(till, "gold") == "unknown-price"
    await till.redeem(till.token(price="print", amount=2500))
    assert await refused(till, "print") == "sold-out"
    await till.stall.offers.offer(till.drop.slug)
    for _ in range(3):
        await till.redeem(till.token())
    assert await refused(till) == "sold-out"
    with pytest.raises(SaleError) as refusal:
        await till.stall.offers.offer("nothing")
    assert refusal.value.code == "unknown-drop"


async def test_numbers_that_were_never_given(tmp_path: Path) -> None:
    """A numbered drop without numbers for this box is not offered, and the sentence says whom to ask."""
    async with opened(tmp_path) as till:
        other = till.organizer.drop("second-drop", 5, FILES)
        table = {"boxes": [], "reserve": [[1, 5]]}
        await till.stall.papers.ingest(
            other.bundle(tmp_path / "none", allotments=[other.allotment(**table)], certificates=b"")
        )
        with pytest.raises(SaleError) as refusal:
            await till.stall.offers.offer("second-drop")
    assert refusal.value.code == "not-allotted"
    assert "Ask the organizer" in refusal.value.detail


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sale": {"from": format_time(NOW + 2 * DAY), "until": None}}, "window-not-open"),
        ({"sale": {"from": None, "until": format_time(NOW + 60)}}, "window-closed"),
    ],
)
async def test_outside_the_window(tmp_path: Path, fields: dict[str, object], code: str) -> None:
    """Before and after the sale nothing is offered."""
    async with opened(tmp_path, **fields) as till:
        assert await refused(till) == code


async def test_expired_papers(till: Till) -> None:
    """With an expired manifest nobody is asked to pay."""
    till.hardware.pass_time(400 * DAY)
    assert await refused(till) == "papers-expired"


async def test_a_panel_only_at_list_price(tmp_path: Path) -> None:
    """The small panel's link stands for the list price: with a tip or a discount there is none."""
    async with opened(tmp_path, settings=CHECKOUT) as till:
        offers, slug = till.stall.offers, till.drop.slug
        for price in ("download", "print"):
            panel = (await offers.offer(slug, price)).panel
            assert panel is not None
            assert panel.startswith("HTTPS://PAY.EXAMPLE.ORG/P/")
        assert (await offers.offer(slug, "download", 900)).panel is None
        assert (await offers.offer(slug, "print", 800, "as a download")).panel is None


async def test_no_panel_without_a_checkout(till: Till) -> None:
    """Where the settings name no web checkout, no link is shown."""
    assert (await till.stall.offers.offer(till.drop.slug)).panel is None


@pytest.mark.parametrize(
    "damaged", [b"", b"{}", write_json({"boot": "?", "key": "00" * 32}), b"\xff\xfe", b'{"boot":"BOOT","key":""}']
)
async def test_a_damaged_nonce_key(tmp_path: Path, damaged: bytes) -> None:
    """A key file that is not whole, or too short to be secret, is replaced: offers from before are boxed."""
    async with opened(tmp_path) as before:
        text = await before.fresh()
    path = before.folder / "box" / "run" / "nonce-key.json"
    path.write_bytes(damaged.replace(b"BOOT", before.hardware.boot.encode()))
    async with reopened(before) as till:
        assert (await till.redeem(text)).tier == "boxed"
        assert (await till.redeem(await till.fresh())).tier == "fresh"
    assert path.stat().st_mode & 0o777 == 0o600
