"""The box keeps its mirror: what was promised waits for the stick in `sync` mode, and comes along later otherwise.

Law: in `sync` mode nothing is promised that the stick lacks, unless the stall owner said to go on without it.
A box that sees that another machine has adopted it sells no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from appliance.core.clock import Stamp
from appliance.core.scene import Mirror, MirrorState
from appliance.core.status import Fault
from appliance.errors import StallboxError, StoreError
from appliance.store import acknowledged, adopted, refusal
from appliance.store.ledger import Book, Ledger
from appliance.store.mirror import keeping
from appliance.store.mirror.keeping import Kept
from appliance.store.mirror.places import Places
from appliance.store.mirror.stick import Source, Stick
from appliance.store.mirror.writer import ForgottenError
from appliance.store.second import Head
from appliance.store.witness import Key, Witness
from appliance.worker import Worker

T = TypeVar("T")
PATIENCE_S = 8.0  # a stick that takes longer for one commit is taken for gone
OPENING_S = 30.0  # for all that it lacks; the stall opens later by so much at most


class Mirroring(Witness):
    """Used from the event loop's thread and the ledger's; the stick is touched in others, which may hang."""

    def __init__(
        self,
        keys: Path,
        card_hash: str | None,
        source: Source,
        ledger: Ledger,
        now: Callable[[], Stamp],
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._now, self._patience_s = now, patience_s
        self.came = asyncio.Event()  # the stick, since somebody has cleared this
        self.forgotten = asyncio.Event()  # the stick knows sales that the ledger does not: the next start begins anew
        self.fault: StallboxError | None = None  # why a stick that is in is not kept up
        self._keys, self._card_hash, self._source, self._ledger = keys, card_hash, source, ledger
        self._kept = keeping.read(keys)
        self._is_adopted = adopted.is_marked(keys)
        self._stick: Stick | None = None
        self._seen: Key = (-1, 0)  # incarnation and size that the stick had last
        self._worker = Worker("mirror")
        self._copier = Worker("files of the mirror")
        self._stuck: Future[Any] | None = None  # what the stick never answered
        ledger.witness = self

    @property
    def kept(self) -> Kept | None:
        """The mirror of this box, whether its stick is in or not."""
        return self._kept

    @property
    def state(self) -> Mirror | None:
        """As it is shown; None where the box has no mirror."""
        kept = self._kept
        if kept is None:
            return None
        if self._stick is None:
            return Mirror(MirrorState.WITHOUT if kept.is_waived else MirrorState.MISSING, kept.is_sync)
        behind = max(0, self._ledger.head.size - self._seen[1])
        return Mirror(MirrorState.BEHIND if behind else MirrorState.KEPT, kept.is_sync, behind)

    def answer(self) -> dict[str, object]:
        """As commands print it."""
        state, kept, fault = self.state, self._kept, self.fault
        if self._is_adopted:
            fault = StoreError("adopted", adopted.SENTENCE)
        return {
            "mirror": state.state.value if state else None,
            "sync": state.is_sync if state else None,
            "behind": state.behind if state else None,
            "path": kept.path if kept else None,
            "fault": fault.detail if fault else None,
        }

    @property
    def why_stopped(self) -> Fault | None:
        """Why this box sells no more, if another has adopted it."""
        return Fault("adopted", adopted.SENTENCE) if self._is_adopted else None

    async def prepare(self, folder: Path, card: str, *, is_sync: bool, is_named: bool) -> None:
        """Makes `folder` the mirror and brings it up. `card`: the owner card's characters.

        `is_named`: the mirror is always this very folder; else any stick that holds it. StoreError.
        """
        secret, places = self.check_card(card), Places(folder)
        if is_named:
            await self._ask(lambda: keeping.check_named(folder, self._keys.parent), self._patience_s)
        await self._look(places)
        if self._is_adopted:
            raise StoreError("adopted", adopted.SENTENCE)
        named = str(folder) if is_named else None
        kept = await self._ask(lambda: self._source.prepare(places, secret, is_sync=is_sync, named=named), OPENING_S)
        await self.stop()
        await self._open(places, kept)
        await self._keep(kept)

    def check_card(self, text: str) -> str:
        """The secret of the owner card that somebody typed; StoreError `unpaired` unless it is this box's."""
        return keeping.check_card(self._card_hash, text)

    async def go_on(self) -> None:
        """The stall owner says to sell without the stick, until it is back. StoreError where no mirror is kept, or
        another box sells in this one's place."""
        if self._is_adopted:
            raise StoreError("adopted", adopted.SENTENCE)
        if self._kept is None:
            raise StoreError("store", "This box keeps no mirror: it sells without.")
        if self._stick is None:
            await self._keep(replace(self._kept, is_waived=True))

    async def stop(self) -> None:
        """Keeps no mirror any more. The stick stays as it is, and is in use no more unless it does not answer."""
        closed = self._let_go()
        self._seen = (-1, 0)
        await self._keep(None)
        if closed is not None:
            await asyncio.wait([asyncio.wrap_future(closed)], timeout=self._patience_s)

    async def look_after(
        self, sticks: Iterable[Path], make_writable: Callable[[Path], Awaitable[None]] | None = None
    ) -> None:
        """Once: opens the mirror where one of the folders `MIRROR` is it, or gives it what it lacks.

        `make_writable` is asked to mount a mirror of this box anew.
        """
        kept, stick = self._kept, self._stick
        try:
            if stick is not None:
                await self._ask(lambda: self._bring_up(stick, self._ledger.head), self._patience_s)
                await self._ask(stick.look_after, self._patience_s)
                return
            for path in [Path(kept.path)] if kept is not None and kept.path is not None else list(sticks):
                places = Places(path)
                await self._look(places)
                if kept is None or self._is_adopted or not await self._is_this(places, kept):
                    continue
                if make_writable is not None:
                    await make_writable(path)
                await self._open(places, kept)
                return
        except StallboxError as fault:
            self._let_go(fault)

    async def copy_files(self) -> None:
        """Gives the stick files that it lacks; beside the sales, since that may take minutes. StoreError."""
        stick = self._stick
        if stick is not None:
            await asyncio.wrap_future(self._copier.call(stick.copy_files))

    def close(self) -> None:
        """Lets go of the stick, without waiting for it."""
        self._let_go()
        self._worker.stop()
        self._copier.stop()

    # what the ledger asks, in its thread

    def before(self, key: Key) -> None:
        if self._is_adopted:
            raise StoreError("adopted", adopted.SENTENCE)
        if self._stick is None and self._is_due(key):
            raise refusal.mirror_missing()

    def committed(self, head: Head) -> None:
        kept, stick = self._kept, self._stick
        if kept is None or not kept.is_sync or stick is None:
            return
        done = self._worker.call(lambda: self._bring_up(stick, head))
        try:
            done.result(self._patience_s)
        except TimeoutError:
            self._stuck = done
            self._let_go(_no_answer())
        except StallboxError as fault:
            self._let_go(fault)

    def after(self, key: Key) -> None:
        if self._is_due(key):
            raise refusal.not_on_mirror(self.fault or _no_answer())

    def _is_due(self, key: Key) -> bool:
        """Whether the stick must have this entry and does not."""
        kept = self._kept
        is_held = key[0] == self._seen[0] and key[1] < self._seen[1]
        return kept is not None and kept.is_sync and not kept.is_waived and not is_held

    # what touches the stick, in its own thread

    def _bring_up(self, stick: Stick, head: Head) -> None:
        stick.bring_up(head)
        self._seen = (head.incarnation, stick.size)

    async def _look(self, places: Places) -> None:
        """Stops the sale for good where the stick proves that another machine goes on as this box."""
        source = self._source
        proof = await self._ask(lambda: adopted.look(places, source.key.public, source.knows), self._patience_s)
        if proof is not None and not self._is_adopted:
            await asyncio.to_thread(adopted.mark, self._keys, proof)
            self._is_adopted = True

    async def _is_this(self, places: Places, kept: Kept) -> bool:
        return await self._ask(lambda: keeping.is_this(places, kept), self._patience_s)

    async def _open(self, places: Places, kept: Kept) -> None:
        head = self._ledger.head
        try:
            stick = await self._ask(lambda: self._source.open(places, kept, head), OPENING_S)
        except ForgottenError as fault:
            await self._begin_anew(fault)
            raise
        self._seen = (head.incarnation, stick.size)
        self._stick, self.fault = stick, None
        self.came.set()
        if kept.is_waived:
            await self._keep(replace(kept, is_waived=False))

    async def _begin_anew(self, fault: ForgottenError) -> None:
        """Has the next start begin a new incarnation, as after a contradiction by the collector."""

        def work(book: Book) -> None:
            acknowledged.contradict(book.db, fault.incarnation, fault.checkpoint)

        await self._ledger.record(work, self._now())
        self.forgotten.set()

    async def _keep(self, kept: Kept | None) -> None:
        await asyncio.to_thread(keeping.write, self._keys, kept)
        self._kept = kept

    async def _ask(self, function: Callable[[], T], patience_s: float) -> T:
        """What the stick answers; StoreError where it does not in time, and as long as it has not."""
        if self._stuck is not None and not self._stuck.done():
            raise _no_answer()
        done = self._worker.call(function)
        try:
            async with asyncio.timeout(patience_s):
                return await asyncio.wrap_future(done)
        except TimeoutError as error:
            self._stuck = done
            raise _no_answer() from error

    def _let_go(self, fault: StallboxError | None = None) -> Future[None] | None:
        """Has the stick closed as soon as it answers."""
        stick, self._stick, self.fault = self._stick, None, fault
        return self._worker.call(stick.close) if stick is not None else None


def _no_answer() -> StoreError:
    return StoreError("not-ready", "The mirror stick does not answer. Pull it out and put it back.")
