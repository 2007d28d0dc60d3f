"""Rows as facts, and the query that gives them: shared by who reads and who writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale with its claim."""

    incarnation: int
    seq: int
    group: str
    drop: str
    version: int
    price: str
    number: int | None
    amount: int
    discount: int
    tip: int
    currency: str
    method: str
    payment_ref: str | None
    tier: str | None
    marked: int
    lo: int
    voided: int
    returned: int
    code: str
    ends_ms: int
    byte_budget: int
    bytes_out: int
    pickup: str | None
    pickup_until: int
    opened_in: int | None
    opened_seq: int | None
    delivered: int
    coverage: str

    @property
    def key(self) -> tuple[int, int]:
        return self.incarnation, self.seq

    @property
    def paid(self) -> int:
        return self.amount - self.discount + self.tip

    @property
    def opened(self) -> bool:
        return self.opened_seq is not None


SALES = (
    "select s.incarnation, s.seq, s.grouping, s.drop_id, s.version, s.price, s.number, s.amount, s.discount, s.tip,"
    " s.currency, s.method, s.payment_ref, s.tier, s.marked, s.lo, s.voided, s.returned, c.code, c.ends_ms,"
    " c.byte_budget, c.bytes_out, c.pickup, c.pickup_until, c.opened_in, c.opened_seq, c.delivered, c.coverage"
    " from sales s join claims c using (incarnation, seq)"
)


@dataclass(frozen=True, slots=True)
class OwedRow:
    """A token that is paid and could not be served. From `list_price` on: how the payment was judged."""

    key: tuple[int, int]
    issuer: str
    cti: str
    sha256: str
    drop: str
    price: str
    amount: int
    currency: str
    lo: int
    has_ended: int
    list_price: int
    discount_reason: str | None
    method: str
    tier: str
    marked: int


OWED = (
    "select o.incarnation, o.seq, issuer, cti, sha256, drop_id, price, amount, currency, lo, ended, list_price,"
    " discount_reason, method, tier, marked from owed o"
)

# Values: the form of sealed addresses, and the sale. All that were ever left, and those that stand.
CONTACTS = (
    "select count(*), count(a.data) from contacts c left join attachments a"
    " on (a.incarnation, a.seq, a.form) = (c.incarnation, c.seq, ?) where c.sale_in = ? and c.sale_seq = ?"
)
