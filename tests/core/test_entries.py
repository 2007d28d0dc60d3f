"""Ledger entries: what is written is read back, and nothing but exactly that is an entry."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import entries
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import write_json
from appliance.core.entries import MAX_LEAF, Entry
from appliance.errors import PaperError

BOX, DROP, DIGEST = "0123456789abcdef", "fedcba9876543210", "ab" * 32
AT = Stamp(1_796_000_000, None, Quality.FLOOR, "00000000-0000-4000-8000-000000000001", 61_000)
TOKEN = {"issuer": BOX, "cti": "0" * 24, "sha256": DIGEST}
SALE: dict[str, object] = {
    "group": "00000000-0000-4000-8000-00000000000a",
    "drop": DROP,
    "version": 3,
    "price": "download",
    "number": 17,
    "certificate": DIGEST,
    "amount": 800,
    "discount": 100,
    "discount_reason": "friend",
    "tip": 50,
    "currency": "EUR",
    "method": "cash",
    "tier": None,
    "marked": False,
    "token": None,
    "owed": None,
    "claim": DIGEST,
    "payment_ref": "R-17",
}
ROW = {"drop": DROP, "price": "print", "currency": "EUR", "count": 1, "amount": 2500, "discount": 0, "tip": 0}
SAMPLES: dict[str, dict[str, object]] = {
    "restart": {
        "previous": "a checkpoint\n",
        "reason": "restored",
        "blocked": [{"drop": DROP, "ranges": [[1, 40], [61, 70]]}],
    },
    "sale": SALE,
    "claim": {"sale": "7:3", "claim": DIGEST, "lifetime": 7200, "budget": 3},
    "opened": {"sale": "7:3"},
    "delivered": {"sale": "7:3", "bytes": 12},
    "void": {"sale": "7:3", "reason": "wrong button", "returned": True, "by": 2},
    "override": {"what": "window", "sale": None, "token": None, "answer": "open", "by": None},
    "clock": {
        "from": {"lo": 0, "hi": None, "quality": "none"},
        "to": {"lo": 5, "hi": 9, "quality": "ntp"},
        "source": "ntp",
    },
    "papers": {"kind": "drop", "id": DROP, "version": 1, "sha256": DIGEST},
    "owed": {"token": TOKEN, "drop": DROP, "price": "print", "amount": 2500, "currency": "EUR"},
    "refund": {"sale": "7:3", "amount": 800, "reason": "rain", "by": None},
    "refused": {"reason": "wrong-price", "token": TOKEN},
    "release": {"drop": DROP, "ranges": [[41, 50]]},
    "close": {
        "totals": {
            "from": None,
            "rows": [{**ROW, "tier": None, "method": "cash"}, {**ROW, "tier": "fresh", "method": "token"}],
            "voids": 1,
            "refunds": [{"currency": "EUR", "count": 1, "amount": 800}],
            "owed": 0,
            "refused": {"malformed": 3, "spent": 1},
            "unsynced": 17,
        }
    },
}


def entry(kind: str, **fields: object) -> Entry:
    return Entry(BOX, 7, 0, kind, AT, {**SAMPLES[kind], **fields})  # type: ignore[dict-item]


def refused(leaf: bytes) -> PaperError:
    with pytest.raises(PaperError) as refusal:
        entries.read(leaf)
    return refusal.value


@pytest.mark.parametrize("kind", SAMPLES)
def test_round_trip(kind: str) -> None:
    """What is written is read back as it was, and the leaf has no line end."""
    written = entry(kind)
    assert entries.read(written.leaf()) == written
    assert b"\n" not in written.leaf()


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, fields in SAMPLES.items() for name in fields])
def test_exact_fields(kind: str, name: str) -> None:
    """Every field must be there and be of its type; no other may be there."""
    value = json.loads(entry(kind).leaf())
    for bent in (
        {other: value[other] for other in value if other != name},
        {**value, name: {"strange": 1}},
        {**value, f"{name}_": value[name]},
    ):
        assert refused(write_json(bent)).code == "doc-malformed"


@pytest.mark.parametrize("name", ["spec", "box", "incarnation", "seq", "type", "time"])
def test_envelope(name: str) -> None:
    """What every entry has is checked in every entry."""
    value = json.loads(entry("opened").leaf())
    for other in (None, -1, "x", 2**33):
        if name == "seq" and other == 2**33:
            continue  # a log may be long
        assert refused(write_json({**value, name: other})).code == "doc-malformed"


@pytest.mark.parametrize(
    "fields",
    [
        {"discount": 900, "discount_reason": "x"},
        {"discount": 0},
        {"discount_reason": None},
        {"method": "free"},
        {"amount": 50, "discount": 100, "tip": 50},
        {"method": "token"},
        {"tier": "fresh"},
        {"token": TOKEN},
        {"method": "token", "tier": "fresh"},
        {"method": "voucher", "token": TOKEN},
        {"number": 0},
        {"number": 10_001},
        {"currency": "eur"},
        {"payment_ref": "r17"},
        {"payment_ref": ""},
        {"owed": "7"},
        {"certificate": "AB" * 32},
        {"amount": 2**53},
    ],
)
def test_sales_that_cannot_be(fields: dict[str, object]) -> None:
    """A sale whose money, method and token do not fit together is no entry."""
    assert refused(entry("sale", **fields).leaf() if fields.get("amount") != 2**53 else _huge()).code == "doc-malformed"


def _huge() -> bytes:
    return entry("sale").leaf().replace(b'"amount":800', b'"amount":%d' % 2**53)


@pytest.mark.parametrize(
    "fields",
    [
        {"number": None, "certificate": DIGEST},
        {"discount": 850, "tip": 50, "method": "free", "discount_reason": "gift"},
        {"method": "voucher", "tier": "boxed", "marked": True, "token": TOKEN, "owed": "7:1"},
        {
            "amount": 0,
            "discount": 0,
            "discount_reason": None,
            "tip": 0,
            "method": "token",
            "tier": "fresh",
            "token": TOKEN,
        },
    ],
)
def test_sales_that_can_be(fields: dict[str, object]) -> None:
    """Open editions, gifts, vouchers and tokens of no amount are entries."""
    assert entries.read(entry("sale", **fields).leaf()).fields == {**SALE, **fields}


SOURCES = ("floor", "paper:trust", f"token:{BOX}", "cosignature", "phone", "rtc", "ntp", "reset:1")


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_time(source: str) -> None:
    """A `clock` entry names one of the sources of FORMATS §5, and that whole."""
    assert entries.read(entry("clock", source=source).leaf()).fields["source"] == source
    for other in (f"{source}.", f" {source}", source.upper(), source.partition(":")[0] + ":"):
        assert refused(entry("clock", source=other).leaf()).code == "doc-malformed"


def test_strange_words() -> None:
    """A kind of paper and a reason of refusal that nobody knows are no entry."""
    strange = entry("papers").leaf().replace(b'"kind":"drop"', b'"kind":"fork"')
    assert refused(strange).code == "doc-malformed"
    assert refused(entry("refused", reason="Wrong price!").leaf()).code == "doc-malformed"


def test_composed_form() -> None:
    """Text that a reader would refuse is not written either."""
    with pytest.raises(ValueError, match="composed"):
        entry("void", reason="Cafe\u0301").leaf()


def test_restart_is_first() -> None:
    """A restart stands at the beginning of its incarnation, and its blocked ranges are ranges."""
    leaf = Entry(BOX, 7, 1, "restart", AT, SAMPLES["restart"]).leaf()  # type: ignore[arg-type]
    assert "always the first" in refused(leaf).detail
    for ranges in ([[2, 1]], [[0, 1]], [[1, 10_001]], [1]):
        assert refused(entry("restart", blocked=[{"drop": DROP, "ranges": ranges}]).leaf()).code == "doc-malformed"


@pytest.mark.parametrize(
    "change",
    [
        lambda leaf: b" " + leaf,
        lambda leaf: leaf + b"\n",
        lambda leaf: leaf.replace(b":", b": ", 1),
        lambda leaf: leaf.replace(b"opened", b"\\u006fpened"),
        lambda leaf: leaf[:-1] + b',"sale":"7:3"}',
        lambda leaf: json.dumps(dict(reversed(json.loads(leaf).items())), separators=(",", ":")).encode(),
    ],
)
def test_canonical(change: object) -> None:
    """The same entry written in any other way is refused: one entry has one leaf."""
    assert callable(change)
    assert refused(change(entry("opened").leaf())).code == "doc-malformed"


@given(st.data())
def test_flipped_bit(data: st.DataObject) -> None:
    """A flipped bit makes another entry or none, never the same one and never another error."""
    written = entry(data.draw(st.sampled_from(sorted(SAMPLES))))
    leaf = bytearray(written.leaf())
    leaf[data.draw(st.integers(0, len(leaf) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = entries.read(bytes(leaf))
    except PaperError:
        return
    assert found != written


@given(st.binary(max_size=300))
def test_anything(data: bytes) -> None:
    """Any other bytes are refused as a paper that cannot be read."""
    refused(data)


def test_size() -> None:
    """A leaf has at most 16 KiB, on the way out and on the way in."""
    room = MAX_LEAF - len(entry("void", reason="").leaf())
    assert len(entry("void", reason="x" * room).leaf()) == MAX_LEAF
    with pytest.raises(ValueError, match="too large"):
        entry("void", reason="x" * (room + 1)).leaf()
    assert refused(b" " * (MAX_LEAF + 1)).code == "doc-too-large"


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**40))
def test_reference(incarnation: int, seq: int) -> None:
    """A reference says incarnation and seq, and is read back."""
    assert entries.split_reference(entries.reference(incarnation, seq)) == (incarnation, seq)


@pytest.mark.parametrize("text", ["", "7", ":", "7:", ":3", "07:3", "7:03", "-7:3", "7:3 ", "7:3\n", "٧:3"])
def test_no_reference(text: str) -> None:
    """Any other text names no entry."""
    with pytest.raises(PaperError):
        entries.split_reference(text)


@given(st.text(st.characters(max_codepoint=127), max_size=40), st.text(max_size=8))
def test_the_faster_writer_agrees_with_jcs(text: str, other: str) -> None:
    """A leaf is canonical exactly where JCS writes it so: any text of ASCII, and any other."""
    for reason in (text, unicodedata.normalize("NFC", other)):
        made = entry("refund", reason=reason)
        leaf = made.leaf()
        assert entries.read(leaf) == made
        escaped = json.dumps(json.loads(leaf), separators=(",", ":"), sort_keys=True).encode()
        if escaped != leaf:
            with pytest.raises(PaperError):
                entries.read(escaped)
