"""The ledger: one writer, one transaction for the sales that wait together, nobody hears of it before it is durable.

Law: a group is COMMITted with full sync, then the second place and the mirror are written, and only then does any
caller get its answer. A caller who goes away changes nothing. Knows entries and their tree; what may be sold is
decided in `stall`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from appliance.core import batch
from appliance.core.clock import Stamp
from appliance.core.entries import Entry
from appliance.core.keys import PrivateKey
from appliance.core.merkle import Tree, leaf_hash
from appliance.errors import StoreError
from appliance.store import clock, heads, refusal
from appliance.store.looking import Looking
from appliance.store.second import Head, SecondPlace
from appliance.store.witness import PROMISES, Key, Witness

T = TypeVar("T")
MAX_GROUP = 256
_OF_WORK = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)


@dataclass(frozen=True, slots=True)
class State:
    """Where the ledger stands when it is opened."""

    incarnation: int
    tree: Tree
    highest: Mapping[str, int]
    running_before_ms: int


class Book:
    """The open transaction, as the work of one caller sees it."""

    def __init__(self, db: sqlite3.Connection, box: str, state: State, at: Stamp, witness: Witness) -> None:
        self.db = db
        self.at = at
        self.promised: Key | None = None  # the last entry that the answer rests on
        self.running_ms = state.running_before_ms + at.boottime_ms
        self.highest: dict[str, int] = {}
        self._box = box
        self._state = state
        self._witness = witness

    def append(self, kind: str, fields: Mapping[str, object]) -> Entry:
        """Adds an entry; it stands if this work and its group do. StoreError where nobody may be promised anything."""
        if kind in PROMISES:
            self.promise(self.next_key)
        entry = Entry(
            self._box,
            *self.next_key,
            kind,
            self.at,
            fields,  # type: ignore[arg-type]  # what is not JSON is refused when the leaf is written
        )
        leaf = entry.leaf()
        self.db.execute("insert into entries values (?, ?, ?)", (entry.incarnation, entry.seq, leaf))
        self._state.tree.append(leaf_hash(leaf))
        return entry

    def promise(self, key: Key) -> None:
        """What this work answers rests on the entry `key`: StoreError where the mirror cannot have it."""
        self._witness.before(key)
        self.promised = max(key, self.promised or key)

    def check_promises(self) -> None:
        """StoreError where nothing new may be promised now."""
        self._witness.before(self.next_key)

    @property
    def next_key(self) -> Key:
        """Incarnation and seq of the entry that is appended next."""
        return self._state.incarnation, self._state.tree.size

    def sold(self, drop: str, number: int) -> None:
        """Notes a number for the second place."""
        self.highest[drop] = max(number, self.highest.get(drop, 0))


Work = Callable[[Book], T]


@dataclass(slots=True)
class _Waiting(Generic[T]):
    work: Work[T]
    at: Stamp
    answer: asyncio.Future[T]


@dataclass(slots=True)
class _Outcome:
    value: object = None
    fault: BaseException | None = None
    promised: Key | None = None


class Ledger:
    """Records what callers bring. Use inside `async with ledger.committing()`."""

    def __init__(
        self,
        db: sqlite3.Connection,
        key: PrivateKey,
        second: SecondPlace,
        state: State,
        max_group: int = MAX_GROUP,
    ) -> None:
        self.on_commit: Callable[[], None] = lambda: None
        self.witness = Witness()
        self._db = db
        self._key = key
        self._second = second
        self._state = state
        self._head = Head(state.incarnation, state.tree.size, state.tree.root(), dict(state.highest))
        self._max_group = max_group
        self._is_behind = True  # the second place may lack what was committed before a crash
        self._waiting: list[_Waiting[object]] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._refusal: StoreError | None = None
        self._looking: Looking | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    @property
    def incarnation(self) -> int:
        return self._state.incarnation

    @property
    def head(self) -> Head:
        """What is committed now; while a group is under way the tree itself holds more."""
        return self._head

    @property
    def refusal(self) -> StoreError | None:
        """Why the disk refused the last group that had something to write; None since it has taken one again."""
        return self._refusal

    def running_ms(self, at: Stamp) -> int:
        """Milliseconds that the machine has run, over all boots."""
        return self._state.running_before_ms + at.boottime_ms

    def log(self, incarnation: int, tree: Tree | None = None) -> batch.Log:
        """An incarnation of this ledger, as batches and receipts need it; the current one has its tree at hand."""
        return batch.Log(
            self._key.public.id, incarnation, tree or self._state.tree, self._key.sign, self._key.public.raw
        )

    async def record(self, work: Work[T], at: Stamp) -> T:
        """Runs `work` in a transaction and returns its answer once that is durable, here and in the second place.

        What `work` raises undoes what it did and nothing else. StoreError `not-ready` where the disk refuses.
        The work is done even if the caller is cancelled while it waits: an idempotency key tells what became of it.
        """
        if self._closing:
            raise StoreError("not-ready", "The box is shutting down. Try again when it is back.")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, at, answer))  # type: ignore[arg-type]  # each future gets its own work's T
        self._arrived.set()
        return await answer

    async def look(self, work: Work[T], at: Stamp) -> T:
        """Runs `work`, which changes nothing, on what is committed; it waits for nobody who records.

        What `work` raises. StoreError `not-ready` where the disk cannot be read.
        """
        assert self._looking is not None, "used inside `committing`"
        return await self._looking.ask(lambda db: work(Book(db, self._key.public.id, self._state, at, Witness())))

    async def prove(self, at: Stamp) -> None:
        """Shows that the ledger answers and, while the disk refuses, whether it takes writes again. StoreError."""
        await self.record(lambda book: clock.note(self._db, book.at) if self._refusal else None, at)

    @contextlib.asynccontextmanager
    async def committing(self) -> AsyncIterator[Ledger]:
        """Runs the committer; on the way out what waits is still committed, then the database is closed."""
        self._looking = Looking(self._db)
        committer = asyncio.create_task(self._commit_groups(), name="ledger")
        try:
            yield self
        finally:
            self._closing = True
            self._arrived.set()
            await committer
            self._thread.shutdown()
            self._looking.close()
            self._db.close()

    async def _commit_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or not self._closing:
            await self._arrived.wait()
            group, self._waiting = self._waiting[: self._max_group], self._waiting[self._max_group :]
            if not self._waiting and not self._closing:
                self._arrived.clear()
            if group:
                outcomes = await loop.run_in_executor(self._thread, self._commit, group)
                self.on_commit()
                _tell(group, outcomes)

    def _commit(self, group: Sequence[_Waiting[object]]) -> list[_Outcome]:
        """One transaction for the group. A fault of the disk is everybody's; any other is its bringer's alone."""
        try:
            self.catch_up()
            outcomes = self._transact(group)
        except (sqlite3.Error, OSError) as error:
            is_certain = not refusal.is_unsynced(error) or self._is_wiped(group[-1].at)
            self._refusal = refusal.not_written(error, is_certain=is_certain)
            return [_Outcome(fault=self._refusal) for _ in group]
        try:
            self.catch_up()
        except OSError as error:
            self._refusal = refusal.not_in_second_place(error)
            return [outcome if outcome.fault else _Outcome(fault=self._refusal) for outcome in outcomes]
        self.witness.committed(self._head)
        return [self._witnessed(outcome) for outcome in outcomes]

    def _witnessed(self, outcome: _Outcome) -> _Outcome:
        if outcome.fault is None and outcome.promised is not None:
            try:
                self.witness.after(outcome.promised)
            except StoreError as fault:
                return _Outcome(fault=fault)
        return outcome

    def _transact(self, group: Sequence[_Waiting[object]]) -> list[_Outcome]:
        tree, db = self._state.tree, self._db
        size, changes, highest = tree.size, db.total_changes, dict(self._head.highest)
        try:
            db.execute("begin immediate")
            outcomes = [self._attempt(waiting, highest) for waiting in group]
            if db.total_changes == changes:
                db.execute("rollback")
                return outcomes
            clock.note(self._db, group[-1].at)
            head = Head(self._state.incarnation, tree.size, tree.root(), highest)
            heads.keep(db, head.incarnation, head.size, head.root)
            db.execute("commit")
        except BaseException:
            tree.truncate(size)
            if db.in_transaction:
                db.execute("rollback")
            raise
        self._refusal = None
        self._head = head
        self._is_behind = tree.size != size
        return outcomes

    def _is_wiped(self, at: Stamp) -> bool:
        """Whether a commit of the time alone has taken the place of one that only lacked its sync, so that no restart
        finds that one."""
        try:
            self._db.execute("begin immediate")
            clock.note(self._db, at)
            self._db.execute("commit")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            return False
        return True

    def _attempt(self, waiting: _Waiting[object], highest: dict[str, int]) -> _Outcome:
        book = Book(self._db, self._key.public.id, self._state, waiting.at, self.witness)
        size = self._state.tree.size
        self._db.execute("savepoint work")
        try:
            value = waiting.work(book)
        except Exception as fault:  # one caller's refusal, even a bug, must not take the others' sales with it
            if isinstance(fault, sqlite3.Error) and not isinstance(fault, _OF_WORK):
                raise  # the disk's fault, and so everybody's
            self._db.execute("rollback to work")
            self._db.execute("release work")
            self._state.tree.truncate(size)
            return _Outcome(fault=fault)
        self._db.execute("release work")
        for drop, number in book.highest.items():
            highest[drop] = max(number, highest.get(drop, 0))
        return _Outcome(value, promised=book.promised)

    def catch_up(self) -> None:
        """Brings the second place to where the ledger is: before each group, and after each commit. OSError."""
        if self._is_behind:
            self._second.write(self._head)
            self._is_behind = False


def _tell(group: Sequence[_Waiting[object]], outcomes: Sequence[_Outcome]) -> None:
    for waiting, outcome in zip(group, outcomes, strict=True):
        if waiting.answer.done():
            continue  # its caller was cancelled; what was committed stands
        if outcome.fault is not None:
            waiting.answer.set_exception(outcome.fault)
        else:
            waiting.answer.set_result(outcome.value)
