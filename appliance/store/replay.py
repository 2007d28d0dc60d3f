"""From leaves back to tables: what each entry did to sales, claims, numbers, tokens and debts is done once more.

Knows what the use cases write beside an entry, and must follow where they change. What no leaf says comes from the
mirror's sealed lines (`unsaid`), and where it is not there the most careful guess. Functions of an open transaction.

Not given back: pickup numbers and what has gone out of a claim's budget, which live shorter than a machine, and
whatever comes with the papers (shelf, covers).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.core import certificate, claim
from appliance.core.allotment import Epochs, numbers_of
from appliance.core.clock import Stamp
from appliance.core.documents import digest
from appliance.core.entries import Entry, split_reference
from appliance.core.envelope import Kind
from appliance.core.keys import PrivateKey
from appliance.core.manifest import Manifest
from appliance.core.merkle import Tree, leaf_hash
from appliance.errors import PaperError
from appliance.store import acknowledged, answers, attachments, clock, closing, heads, numbers, sales, tokens
from appliance.store.rows import OwedRow
from appliance.store.unsaid import Judged, Key, Unsaid

CERTIFICATE = "certificate.json"
_ENTRY = "select 1 from entries where incarnation = ? and seq = ?"


@dataclass(frozen=True, slots=True)
class Drop:
    """The verified papers of one drop. `certificates`: this box's, by number."""

    versions: Mapping[int, Manifest]
    epochs: Epochs | None
    certificates: Mapping[int, bytes]


@dataclass(slots=True)
class Replay:
    """Fills the empty tables of `db`. PaperError where an entry needs papers that are not there."""

    db: sqlite3.Connection
    key: PrivateKey
    drops: Mapping[str, Drop]
    unsaid: Unsaid
    _epochs: dict[str, Epochs] = field(default_factory=dict)
    _ran: dict[str, tuple[int, int]] = field(default_factory=dict)  # boot: before_ms, last_ms
    _last: Stamp | None = None
    _sure_lo: int | None = None

    def incarnation(self, number: int, entries: Sequence[Entry], leaves: Sequence[bytes]) -> None:
        """One incarnation, after those before it."""
        self.db.execute("insert into incarnations (incarnation) values (?)", (number,))
        tree = Tree()
        for entry, leaf in zip(entries, leaves, strict=True):
            self.db.execute("insert into entries values (?, ?, ?)", (number, entry.seq, leaf))
            tree.append(leaf_hash(leaf))
            self._note_time(entry.time)
            self._take(entry)
        heads.keep(self.db, number, tree.size, tree.root())

    def finish(self, frozen: Mapping[Key, Mapping[str, bytes]]) -> None:
        """What stands after the last entry: running time, the clock, answers, codes, and what claims serve."""
        self._put_running()
        self._put_clock()
        self._put_answers()
        for number, (size, checkpoint) in self.unsaid.acknowledged.items():
            acknowledged.note(self.db, number, size, checkpoint)
        for key, code in self.unsaid.codes.items():
            query = "update claims set code = ? where incarnation = ? and seq = ? and hash = ?"
            self.db.execute(query, (code, *key, claim.claim_hash(code)))
        for key, bodies in frozen.items():
            self._freeze(key, bodies)
        for drop in self._epochs:
            self._allot(drop)

    def _take(self, entry: Entry) -> None:
        """An entry of another type says something, and changes no table."""
        takes: dict[str, Callable[[Entry], None]] = {
            "restart": self._restart,
            "sale": self._sale,
            "owed": self._owed,
            "claim": self._claim,
            "opened": lambda entry: sales.open_claim(self.db, _sale_of(entry), _key(entry)),
            "delivered": lambda entry: sales.mark_delivered(self.db, _sale_of(entry)),
            "void": self._void,
            "refund": self._refund,
            "refused": self._refused,
            "release": self._release,
            "override": self._override,
            "papers": self._papers,
            "contact": lambda entry: attachments.note_contact(self.db, _key(entry), _sale_of(entry)),
            "close": lambda entry: closing.note(self.db, _key(entry)),
        }
        if entry.type in takes:
            takes[entry.type](entry)

    def _restart(self, entry: Entry) -> None:
        blocked: Any = entry.fields["blocked"]
        for block in blocked:
            for first, last in block["ranges"]:
                numbers.block(self.db, block["drop"], first, last)

    def _sale(self, entry: Entry) -> None:
        fields, key = entry.fields, _key(entry)
        sold = self._manifest(str(fields["drop"]), _int(entry, "version"))
        if fields["number"] is not None:
            sales.give_way(self.db, sold.drop, _int(entry, "number"))
        sales.insert(self.db, key, fields, entry.time.lo)
        running_ms = self._running_ms(entry)
        ends_ms = running_ms + sold.lifetime * 1000
        waiting = sales.NewClaim("", str(fields["claim"]), ends_ms, sold.byte_budget, None)
        sales.insert_claim(self.db, key, waiting, running_ms)
        if fields["number"] is None:
            self._freeze(key, {CERTIFICATE: self._open_certificate(entry, sold)})
        else:
            self._sell(sold, _int(entry, "number"), str(fields["certificate"]))
        if fields["owed"] is not None:
            tokens.end_owed(self.db, split_reference(str(fields["owed"])))
        elif fields["token"] is not None:
            token = _token(entry)
            tokens.spend(self.db, token["issuer"], token["cti"], key)

    def _sell(self, sold: Manifest, number: int, expected: str) -> None:
        line = self.drops[sold.drop].certificates.get(number)
        if line is None or digest(line) != expected:
            raise PaperError(
                "bad-certificate", f"The mirror lacks certificate {number} of “{sold.title}”. Bring the drop's bundle."
            )
        numbers.mark_sold(self.db, sold.drop, number, line)

    def _open_certificate(self, entry: Entry, sold: Manifest) -> bytes:
        copy = certificate.open_copy(sold.drop, sold.title, entry.box, entry.incarnation, entry.seq)
        return certificate.issue(copy, self.key, entry.time.lo)

    def _owed(self, entry: Entry) -> None:
        token, key = _token(entry), _key(entry)
        amount = _int(entry, "amount")
        how = self.unsaid.owed.get(key) or Judged(amount, None, "token", "boxed", 1)
        debt = OwedRow(
            key=key,
            issuer=token["issuer"],
            cti=token["cti"],
            sha256=token["sha256"],
            drop=str(entry.fields["drop"]),
            price=str(entry.fields["price"]),
            amount=amount,
            currency=str(entry.fields["currency"]),
            lo=entry.time.lo,
            has_ended=0,
            list_price=how.list_price,
            discount_reason=how.discount_reason,
            method=how.method,
            tier=how.tier,
            marked=how.marked,
        )
        tokens.spend(self.db, debt.issuer, debt.cti, key)
        tokens.owe(self.db, debt)

    def _claim(self, entry: Entry) -> None:
        key = _sale_of(entry)
        row = sales.sale(self.db, key)
        assert row is not None, "a claim belongs to a sale"
        if entry.fields["claim"] is not None:
            sales.rotate(self.db, key, "", str(entry.fields["claim"]))
        if lifetime := _int(entry, "lifetime"):
            ends_ms = max(row.ends_ms, self._running_ms(entry) + lifetime * 1000)
            sales.top_up(self.db, key, ends_ms, _int(entry, "budget"))

    def _void(self, entry: Entry) -> None:
        key = _sale_of(entry)
        standing = sales.standing(self.db, key)
        assert standing is not None, "a void belongs to a sale"
        sales.void(self.db, key, bool(entry.fields["returned"]))
        if standing.number is not None:
            numbers.give_back(self.db, standing.drop, standing.number, standing.opened)
            self._allot(standing.drop)

    def _refund(self, entry: Entry) -> None:
        key = _sale_of(entry)
        paid = tokens.paid(self.db, key)
        assert paid is not None, "a refund belongs to a sale or a debt"
        by = entry.fields["by"]
        phone = by if isinstance(by, int) else None
        tokens.refund(self.db, key, _int(entry, "amount"), paid.currency, phone, _key(entry))

    def _refused(self, entry: Entry) -> None:
        token = _token(entry)
        tokens.refuse(self.db, token["issuer"], token["cti"], str(entry.fields["reason"]))

    def _override(self, entry: Entry) -> None:
        if entry.fields["what"] == "discard-blocked":
            numbers.discard_blocks(self.db)

    def _release(self, entry: Entry) -> None:
        drop = str(entry.fields["drop"])
        spans: Any = entry.fields["ranges"]
        stated = self._epochs[drop].stated_released(entry.box) if drop in self._epochs else {}
        numbers.release(self.db, drop, sorted(numbers_of(spans)), stated)

    def _papers(self, entry: Entry) -> None:
        """Another epoch gives and takes numbers; no other paper changes a table."""
        drop = str(entry.fields["id"])
        held = self.drops.get(drop) if entry.fields["kind"] == Kind.ALLOTMENT else None
        if held is not None and held.epochs is not None:
            self._epochs[drop] = Epochs(held.epochs.all[: _int(entry, "version")])
            given = self._epochs[drop]
            mine = {n: line for n, line in held.certificates.items() if given.ever_gave(self.key.public.id, n)}
            numbers.add(self.db, drop, sorted(mine.items()))
            self._allot(drop)

    def _allot(self, drop: str) -> None:
        if (epochs := self._epochs.get(drop)) is not None:
            box = self.key.public.id
            numbers.allot(self.db, drop, epochs.current.numbers(box), epochs.stated_released(box))

    def _freeze(self, key: Key, bodies: Mapping[str, bytes]) -> None:
        row = sales.sale(self.db, key)
        if row is not None:
            sales.freeze(self.db, key, bodies)

    def _manifest(self, drop: str, version: int) -> Manifest:
        held = self.drops.get(drop)
        if held is None or version not in held.versions:
            raise PaperError("missing-file", f"The mirror lacks version {version} of drop {drop}. Bring its bundle.")
        return held.versions[version]

    # time

    def _note_time(self, at: Stamp) -> None:
        before, last = self._ran.get(at.boot) or self._before(at.boot)
        self._ran[at.boot] = (before, max(last, at.boottime_ms))
        self._last = at
        if at.quality.is_sure:
            self._sure_lo = at.lo

    def _before(self, boot: str) -> tuple[int, int]:
        """How long the machine had run before a boot of which no entry has told yet."""
        known = self.unsaid.running.get(boot)
        if known is not None:
            return known[0], 0
        last = next(reversed(self._ran.values()), (0, 0))
        return sum(last), 0

    def _running_ms(self, entry: Entry) -> int:
        return self._ran[entry.time.boot][0] + entry.time.boottime_ms

    def _put_answers(self) -> None:
        """Those whose entries are here: a line may have reached the mirror of which the entry did not."""
        for name, (fingerprint, body, made_ms) in self.unsaid.answers.items():
            keys = [split_reference(told) for told in answers.entries_of(body)]
            if all(self.db.execute(_ENTRY, key).fetchone() for key in keys):
                values = (name, bytes.fromhex(fingerprint), body, made_ms)
                self.db.execute("insert into answers values (?, ?, ?, ?)", values)

    def _put_running(self) -> None:
        ran = {boot: (before, last) for boot, (before, last) in self._ran.items()}
        for boot, (before, last) in self.unsaid.running.items():
            ran[boot] = (before, max(last, ran.get(boot, (0, 0))[1]))
        for boot, (before, last) in sorted(ran.items(), key=lambda item: item[1]):
            query = "insert into running (boot, before_ms, last_ms) values (?, ?, ?)"
            self.db.execute(query, (boot, before, last))

    def _put_clock(self) -> None:
        assert self._last is not None, "an incarnation has a restart"
        marks = self.unsaid.marks
        clock.note(self.db, self._last)
        sure_lo = marks.sure_lo if marks is not None else self._sure_lo
        self.db.execute("update clock set sure_lo = ?", (sure_lo,))
        if marks is not None:
            query = "update clock set root_issued = ?, reset_n = ?, window_boot = ?"
            self.db.execute(query, (marks.root_issued, marks.reset_n, marks.window_boot))


def _key(entry: Entry) -> Key:
    return entry.incarnation, entry.seq


def _sale_of(entry: Entry) -> Key:
    return split_reference(str(entry.fields["sale"]))


def _token(entry: Entry) -> dict[str, str]:
    token = entry.fields["token"]
    assert isinstance(token, dict), "the entry was read"
    return {name: str(value) for name, value in token.items()}


def _int(entry: Entry, name: str) -> int:
    value = entry.fields[name]
    assert isinstance(value, int), "the entry was read"
    return value
