"""Reasons that people type: whatever their keyboard sends, the entry is one that every reader takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from appliance.core.sale import Order
from appliance.errors import RequestError
from tests.stall.till import Till, opened

TYPED = " Cafe\u0301 zu nass "  # as macOS and iOS may send it: letter and accent apart


async def discounted(till: Till, reason: str) -> None:
    await till.stall.seller.sell(Order(till.drop.slug, discount=1, discount_reason=reason))


async def offered(till: Till, reason: str) -> None:
    await till.redeem(await till.fresh(amount=500, reason=reason))


async def voided(till: Till, reason: str) -> None:
    [sold] = await till.stall.seller.sell(Order(till.drop.slug))
    await till.stall.undo.void(sold.sale, reason, by=None)


async def refunded(till: Till, reason: str) -> None:
    [sold] = await till.stall.seller.sell(Order(till.drop.slug))
    await till.stall.undo.refund(sold.sale, None, reason, by=None, pin=None)


async def reasons(till: Till) -> list[object]:
    found = [entry.fields for entry in await till.log("sale", "void", "refund")]
    return [reason for fields in found if (reason := fields.get("reason") or fields.get("discount_reason"))]


@pytest.mark.parametrize("say", [discounted, offered, voided, refunded])
async def test_accents(tmp_path: Path, say: Callable[[Till, str], Awaitable[None]]) -> None:
    """A reason is in the ledger in composed form (FORMATS §2), and its entry reads back."""
    async with opened(tmp_path) as till:
        await say(till, TYPED)
        assert await reasons(till) == [unicodedata.normalize("NFC", TYPED).strip()]


@pytest.mark.parametrize("text", ["x" * 201, "\ud800"], ids=["too long", "half a character"])
@pytest.mark.parametrize("say", [discounted, offered, voided, refunded])
async def test_what_is_no_reason(tmp_path: Path, say: Callable[[Till, str], Awaitable[None]], text: str) -> None:
    """More than 200 characters, and what is no text, are refused; 200 composed ones are not."""
    async with opened(tmp_path) as till:
        await say(till, "e\u0301" * 200)
        with pytest.raises(RequestError) as refusal:
            await say(till, text)
        assert refusal.value.code == "bad-request"
        assert len(await reasons(till)) == 1
