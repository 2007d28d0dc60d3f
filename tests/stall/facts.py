"""What a ledger says, read a second time and from its leaves alone: the judge of the state machine."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import entries
from appliance.core.allotment import numbers_of
from appliance.core.entries import Entry
from appliance.core.merkle import Tree, leaf_hash

TokenId = tuple[str, str]


@dataclass
class SaleFacts:
    """One sale and what became of it."""

    entry: Entry
    is_void: bool = False
    is_returned: bool = False
    is_opened: bool = False
    is_delivered: bool = False
    is_refunded: bool = False

    @property
    def reference(self) -> str:
        return self.entry.reference

    @property
    def number(self) -> int | None:
        return self.entry.fields["number"]

    @property
    def price(self) -> str:
        return self.entry.fields["price"]

    @property
    def token(self) -> TokenId | None:
        return _token(self.entry)

    @property
    def paid(self) -> int:
        fields = self.entry.fields
        return fields["amount"] - fields["discount"] + fields["tip"]


@dataclass
class OwedFacts:
    """One token that could not be served, and how that ended."""

    entry: Entry
    served: str | None = None
    is_refunded: bool = False


@dataclass
class Facts:
    """Everything, in the order of the log. Reading it fails where two entries contradict each other."""

    size: int = 0
    root: bytes = b""
    sales: dict[str, SaleFacts] = field(default_factory=dict)
    owed: dict[str, OwedFacts] = field(default_factory=dict)
    spent: dict[TokenId, str] = field(default_factory=dict)
    blocks: list[frozenset[int]] = field(default_factory=list)
    is_restarted: bool = False
    unclosed: list[SaleFacts] = field(default_factory=list)

    @property
    def blocked(self) -> frozenset[int]:
        return frozenset().union(*self.blocks)

    def sold_under(self, price: str) -> int:
        return sum(sale.price == price and not sale.is_returned for sale in self.sales.values())


def read_facts(incarnations: list[tuple[int, list[bytes]]]) -> Facts:
    """Reads every leaf strictly: seq without gap, one box, each reference to something that is there."""
    facts = Facts()
    for incarnation, leaves in incarnations:
        tree = Tree(leaf_hash(leaf) for leaf in leaves)
        facts.size, facts.root = tree.size, tree.root()
        for seq, leaf in enumerate(leaves):
            entry = entries.read(leaf)
            assert (entry.incarnation, entry.seq) == (incarnation, seq)
            assert (entry.type == "restart") == (seq == 0)
            _take(facts, entry)
    return facts


def _take(facts: Facts, entry: Entry) -> None:
    fields = entry.fields
    match entry.type:
        case "restart":
            facts.is_restarted = fields["reason"] != "first"
            facts.blocks += [numbers_of(block["ranges"]) for block in fields["blocked"]]
        case "sale":
            _take_sale(facts, entry)
        case "owed":
            _spend(facts, _token(entry), entry.reference)
            facts.owed[entry.reference] = OwedFacts(entry)
        case "opened":
            sale = facts.sales[fields["sale"]]
            assert not any((sale.is_opened, sale.is_void))
            sale.is_opened = True
        case "delivered":
            sale = facts.sales[fields["sale"]]
            assert sale.is_opened
            assert not any((sale.is_delivered, sale.is_void))
            sale.is_delivered = True
        case "void":
            sale = facts.sales[fields["sale"]]
            assert not sale.is_void
            assert fields["returned"] == (not sale.is_opened)
            sale.is_void, sale.is_returned = True, fields["returned"]
        case "refund":
            paid = facts.owed.get(fields["sale"]) or facts.sales[fields["sale"]]
            assert not paid.is_refunded
            assert not (paid.served if isinstance(paid, OwedFacts) else paid.is_void)
            paid.is_refunded = True
        case "override" if fields["what"] == "discard-blocked":
            facts.blocks.clear()
        case "close":
            facts.unclosed.clear()


def _take_sale(facts: Facts, entry: Entry) -> None:
    sale = SaleFacts(entry)
    owed = entry.fields["owed"]
    if owed is not None:
        debt = facts.owed[owed]
        assert not any((debt.served, debt.is_refunded))
        assert _token(debt.entry) == sale.token
        debt.served = sale.reference
    elif sale.token is not None:
        _spend(facts, sale.token, sale.reference)
    others = [other for other in facts.sales.values() if other.number == sale.number and not other.is_returned]
    assert sale.number is None or not others, f"number {sale.number} was sold twice"
    facts.sales[sale.reference] = sale
    facts.unclosed.append(sale)


def _spend(facts: Facts, token: TokenId | None, reference: str) -> None:
    assert token is not None
    assert token not in facts.spent, f"token {token} was taken twice"
    facts.spent[token] = reference


def _token(entry: Entry) -> TokenId | None:
    token = entry.fields["token"]
    return None if token is None else (token["issuer"], token["cti"])


def states(ledger: Path, drop: str) -> dict[int, str]:
    """What the box's tables say of each number."""
    return dict(_ask(ledger, "select number, state from numbers where drop_id = ?", drop))


def claim_ends_ms(ledger: Path, reference: str) -> int:
    """When the claim of a sale ends, running time."""
    key = entries.split_reference(reference)
    return _ask(ledger, "select ends_ms from claims where incarnation = ? and seq = ?", *key)[0][0]


def _ask(ledger: Path, query: str, *values: object) -> list[tuple]:
    db = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()
