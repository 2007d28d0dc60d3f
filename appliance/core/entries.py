"""Ledger entries: their exact fields, written as leaves and read back strictly.

FORMATS §5. A leaf is JCS without a line end. Knows each entry by itself; what entries mean together is `audit`'s.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.core.allotment import REFERENCE
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import CURRENCY, DIGEST, HEX_ID, Fields, Json, malformed, ranges, read_json, write_json
from appliance.core.envelope import Kind
from appliance.core.manifest import MAX_SIZE
from appliance.core.sale import Method

MAX_LEAF = 16 * 1024
MAX_INCARNATION = 2**32 - 1
REASONS = frozenset({"first", "recovered", "restored", "adopted", "forked"})
_ENVELOPE = ("spec", "box", "incarnation", "seq", "type", "time")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CTI = re.compile(r"[0-9a-f]{24}")
_PAYMENT_REF = re.compile(r"[A-Z0-9-]{1,40}")
_CODE = re.compile(r"[a-z][a-z-]{0,31}")
_SOURCE = re.compile(r"floor|paper:[a-z-]+|token:[0-9a-f]{16}|cosignature|phone|rtc|ntp|reset:[1-9][0-9]{0,15}")
_PRICE = re.compile(r"[a-z0-9-]{1,16}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `fields` are those of its type, checked."""

    box: str
    incarnation: int
    seq: int
    type: str
    time: Stamp
    fields: Mapping[str, Json]

    @property
    def reference(self) -> str:
        return reference(self.incarnation, self.seq)

    def leaf(self) -> bytes:
        """The leaf's bytes; ValueError beyond 16 KiB, and for text that no reader would take."""
        data = write_json(
            {
                "spec": 1,
                "box": self.box,
                "incarnation": self.incarnation,
                "seq": self.seq,
                "type": self.type,
                "time": self.time.as_json(),
                **self.fields,
            }
        )
        if len(data) > MAX_LEAF:
            raise ValueError(f"a leaf of {len(data)} bytes is too large")
        if not unicodedata.is_normalized("NFC", data.decode()):
            raise ValueError("a leaf holds text that is not in Unicode's composed form")
        return data


def reference(incarnation: int, seq: int) -> str:
    """An entry as text (FORMATS §1)."""
    return f"{incarnation}:{seq}"


def split_reference(text: str) -> tuple[int, int]:
    """Incarnation and seq; `doc-malformed` for any other text."""
    if not REFERENCE.fullmatch(text):
        raise malformed(f"{text[:40]!r} does not name a ledger entry")
    incarnation, seq = text.split(":")
    return int(incarnation), int(seq)


def read(leaf: bytes) -> Entry:
    """Checks a leaf by itself: canonical, exact fields, types and ranges. `doc-malformed` otherwise."""
    value = read_json(leaf, "The ledger entry", MAX_LEAF)
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise malformed(f"A ledger entry is of a type that this stallbox does not know: {str(kind)[:40]}")
    names, check = _TYPES[kind]
    f = Fields(value, kind, *_ENVELOPE, *names)
    f.spec()
    check(f)
    if not _is_canonical(value, leaf):
        raise malformed("A ledger entry is not written in canonical form (JCS)")
    return Entry(
        box=f.text("box", HEX_ID),
        incarnation=f.integer("incarnation", 0, MAX_INCARNATION),
        seq=f.integer("seq"),
        type=kind,
        time=_time(f),
        fields={name: value[name] for name in names},
    )


def _is_canonical(value: Mapping[str, Json], leaf: bytes) -> bool:
    """Whether JCS writes the value so. In ASCII the order and the escapes of the faster writer are those of JCS."""
    if leaf.isascii():
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() == leaf
    return write_json(value) == leaf


def _time(f: Fields) -> Stamp:
    t = Fields(f.raw("time"), f.at("time"), "lo", "hi", "quality", "boot", "boottime_ms")
    return Stamp(
        lo=t.integer("lo"),
        hi=t.optional("hi", t.integer),
        quality=Quality(t.choice("quality", frozenset(Quality))),
        boot=t.text("boot", _UUID),
        boottime_ms=t.integer("boottime_ms"),
    )


def _restart(f: Fields) -> None:
    f.optional("previous", f.text)
    f.choice("reason", REASONS)
    if f.integer("seq") != 0:
        raise malformed("A restart entry is always the first of its incarnation")
    for where, item in f.items("blocked"):
        block = Fields(item, where, "drop", "ranges")
        block.text("drop", HEX_ID)
        ranges(block.at("ranges"), block.raw("ranges"), MAX_SIZE)


def _sale(f: Fields) -> None:
    f.text("group", _UUID)
    f.text("drop", HEX_ID)
    f.integer("version", 1)
    f.text("price", _PRICE)
    f.optional("number", lambda name: f.integer(name, 1, MAX_SIZE))
    f.optional("certificate", lambda name: f.text(name, DIGEST))
    paid = f.integer("amount") - f.integer("discount") + f.integer("tip")
    f.optional("discount_reason", f.text)
    f.text("currency", CURRENCY)
    method = f.choice("method", frozenset(Method))
    f.optional("tier", lambda name: f.choice(name, _TIERS))
    f.boolean("marked")
    _token(f)
    f.optional("owed", lambda name: f.text(name, REFERENCE))
    f.text("claim", DIGEST)
    f.optional("payment_ref", lambda name: f.text(name, _PAYMENT_REF))
    _check_payment(f, method, paid)


def _check_payment(f: Fields, method: str, paid: int) -> None:
    by_token = method in {Method.TOKEN, Method.VOUCHER}
    if paid < 0:
        raise malformed("A sale's discount is larger than its price")
    if (f.raw("token") is not None) != by_token or (f.raw("tier") is not None) != by_token:
        raise malformed("A sale has token and tier exactly when it was paid by token or voucher")
    if (method == Method.FREE) != (paid == 0 and not by_token):
        raise malformed("A sale is free exactly when nothing was paid")
    if (f.raw("discount") != 0) != (f.raw("discount_reason") is not None):
        raise malformed("A sale has a reason exactly when it has a discount")


def _token(f: Fields) -> None:
    if f.raw("token") is None:
        return
    token = Fields(f.raw("token"), f.at("token"), "issuer", "cti", "sha256")
    token.text("issuer", HEX_ID)
    token.text("cti", _CTI)
    token.text("sha256", DIGEST)


def _claim(f: Fields) -> None:
    f.text("sale", REFERENCE)
    f.optional("claim", lambda name: f.text(name, DIGEST))
    f.integer("lifetime")
    f.integer("budget")


def _opened(f: Fields) -> None:
    f.text("sale", REFERENCE)


def _delivered(f: Fields) -> None:
    f.text("sale", REFERENCE)
    f.integer("bytes")


def _owed(f: Fields) -> None:
    if f.raw("token") is None:
        raise malformed("What is owed was paid with a token")
    _token(f)
    f.text("drop", HEX_ID)
    f.text("price", _PRICE)
    f.integer("amount")
    f.text("currency", CURRENCY)


def _refund(f: Fields) -> None:
    f.text("sale", REFERENCE)
    f.integer("amount")
    f.text("reason")
    f.optional("by", f.integer)


def _refused(f: Fields) -> None:
    f.text("reason", _CODE)
    if f.raw("token") is None:
        raise malformed("Only a token whose signature holds is noted as refused")
    _token(f)


def _release(f: Fields) -> None:
    f.text("drop", HEX_ID)
    ranges(f.at("ranges"), f.raw("ranges"), MAX_SIZE)


def _close(f: Fields) -> None:
    totals = Fields(f.raw("totals"), f.at("totals"), *_TOTALS)
    totals.optional("from", lambda name: totals.text(name, REFERENCE))
    for where, item in totals.items("rows"):
        row = Fields(item, where, *_ROW)
        row.text("drop", HEX_ID)
        row.text("price", _PRICE)
        row.choice("method", frozenset(Method))
        row.optional("tier", lambda name, row=row: row.choice(name, _TIERS))  # type: ignore[misc]
        row.text("currency", CURRENCY)
        for name in ("count", "amount", "discount", "tip"):
            row.integer(name)
    for where, item in totals.items("refunds"):
        refund = Fields(item, where, "currency", "count", "amount")
        refund.text("currency", CURRENCY)
        refund.integer("count")
        refund.integer("amount")
    refused = totals.raw("refused")
    if not isinstance(refused, dict):
        raise malformed("close.totals.refused is not a table of counts")
    counts = Fields(refused, totals.at("refused"), *refused)
    for name in ("voids", "owed", "unsynced"):
        totals.integer(name)
    for code in refused:
        counts.integer(code)


def _void(f: Fields) -> None:
    f.text("sale", REFERENCE)
    f.text("reason")
    f.boolean("returned")
    f.optional("by", f.integer)


def _override(f: Fields) -> None:
    f.choice("what", frozenset({"window", "clock", "price", "stock", "discard-blocked"}))
    f.optional("sale", lambda name: f.text(name, REFERENCE))
    _token(f)
    f.text("answer")
    f.optional("by", f.integer)


def _clock(f: Fields) -> None:
    for name in ("from", "to"):
        side = Fields(f.raw(name), f.at(name), "lo", "hi", "quality")
        side.integer("lo")
        side.optional("hi", side.integer)
        side.choice("quality", frozenset(Quality))
    f.text("source", _SOURCE)


def _contact(f: Fields) -> None:
    f.text("sale", REFERENCE)
    f.text("sha256", DIGEST)


def _papers(f: Fields) -> None:
    f.choice("kind", frozenset(Kind))
    f.text("id")
    f.integer("version", 1)
    f.text("sha256", DIGEST)


_TIERS = frozenset({"fresh", "boxed"})
_TOTALS = ("from", "rows", "voids", "refunds", "owed", "refused", "unsynced")
_ROW = ("drop", "price", "method", "tier", "currency", "count", "amount", "discount", "tip")
_SALE = (
    *("group", "drop", "version", "price", "number", "certificate", "amount", "discount", "discount_reason", "tip"),
    *("currency", "method", "tier", "marked", "token", "owed", "claim", "payment_ref"),
)

_TYPES: dict[str, tuple[tuple[str, ...], Callable[[Fields], None]]] = {
    "restart": (("previous", "reason", "blocked"), _restart),
    "sale": (_SALE, _sale),
    "owed": (("token", "drop", "price", "amount", "currency"), _owed),
    "claim": (("sale", "claim", "lifetime", "budget"), _claim),
    "opened": (("sale",), _opened),
    "delivered": (("sale", "bytes"), _delivered),
    "void": (("sale", "reason", "returned", "by"), _void),
    "refund": (("sale", "amount", "reason", "by"), _refund),
    "refused": (("reason", "token"), _refused),
    "release": (("drop", "ranges"), _release),
    "close": (("totals",), _close),
    "override": (("what", "sale", "token", "answer", "by"), _override),
    "clock": (("from", "to", "source"), _clock),
    "contact": (("sale", "sha256"), _contact),
    "papers": (("kind", "id", "version", "sha256"), _papers),
}
