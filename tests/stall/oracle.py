"""What must come of a token by FORMATS §3, in few words and from the leaves alone; and what always holds."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.claim import claim_hash
from tests.stall.facts import Facts, TokenId, claim_ends_ms
from tests.stall.world import AMOUNTS, BOX, World

YOUNG_S = 1200
NO_TOKEN = frozenset[str]()


@dataclass(frozen=True)
class Issued:
    """A token as its reader made it. `offered`: boot, and CLOCK_BOOTTIME in ms, of the offer that it answers."""

    text: str
    id: TokenId
    signer: int  # READERS, or -1 for a stranger
    box: str
    price: str
    amount: int
    issued: int
    expires: int
    offered: tuple[str, int] | None


def expected(world: World, facts: Facts, token: Issued, allowed: frozenset[str]) -> str:
    """FORMATS §3's order of judgement: a code of §9, `again` or `sale`."""
    if token.signer < 0:
        return "unknown-issuer"
    if token.id in facts.spent:
        return _became_of(world, facts, facts.spent[token.id])
    if (token.signer == 1 and not world.is_second_reader_listed) or ":".join(token.id) in world.revoked:
        return "revoked"
    if token.box != BOX.public.id:
        return "wrong-box"
    if token.amount < AMOUNTS[token.price] and "price" not in allowed:
        return "wrong-price"
    at = world.stall.house.now()
    if not _is_fresh(world, token) and "clock" not in allowed:
        if at.lo >= token.expires:
            return "expired"
        if at.hi is not None and at.hi < token.issued - 120:
            return "not-yet"
    has_stock = "stock" in allowed or not is_gone(facts, token.price)
    return "sale" if has_stock and free(world) else "owed"


def _is_fresh(world: World, token: Issued) -> bool:
    if token.offered is None or token.offered[0] != world.hardware.boot:
        return False
    return world.hardware.ms // 10_000 - token.offered[1] // 10_000 <= YOUNG_S // 10


def _became_of(world: World, facts: Facts, reference: str) -> str:
    debt = facts.owed.get(reference)
    if debt is not None and debt.served is None:
        return "spent" if debt.is_refunded else "owed"
    sale = facts.sales[reference if debt is None else debt.served]
    return "spent" if sale.is_void or has_ended(world, sale.reference) else "again"


def has_ended(world: World, reference: str) -> bool:
    """Whether the time of a sale's claim is over."""
    return claim_ends_ms(world.ledger, reference) <= world.stall.house.running_ms()


def is_gone(facts: Facts, price: str) -> bool:
    """Whether the option's own stock is gone."""
    return price == "print" and facts.sold_under(price) >= 2


def free(world: World) -> list[int]:
    return sorted(number for number, state in world.states().items() if state == "free")


def check(world: World) -> None:
    """Ledger, tables and truth agree."""
    facts, head = world.facts(), world.stall.house.ledger.head
    assert (facts.size, facts.root) == (head.size, head.root)
    _check_sales(world, facts)
    assert world.states() == _states(world, facts)
    _check_status(world, facts)


def _check_sales(world: World, facts: Facts) -> None:
    """The ledger has the sales that somebody was told of, but for those in a history that was lost."""
    told = {reference: truth for reference, truth in world.truths.items() if not truth.is_lost}
    assert set(facts.sales) == set(told)
    for reference, truth in told.items():
        sale = facts.sales[reference]
        assert (sale.number, sale.token) == (truth.sold.number, truth.token)
        assert sale.entry.fields["claim"] == claim_hash(truth.sold.claim)


def _states(world: World, facts: Facts) -> dict[int, str]:
    """Each number's state by leaves and papers alone."""
    return {number: _state(world, facts, number) for number in world.certified}


def _state(world: World, facts: Facts, number: int) -> str:
    sales = [sale for sale in facts.sales.values() if sale.number == number]
    if any(not sale.is_void for sale in sales):
        return "sold"
    if any(not sale.is_returned for sale in sales):
        return "burnt"
    if number not in world.epochs[-1] or number in world.out:
        return "away"
    return "blocked" if number in facts.blocked else "free"


def _check_status(world: World, facts: Facts) -> None:
    """Stock is allotment minus sold, burnt, released, blocked and without certificate, as the screen says it."""
    states = list(world.states().values())
    [drop] = world.run(world.stall.stock.status()).drops
    assert drop.left == states.count("free")
    assert (drop.sold, drop.burnt, drop.blocked) == tuple(map(states.count, ("sold", "burnt", "blocked")))
    assert drop.sold == len({sale.number for sale in facts.sales.values() if not sale.is_void})
