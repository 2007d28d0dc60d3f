"""How pages of the collector say things: times, methods, entries, cases and what may be answered to them.

English, one place, so that a language can differ. Knows values, no database.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.core.clock import Quality, Stamp
from appliance.core.documents import LAST_TIME, Json, plain_time
from appliance.core.entries import Entry
from appliance.core.money import format_money
from provisioning.collector.known import Known

NOT_KNOWN = "not known"
_BEFORE_BOXES = 1_577_836_800  # 2020: no box is older
METHODS = {"cash": "Cash", "card": "Card", "token": "Payment token", "voucher": "Voucher", "free": "Free"}
BEGAN = {
    "first": "it was the first of this box",
    "recovered": "its database was damaged",
    "restored": "its database was put back from an older one",
    "adopted": "another box went on from its mirror stick",
    "forked": "two histories of it had been signed",
}
ANSWERS = {
    "first-stands": "Exhibit 1 stands, the others do not",
    "second-stands": "Exhibit 2 stands, the others do not",
    "both-stand": "All of them stand",
    "refund-one": "One buyer gets the money back",
    "box-mended": "The box was mended and goes on",
    "box-retired": "The box sells no more",
    "under-inquiry": "We are still asking around",
}


def when(unix: int) -> str:
    """2026-12-05 14:02 UTC. Later than any calendar, which a box may sign, is its last minute; before there were boxes
    a clock knew nothing."""
    if unix < _BEFORE_BOXES:
        return NOT_KNOWN
    return plain_time(min(unix, LAST_TIME))


def stamped(time: Stamp) -> str:
    """`when` for the earliest time of an entry."""
    return NOT_KNOWN if time.quality is Quality.NONE else when(time.lo)


def ago(seconds: int) -> str:
    """How long something is past, in its largest unit."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, name, name + 's')} ago"
    return "just now"


def count(number: int, one: str, many: str) -> str:
    """`1 sale`, `1,200 sales`."""
    return f"{number:,} {one if number == 1 else many}"


def spans(missing: list[list[int]]) -> str:
    """Ranges of entries: 4–6, 9."""
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in missing)


def method(name: str) -> str:
    return METHODS.get(name, name)


def case_title(kind: str, name: str) -> str:
    """What happened, in a line."""
    if kind == "number":
        return f"#{name.rpartition(':')[2]} was sold more than once"
    return "A payment was taken more than once" if kind == "token" else "A box has signed two histories"


def case_about(known: Known, kind: str, name: str) -> str:
    """What or whom the case is about."""
    thing = name.rpartition(":")[0]
    if kind == "number":
        return known.title(thing)
    return f"Signed by {_issuer(known, thing)}" if kind == "token" else known.box_name(thing)


def _issuer(known: Known, key: str) -> str:
    for trust in reversed(known.chain.versions):
        for issuer in trust.issuers:
            if issuer.key.id == key:
                return issuer.name
    return f"issuer {key}"


def entry_line(known: Known, entry: Entry) -> str:
    """What an entry says, in a line."""
    return _LINES.get(entry.type, _plain)(known, entry.fields)


def raw_line(leaf: bytes) -> str:
    """How something begins that is signed and yet no entry."""
    return _short(leaf.decode(errors="replace"))


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


Fields = Mapping[str, Json]


def _sale(known: Known, f: Fields) -> str:
    drop = str(f["drop"])
    number = f" #{f['number']}" if f["number"] is not None else ""
    option = known.option(drop, str(f["price"]))
    return f"{known.title(drop)}{number} · {option} · {_paid(f)} · {method(str(f['method']))}"


def _paid(f: Fields) -> str:
    amount, discount, tip = (int(str(f[name])) for name in ("amount", "discount", "tip"))
    return format_money(amount - discount + tip, str(f["currency"]))


def _owed(known: Known, f: Fields) -> str:
    paid = format_money(int(str(f["amount"])), str(f["currency"]))
    return f"{known.title(str(f['drop']))} · paid {paid}, got no copy"


def _undone(_known: Known, f: Fields) -> str:
    return f"sale {f['sale']} · {f['reason']}"


def _of_sale(_known: Known, f: Fields) -> str:
    return f"sale {f['sale']}"


def _restart(_known: Known, f: Fields) -> str:
    return f"a new incarnation: {BEGAN[str(f['reason'])]}"


def _plain(_known: Known, f: Fields) -> str:
    return _short(" · ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in f.items()))


def _value(value: Json) -> str:
    """Lists and tables as words: `1, 2`, `name value; name value`; nothing is `none`."""
    if isinstance(value, bool) or value is None:
        return "none" if value is None else "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')} {_value(each)}" for name, each in value.items()) or "none"
    return str(value)


def _clock(_known: Known, f: Fields) -> str:
    return f"{f['source']}: from {_interval(f['from'])} to {_interval(f['to'])}"


def _interval(value: Json) -> str:
    """What a clock knew: `not known`, a time, or between two times."""
    assert isinstance(value, dict), "core read it"
    lo = when(int(str(value["lo"])))
    if value["hi"] is None:
        return lo if lo == NOT_KNOWN else f"{lo} or later"
    hi = when(int(str(value["hi"])))
    return hi if lo in {hi, NOT_KNOWN} else f"{lo} – {hi}"


def _release(known: Known, f: Fields) -> str:
    ranges = f["ranges"]
    assert isinstance(ranges, list), "core read it"
    return _short(f"{known.title(str(f['drop']))} · gave up #{spans(ranges)}")  # type: ignore[arg-type]  # core read it


_LONG = 160
_LINES = {
    "sale": _sale,
    "owed": _owed,
    "void": _undone,
    "refund": _undone,
    "claim": _of_sale,
    "opened": _of_sale,
    "delivered": _of_sale,
    "contact": _of_sale,
    "restart": _restart,
    "clock": _clock,
    "release": _release,
}
