"""Redemption at the stall: tiers, what is noted, what is owed and how that ends, what the stall owner may override."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core import claim
from appliance.errors import RequestError, SaleError
from appliance.weblib.idempotency import key_of
from tests.organizer import DAY
from tests.stall.till import PRICES, Till, opened, reopened


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with opened(tmp_path) as made:
        yield made


async def sell_out(till: Till) -> None:
    for _ in range((await till.states())["free"]):
        await till.redeem(till.token())


async def owed(till: Till) -> str:
    """The reference of a debt: a token that came too late."""
    assert await till.code(till.token()) == "owed"
    [debt] = await till.log("owed")
    return debt.reference


async def test_fresh_and_boxed(till: Till) -> None:
    """A token for an offer is fresh, one without boxed; the entry holds token, tier, price and claim."""
    fresh, boxed = await till.fresh(), till.token()
    for text, tier in ((fresh, "fresh"), (boxed, "boxed")):
        redeemed = await till.redeem(text)
        assert (redeemed.tier, redeemed.marked, redeemed.again) == (tier, False, False)
        entry = (await till.log("sale"))[-1]
        assert entry.reference == redeemed.sold.sale
        assert entry.fields["tier"] == tier
        assert entry.fields["claim"] == claim.claim_hash(redeemed.sold.claim)
        assert entry.fields["token"]["issuer"] == till.organizer.issuer.public.id
        assert (entry.fields["amount"], entry.fields["method"]) == (800, "token")


async def test_fresh_needs_no_clock(tmp_path: Path) -> None:
    """Without NTP after a reboot, a token for an offer of this boot is unmarked; a boxed one is marked."""
    async with opened(tmp_path) as before:
        pass
    before.hardware.boot_again(0, None)
    async with reopened(before) as till:
        assert till.stall.house.now().hi is None
        assert not (await till.redeem(await till.fresh())).marked
        assert (await till.redeem(till.token())).marked


async def test_an_offer_of_another_boot_is_boxed(tmp_path: Path) -> None:
    """The nonce's key outlives the daemon and not the boot."""
    async with opened(tmp_path) as before:
        first, second = await before.fresh(), await before.fresh("print")
    async with reopened(before) as till:
        assert (await till.redeem(first)).tier == "fresh"
    before.hardware.boot_again(before.hardware.truth, 1)
    async with reopened(before) as till:
        assert (await till.redeem(second)).tier == "boxed"


async def test_an_offer_grows_old(till: Till) -> None:
    """Twenty minutes young; then it is boxed, and still pays the price that was asked."""
    young, old = await till.fresh(), await till.fresh("print")
    till.hardware.pass_time(1200)
    assert (await till.redeem(young)).tier == "fresh"
    till.hardware.pass_time(20)
    await till.bring("dearer", manifest=till.drop.manifest(version=2, prices=[{**p, "amount": 9000} for p in PRICES]),
                     version=2)  # fmt: skip
    redeemed = await till.redeem(old)
    assert (redeemed.tier, redeemed.sold.paid) == ("boxed", 2500)
    [*_, sale] = await till.log("sale")
    assert (sale.fields["amount"], sale.fields["discount"]) == (2500, 0)


async def test_again(till: Till) -> None:
    """The same token gives the same claim while that lives, under the pickup number that waits; opened, without one."""
    text = till.token()
    first = (await till.redeem(text)).sold
    assert (await till.redeem(text)).sold == first
    till.hardware.pass_time(61)
    second = (await till.redeem(text)).sold
    assert (second.claim, second.number, second.sale) == (first.claim, first.number, first.sale)
    till.hardware.pass_time(100)
    assert await till.stall.claims.by_pickup(str(second.pickup), "phone") == first.claim
    found = await till.stall.claims.find(first.claim, "phone")
    await till.stall.claims.open(found)
    assert (await till.redeem(text)).sold.pickup is None


async def test_spent(till: Till) -> None:
    """A token whose claim has ended or was voided says when and as which sale, and what can be done."""
    ended, void = till.token(), till.token()
    sold, other = (await till.redeem(ended)).sold, (await till.redeem(void)).sold
    await till.stall.undo.void(other.sale, "a mistake", by=None)
    refusal = await till.refusal(void)
    assert refusal.code == "spent"
    assert "was voided" in refusal.detail
    till.hardware.pass_time(3 * 3600)
    refusal = await till.refusal(ended)
    assert refusal.code == "spent"
    assert sold.sale in refusal.detail
    assert "show the claim again" in refusal.detail
    await till.stall.claims.top_up(sold.sale)
    assert (await till.redeem(ended)).sold.claim == sold.claim


async def test_already_here_comes_before_revoked(till: Till) -> None:
    """A token that gave a claim shows it, although its reader has been withdrawn since (FORMATS §3)."""
    text = till.token()
    sold = (await till.redeem(text)).sold
    till.organizer.add_trust(issuers=[])
    await till.bring("no reader")
    assert (await till.redeem(text)).sold.claim == sold.claim


async def test_owed(till: Till) -> None:
    """Paid and sold out: an entry, once; the same token is still owed, and the list shows it."""
    await sell_out(till)
    text = till.token(amount=950)
    for _ in range(2):
        refusal = await till.refusal(text)
        assert refusal.code == "owed"
    [debt] = await till.log("owed")
    assert debt.reference in refusal.detail
    assert (debt.fields["amount"], debt.fields["price"], debt.fields["currency"]) == (950, "download", "EUR")
    assert [row.amount for row in await till.stall.house.reader.owed()] == [950]
    assert await till.log("refused") == []


async def test_a_debt_ends_with_a_sale(till: Till) -> None:
    """A number comes back: the debt is handed out once, its token shows the claim, and it is no debt to refund."""
    await sell_out(till)
    text = till.token(amount=950)
    assert await till.code(text) == "owed"
    [debt] = await till.log("owed")
    with pytest.raises(SaleError) as refusal:
        await till.stall.debts.serve(debt.reference, by=None)
    assert refusal.value.code == "sold-out"
    [first, *_] = await till.log("sale")
    await till.stall.undo.void(first.reference, "a mistake", by=None)
    sold = await till.stall.debts.serve(debt.reference, by=None)
    assert (sold.number, sold.paid) == (1, 950)
    entry = (await till.log("sale"))[-1]
    assert (entry.fields["owed"], entry.fields["tip"]) == (debt.reference, 150)
    assert entry.fields["token"] == debt.fields["token"]
    assert (await till.redeem(text)).sold.claim == sold.claim
    assert await till.stall.house.reader.owed() == []
    size = till.stall.house.ledger.head.size
    assert (await till.stall.debts.serve(debt.reference, by=None)).claim == sold.claim
    assert till.stall.house.ledger.head.size == size
    await till.stall.undo.void(sold.sale, "a mistake", by=None)
    with pytest.raises(SaleError, match="settled"):
        await till.stall.debts.serve(debt.reference, by=None)
    with pytest.raises(SaleError):
        await till.stall.undo.refund(debt.reference, None, "late", by=None, pin=None)


async def test_a_debt_ends_with_a_refund(till: Till) -> None:
    """Money back: the token pays for nothing more, and no copy is handed out for it."""
    await sell_out(till)
    text = till.token()
    assert await till.code(text) == "owed"
    [debt] = await till.log("owed")
    assert await till.stall.undo.refund(debt.reference, None, "sold out", by=2, pin=None) == 800
    refusal = await till.refusal(text)
    assert refusal.code == "spent"
    assert "paid back" in refusal.detail
    with pytest.raises(SaleError) as ended:
        await till.stall.debts.serve(debt.reference, by=None)
    assert ended.value.code == "unknown-sale"


async def test_a_debt_is_handed_out_as_it_was_judged(till: Till) -> None:
    """The sale that ends a debt says tier, mark, price and the discount's reason as when the token was taken."""
    fresh, reduced = await till.fresh(), await till.fresh(amount=500, reason="a friend")
    late = till.token(expires=till.hardware.truth + 1)
    till.hardware.pass_time(1)
    await sell_out(till)
    for text in (fresh, reduced):
        assert await till.code(text) == "owed"
    assert await till.code(late, "clock") == "owed"
    for entry in (await till.log("sale"))[:3]:
        await till.stall.undo.void(entry.reference, "a mistake", by=None)
    for debt in await till.log("owed"):
        await till.stall.debts.serve(debt.reference, by=None)
    served = [entry.fields for entry in (await till.log("sale"))[-3:]]
    assert [(sale["tier"], sale["marked"]) for sale in served] == [("fresh", False), ("fresh", False), ("boxed", True)]
    assert [(sale["amount"], sale["discount"]) for sale in served] == [(800, 0), (800, 300), (800, 0)]
    assert [sale["discount_reason"] for sale in served] == [None, "a friend", None]


async def test_a_debt_at_an_older_price(till: Till) -> None:
    """What is owed is handed out at the price that was paid, although the drop costs more by now."""
    await sell_out(till)
    reference = await owed(till)
    dearer = till.drop.manifest(version=2, prices=[{**PRICES[0], "amount": 1000}])
    await till.bring("dearer", manifest=dearer, version=2)
    [first, *_] = await till.log("sale")
    await till.stall.undo.void(first.reference, "a mistake", by=None)
    await till.stall.debts.serve(reference, by=None)
    entry = (await till.log("sale"))[-1]
    assert (entry.fields["amount"], entry.fields["discount"]) == (800, 0)


async def test_stock_of_an_option(till: Till) -> None:
    """The print is gone but numbers are left: owed, unless the stall owner has one; handing it out is an override."""
    await till.redeem(till.token(price="print", amount=2500))
    text = till.token(price="print", amount=2500)
    assert await till.code(text) == "owed"
    [debt] = await till.log("owed")
    await till.stall.debts.serve(debt.reference, by=3)
    [said] = await till.log("override")
    assert (said.fields["what"], said.fields["by"]) == ("stock", 3)
    other = till.token(price="print", amount=2500)
    await till.redeem(other, "stock")
    assert len(await till.log("override")) == 2


async def test_overrides_are_entries(till: Till) -> None:
    """What the stall owner accepts against the rules is in the ledger, with the token and the phone; also when owed."""
    now = till.hardware.truth
    expired = {"issued": now - 7200, "expires": now - 60}
    await till.stall.redeemer.redeem(till.token(amount=300, **expired), by=4, allowed=frozenset({"price", "clock"}))
    said = await till.log("override")
    assert [entry.fields["what"] for entry in said] == ["price", "clock"]
    [sale] = await till.log("sale")
    assert {entry.fields["by"] for entry in said} == {4}
    assert all(entry.fields["token"] == sale.fields["token"] for entry in said)
    assert (sale.fields["discount"], sale.fields["discount_reason"]) == (500, "accepted at the stall")
    assert sale.fields["marked"] is True
    await sell_out(till)
    assert await till.code(till.token(**expired), "clock") == "owed"
    assert len(await till.log("override")) == 3


async def test_a_missing_number_is_not_overridden(till: Till) -> None:
    """No leave makes number 5 of 4."""
    await sell_out(till)
    assert await till.code(till.token(), "stock", "price", "clock", "window") == "owed"
    with pytest.raises(RequestError):
        await till.redeem(till.token(), "number")


async def test_refusals_are_noted_once_per_reason(till: Till) -> None:
    """A validly signed token that is refused for two reasons is two entries, however often it comes."""
    now = till.hardware.truth
    text = till.token(amount=1, issued=now - 7200, expires=now - 60)
    for _ in range(2):
        assert await till.code(text) == "wrong-price"
        assert await till.code(text, "price") == "expired"
    assert [entry.fields["reason"] for entry in await till.log("refused")] == ["wrong-price", "expired"]


async def test_not_ready_is_not_noted(till: Till) -> None:
    """A drop whose files are damaged sells nothing now; the token stays good, and nothing is written."""
    files, till.stall.catalogue.files = till.stall.catalogue.files, {}
    text = till.token()
    size = till.stall.house.ledger.head.size
    refusal = await till.refusal(text)
    assert (refusal.code, refusal.status_hint) == ("not-ready", 503)
    assert await till.code(till.token(amount=1)) == "wrong-price"
    assert till.stall.house.ledger.head.size == size + 1
    till.stall.catalogue.files = files
    await till.redeem(text)


async def test_unknown_drop(till: Till) -> None:
    """A token for a drop whose bundle is not here says so, and pays once it is."""
    other = till.organizer.drop("second-drop", None, {"a.jpg": b"second"})
    now = till.hardware.truth
    text = till.organizer.token(till.stall.house.box_id, other.id, issued=now, expires=now + 3600)
    refusal = await till.refusal(text)
    assert refusal.code == "unknown-drop"
    assert "has its bundle" in refusal.detail
    await till.stall.papers.ingest(other.bundle(till.folder / "other"))
    assert (await till.redeem(text)).sold.slug == "second-drop"


async def test_an_expired_manifest_stops_no_token(till: Till) -> None:
    """`papers-expired` is for cash and card: who has paid gets the files."""
    issued = till.hardware.truth
    text = till.token(issued=issued, expires=issued + DAY)
    till.hardware.pass_time(400 * DAY)
    assert await till.code(text) == "expired"
    assert (await till.redeem(text, "clock")).sold.number == 1


async def test_the_same_key_gets_the_same_answer(till: Till) -> None:
    """With an idempotency key the answer of the first time comes again, also after the sale was voided."""
    text = till.token()
    key = key_of("abc", "POST", "/redeem", text.encode())
    first = await till.stall.redeemer.redeem(text, key=key)
    assert await till.stall.redeemer.redeem(text, key=key) == first
    await till.stall.undo.void(first.sold.sale, "a mistake", by=None)
    assert await till.stall.redeemer.redeem(text, key=key) == first
    assert await till.code(text) == "spent"


async def test_look(till: Till) -> None:
    """Looking says what a token buys, that it was redeemed, or that there is no copy for it; none of it is an entry."""
    text = till.token(price="print", amount=2600)
    shown = await till.stall.redeemer.look(text)
    assert (shown.title, shown.price_title, shown.paid, shown.redeemed) == (
        "Harbour Lights", "With signed print", 2600, False,
    )  # fmt: skip
    await till.redeem(text)
    assert (await till.stall.redeemer.look(text)).redeemed
    late = till.token()
    await sell_out(till)
    lacking = await till.stall.redeemer.look(late)
    assert "sold out" in str(lacking.lacks)
    assert not lacking.redeemed
    assert await till.log("owed") == []


async def test_open_edition(tmp_path: Path) -> None:
    """An open edition has no numbers to run out of, and the certificate is the box's own."""
    async with opened(tmp_path, size=None) as till:
        sold = [(await till.redeem(till.token())).sold for _ in range(6)]
        assert {copy.number for copy in sold} == {None}
        assert len({copy.claim for copy in sold}) == 6
