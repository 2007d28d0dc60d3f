"""Opens ledger.db at start: takes its history up, sets a damaged file aside, begins a new incarnation where it must.

The decision is `recovery`'s; here it is carried out and said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.core import entries
from appliance.core.clock import Stamp
from appliance.core.keys import PrivateKey
from appliance.core.merkle import EMPTY_ROOT, Tree, leaf_hash
from appliance.core.tlog import Checkpoint, origin, read_checkpoint, sign_checkpoint
from appliance.errors import PaperError, StoreError
from appliance.store import acknowledged, cases, clock, database, heads, numbers
from appliance.store.ledger import MAX_GROUP, Book, Ledger, State
from appliance.store.recovery import History, Restart, judge
from appliance.store.second import Head, SecondPlace
from appliance.store.witness import Witness


@dataclass(frozen=True, slots=True)
class Opening:
    """The ledger, and what was found on the way: why history began again, and the damaged file, if any."""

    ledger: Ledger
    restart: str | None
    set_aside: Path | None


def open_ledger(
    path: Path,
    second: SecondPlace,
    key: PrivateKey,
    editions: Mapping[str, int],
    at: Stamp,
    draw: Callable[[], int],
    max_group: int = MAX_GROUP,
) -> Opening:
    """The ledger in `path`, proved against the second place. `draw` gives random 32-bit numbers.

    A file that is damaged is renamed, never deleted; one that the disk only refuses to give stays where it is.
    StoreError where none can be opened durably.
    """
    try:
        db, history, aside = _take_up(path, key, f"{at.lo}-{draw():08x}")
        try:
            restart, state = _continue(db, history, second, key, aside is not None, editions, at, draw)
            ledger = Ledger(db, key, second, state, max_group)
            ledger.catch_up()
        except BaseException:
            db.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            "store", f"The ledger {path} cannot be opened ({error}). Make room or mend the disk."
        ) from error
    reason = restart.reason if restart is not None and restart.reason != "first" else None
    return Opening(ledger, reason, aside)


def _take_up(path: Path, key: PrivateKey, mark: str) -> tuple[sqlite3.Connection, History | None, Path | None]:
    """The database with its history, or a new one and where the damaged file is now."""
    try:
        return *_open_whole(path, key), None
    except sqlite3.Error as error:
        if not database.is_damage(error):
            raise
        database.read_through(path)
    except (PaperError, ValueError, TypeError):
        pass  # an entry that cannot be read, or a text or number where its bytes were, is damage, too
    aside = database.set_aside(path, mark)
    return database.open_writer(path), None, aside


def _open_whole(path: Path, key: PrivateKey) -> tuple[sqlite3.Connection, History | None]:
    db = database.open_writer(path)
    try:
        return db, _read_history(db, key)
    except BaseException:
        db.close()
        raise


def _continue(
    db: sqlite3.Connection,
    history: History | None,
    second: SecondPlace,
    key: PrivateKey,
    was_damaged: bool,
    editions: Mapping[str, int],
    at: Stamp,
    draw: Callable[[], int],
) -> tuple[Restart | None, State]:
    """Where the ledger stands from now on: in the history found, or at the start of a new incarnation."""
    before_ms = begin_boot(db, at)
    head = second.read()
    cosigned = _contradiction(db, history, key) if history is not None else None
    is_forked = history is not None and cases.is_forked(db, history.incarnation)
    restart = judge(history, head, was_damaged, editions, cosigned, is_forked)
    if restart is None:
        assert history is not None, "no history always restarts"
        return None, State(history.incarnation, history.tree, _highest(db, head), before_ms)
    state = State(draw(), Tree(), _highest(db, head), before_ms)
    if restart.last is None:
        second.write(Head(state.incarnation, 0, EMPTY_ROOT))  # so that a cut after the commit is no lost history
    begin_incarnation(db, key, restart, at, state)
    return restart, state


def _read_history(db: sqlite3.Connection, key: PrivateKey) -> History | None:
    row = db.execute("select incarnation from incarnations order by ordinal desc limit 1").fetchone()
    if row is None:
        return None
    tree = Tree()
    first = None
    for expected, (seq, leaf) in enumerate(
        db.execute("select seq, leaf from entries where incarnation = ? order by seq", row)
    ):
        if seq != expected:
            raise sqlite3.DatabaseError(f"entry {expected} is missing")
        first = first or entries.read(leaf)
        tree.append(leaf_hash(leaf))
    if first is None or first.type != "restart":
        raise sqlite3.DatabaseError("an incarnation does not begin with its restart")
    return History(row[0], tree, heads.named(first, key.public), heads.kept(db, row[0]))


def _contradiction(db: sqlite3.Connection, history: History, key: PrivateKey) -> Head | None:
    """The head that the collector has cosigned and this incarnation was found not to hold."""
    text = acknowledged.contradiction(db, history.incarnation)
    if text is None:
        return None
    note = read_checkpoint(text, key.public.raw)
    return Head(history.incarnation, note.size, note.root)


def begin_boot(db: sqlite3.Connection, at: Stamp) -> int:
    """Milliseconds that the machine had run before this boot."""
    row = db.execute("select before_ms from running where boot = ?", (at.boot,)).fetchone()
    if row is not None:
        return int(row[0])
    last = db.execute("select before_ms + last_ms from running order by ordinal desc limit 1").fetchone()
    before = int(last[0]) if last else 0
    db.execute("insert into running (boot, before_ms, last_ms) values (?, ?, ?)", (at.boot, before, at.boottime_ms))
    return before


def begin_incarnation(db: sqlite3.Connection, key: PrivateKey, restart: Restart, at: Stamp, state: State) -> None:
    """Begins the incarnation of `state`, whose tree is empty, with its `restart` entry, in one transaction."""
    db.execute("begin immediate")
    try:
        db.execute("insert into incarnations (incarnation) values (?)", (state.incarnation,))
        blocked = [{"drop": drop, "ranges": [list(span)]} for drop, span in sorted(restart.blocked.items())]
        fields = {"previous": _checkpoint(key, restart.last), "reason": restart.reason, "blocked": blocked}
        Book(db, key.public.id, state, at, Witness()).append("restart", fields)
        clock.note(db, at)
        heads.keep(db, state.incarnation, state.tree.size, state.tree.root())
        for drop, (first, last) in restart.blocked.items():
            numbers.block(db, drop, first, last)
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise


def _highest(db: sqlite3.Connection, head: Head | None) -> dict[str, int]:
    """The highest number sold by drop id, as far as this database or the second place remembers."""
    highest = dict(head.highest) if head is not None else {}
    for drop, number in numbers.highest_sold(db).items():
        highest[drop] = max(number, highest.get(drop, 0))
    return highest


def _checkpoint(key: PrivateKey, head: Head | None) -> str | None:
    if head is None:
        return None
    note = Checkpoint(origin(key.public.id, head.incarnation), head.size, head.root)
    return sign_checkpoint(note, key.sign, key.public.raw)
