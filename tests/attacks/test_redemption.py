"""Rows 3, 5, 12 to 14, 16, 19 of the attack table, at the counter: replays, swaps, lost histories, floods."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time

import pytest

from appliance.core import token
from appliance.core.entries import split_reference
from tests.attacks import forms
from tests.organizer import DAY, base32, key
from tests.stall.till import Till, opened, reopened

GARBAGE = 10_000


async def test_03_fast_forward(till: Till) -> None:
    """A token from 2099 does not move the box's clock: this reader may not tell the time.

    After tuf-conformance's fast-forward tests; TUF calls a bogus clock an open question.
    """
    at = till.stall.house.now()
    far = at.lo + 72 * 365 * DAY
    assert await till.code(till.token(issued=far, expires=far + 3600)) == "wrong-price"
    assert await till.code(till.token(issued=far, expires=far + 3600), "price") == "not-yet"
    await till.redeem(till.token(issued=far, expires=far + 3600), "price", "clock")
    assert till.stall.house.now() == at
    await till.redeem(till.token())


@pytest.mark.parametrize("count", [2, 40])
async def test_12_replay_on_the_same_box(till: Till, count: int) -> None:
    """However many phones present one token at once: one sale, one number, one claim, which all of them get.

    After Cashu's NUT-07: between PENDING and SPENT there is no gap to slip through.
    """
    text = till.token()
    answers = await asyncio.gather(*(till.redeem(text) for _ in range(count)))
    assert len({answer.sold.claim for answer in answers}) == 1
    assert [answer.again for answer in answers].count(False) == 1
    assert len(await till.log("sale")) == 1
    assert (await till.states())["sold"] == 1


async def test_13_replay_on_another_box(till: Till) -> None:
    """A token is for one box: any other names it and keeps the refusal, once.

    After pretixscan-proxy's README, which names the attack and cannot prevent it.
    """
    other = key("stall 8").public
    boxes = [*till.organizer.trust_fields()["boxes"], {"key": other.did, "name": "Stall 8"}]
    till.organizer.add_trust(boxes=boxes)
    await till.bring("two boxes")
    text = till.organizer.token(other.id, till.drop.id, issued=till.hardware.truth, expires=till.hardware.truth + 3600)
    for _ in range(3):
        refusal = await till.refusal(text, "clock", "window", "price", "stock")
        assert refusal.code == "wrong-box"
        assert "Stall 8" in refusal.detail
    [noted] = await till.log("refused")
    assert noted.fields["reason"] == "wrong-box"


async def test_13_a_nonce_of_another_box_is_not_fresh(till: Till) -> None:
    """A nonce that this box did not make makes nothing fresh: without a clock the token is marked."""
    text = till.token(nonce=secrets.token_bytes(8), issued=till.hardware.truth, expires=till.hardware.truth + 60)
    assert (await till.redeem(text)).tier == "boxed"


async def test_14_crash_between_redeem_and_hand_over(till: Till) -> None:
    """The daemon ends after the sale and before anybody saw it: the token shows the very claim.

    After Cashu's NUT-19 (cached responses) and the Idempotency-Key draft.
    """
    text = till.token()
    async with opened(till.folder / "second", hardware=till.hardware) as crashed:
        sold = (await crashed.redeem(text)).sold
    async with reopened(crashed) as again:
        shown = await again.redeem(text)
        assert (shown.again, shown.sold.claim, shown.sold.number) == (True, sold.claim, sold.number)
        assert len(await again.log("sale")) == 1


async def test_16_a_ledger_rolled_back(till: Till) -> None:
    """Yesterday's database on today's box: a new history that blocks what was sold, and marks what may be a replay.

    After C2SP's tlog-checkpoint: a log never signs two inconsistent checkpoints.
    """
    async with opened(till.folder / "second", hardware=till.hardware) as sold:
        shutil.copytree(sold.folder / "box", sold.folder / "yesterday")
        first = sold.stall.house.ledger.head
        offered, boxed = await sold.fresh(), sold.token()
        numbers = [(await sold.redeem(text)).sold.number for text in (offered, boxed)]
    assert numbers == [1, 2]
    for path in (sold.folder / "box").glob("ledger.db*"):
        path.unlink()
    for path in (sold.folder / "yesterday").glob("ledger.db*"):
        shutil.copy(path, sold.folder / "box" / path.name)
    sold.hardware.pass_time(60)
    async with reopened(sold) as restored:
        assert restored.stall.house.ledger.head.incarnation != first.incarnation
        replays = [await restored.redeem(text) for text in (offered, boxed)]
        assert [(replay.marked, replay.again) for replay in replays] == [(True, False)] * 2
        assert sorted(replay.sold.number for replay in replays) == [3, 4]
        assert (await restored.redeem(offered)).again
        assert await restored.code(restored.token()) == "owed"


@pytest.mark.parametrize("field", ["amount", "currency", "price", "drop", "aud", "cti", "exp"])
async def test_19_a_swapped_claim(till: Till, field: str) -> None:
    """Amount, currency, option, drop, box, id and end are all under the signature: none can be swapped.

    After Stripe's rule that the raw body is what is signed.
    """
    good = token.read(till.token())
    swaps = {
        "amount": (forms.encode("download") + b"\x19\x03\x20", forms.encode("download") + b"\x19\x03\x21"),
        "currency": (b"cEUR", b"cCHF"),
        "price": (b"hdownload", b"hdownloae"),
        "drop": (bytes.fromhex(good.token.drop), bytes(8)),
        "aud": (good.token.box.encode(), b"0" * 16),
        "cti": (good.token.cti, bytes(12)),
        "exp": (good.token.expires.to_bytes(4), (good.token.expires + 1).to_bytes(4)),
    }
    old, new = swaps[field]
    assert good.data.count(old) == 1
    assert await till.code(base32(good.data.replace(old, new))) == "bad-signature"


async def test_19_a_cheap_token_for_a_dear_option(till: Till) -> None:
    """A token pays for the option that it names, at that option's price."""
    assert await till.code(till.token(price="print", amount=800)) == "wrong-price"
    assert await till.code(till.token(price="gold", amount=800)) == "wrong-price"
    assert await till.code(till.token(amount=799)) == "wrong-price"
    assert await till.code(till.token(currency="IDR")) == "wrong-price"
    assert await till.code(till.token(currency="IDR"), "price") == "wrong-price"


async def test_05_ten_thousand_garbage_tokens(till: Till) -> None:
    """Garbage costs no entry, no commit, no fsync and little time; the stall goes on selling meanwhile.

    After TUF's endless data: everything is bounded before it is parsed, and here before anything is written.
    """
    good = token.read(till.token()).data
    commits: list[int] = []
    till.stall.house.ledger.on_commit = lambda: commits.append(1)
    before = _traces(till)
    started = time.monotonic()
    codes = {await till.code(_garbage(i, good)) for i in range(GARBAGE)}
    assert time.monotonic() - started < 20
    assert codes == {"malformed", "unknown-issuer", "bad-signature"}
    assert commits == []
    assert _traces(till) == before
    await till.redeem(till.token())
    totals = (await till.stall.close.close()).totals
    assert sum(totals["refused"].values()) == GARBAGE


def _garbage(i: int, good: bytes) -> str:
    """Random text, random bytes, a good token with random parts, and one by a stranger."""
    match i % 5:
        case 0:
            return secrets.token_urlsafe(200)
        case 1:
            return base32(secrets.token_bytes(230))
        case 2:
            return base32(good[:-64] + secrets.token_bytes(64))
        case 3:
            return base32(good[:8] + secrets.token_bytes(8) + good[16:])
        case _:
            return "A" * 820


def _traces(till: Till) -> dict[str, bytes]:
    """Every byte that a commit would change."""
    box = till.folder / "box"
    return {path.name: path.read_bytes() for path in (box / "ledger.db-wal", box / "keys" / "second-place")}


async def test_refusals_of_one_token_are_one_entry(till: Till) -> None:
    """A token that is refused again and again, though validly signed, is noted once per reason, and no disk spins."""
    text = till.token(expires=till.hardware.truth - 60, issued=till.hardware.truth - 3600)
    assert await till.code(text) == "expired"
    before = _traces(till)
    for _ in range(50):
        assert await till.code(text) == "expired"
    assert _traces(till) == before
    [noted] = await till.log("refused")
    assert split_reference(noted.reference)[1] == till.stall.house.ledger.head.size - 1


async def test_looking_changes_nothing(till: Till) -> None:
    """The page of a token may be fetched by link previews as often as they like: nothing is written.

    After Android's sign-in browser, which fetches every page twice.
    """
    new, used = till.token(), till.token()
    await till.redeem(used)
    before = _traces(till)
    for text, redeemed in ((new, False), (used, True)):
        assert (await till.stall.redeemer.look(text)).redeemed is redeemed
    assert _traces(till) == before
