"""What a stick brings is taken in, and the sales are written onto it (FORMATS §7): nothing outside `STALLBOX/`.

Knows the folders of a stick and what is done with each. How a stick comes and goes is `services.sticks`' matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from appliance.core import stick
from appliance.core.answer import MAX_ANSWER
from appliance.core.envelope import MAX_ENVELOPE
from appliance.errors import PaperError, StallboxError
from appliance.stall.acknowledgements import Acknowledgements, Heard
from appliance.stall.attachments import Load
from appliance.stall.loose_papers import take_papers
from appliance.stall.papers import Ingested, Papers
from appliance.stall.small_papers import Taken
from appliance.store import stick as store
from appliance.tree import Tree, is_gone

Say = Callable[[str, int, int], None]  # what it is about, and how many bytes of how many; also from a thread


@dataclass
class Found:
    """What a stick held for this box: sentences of what is new, and of what was refused with its name."""

    news: list[str] = field(default_factory=list)
    known: int = 0  # bundles, papers and answers that were here already
    refused: list[tuple[str, StallboxError]] = field(default_factory=list)
    is_courier: bool = False
    is_mirror: bool = False  # of this box or of another: it stays in

    @property
    def is_empty(self) -> bool:
        return not (self.news or self.known or self.refused or self.is_courier or self.is_mirror)


class Carrying:
    """`outbox`: the batches that nobody has acknowledged, name and bytes."""

    def __init__(
        self,
        box_id: str,
        papers: Papers,
        acknowledgements: Acknowledgements,
        outbox: Callable[[Load], AsyncIterator[tuple[str, bytes]]],
    ) -> None:
        self._box = box_id
        self._papers = papers
        self._acknowledgements = acknowledgements
        self._outbox = outbox

    async def take_in(self, root: Tree, say: Say) -> Found:
        """Takes in all that is on a stick for this box; what is refused keeps nothing else out.

        Raises only the refusal of a stick that was pulled out or is broken (`tree.is_gone`); what was taken in
        before that stays, and the stick may be put in again.
        """
        found = Found()
        with _noting(found, stick.HOME):
            name = await asyncio.to_thread(store.find, root, stick.HOME)
            if name is not None:
                with await asyncio.to_thread(root.folder, name) as home:
                    await self._take_in(home, found, say)
        return found

    async def _take_in(self, home: Tree, found: Found, say: Say) -> None:
        found.is_mirror = await asyncio.to_thread(store.find, home, stick.MIRROR) is not None
        await _in_folder(home, stick.PAPERS, found, lambda folder: self._take_papers(folder, found))
        bundles = stick.bundles(await asyncio.to_thread(home.names, stick.MAX_NAMES))
        _limit(bundles, stick.MAX_BUNDLES, "bundles", found)
        for n, name in enumerate(bundles, 1):
            await self._take_bundle(home, name, f"{name} ({n} of {len(bundles)})", found, say)
        await _in_folder(home, stick.ACK, found, lambda folder: self._take_answers(folder, found))

    async def _take_papers(self, folder: Tree, found: Found) -> None:
        names = stick.papers(await asyncio.to_thread(folder.names, stick.MAX_NAMES))
        _limit(names, stick.MAX_PAPERS, "papers", found)
        data: list[bytes] = []
        for name in names:
            with _noting(found, name):
                limit = min(MAX_ENVELOPE, stick.MAX_PAPER_BYTES - sum(map(len, data)))
                data.append(await asyncio.to_thread(folder.read, name, limit, f"The paper {name}"))
        brought = await take_papers(self._papers, data)
        for taken in brought.taken:
            _count(found, taken)
        found.refused += [("A paper", refusal) for refusal in brought.refused]
        found.is_courier |= brought.is_courier

    async def _take_bundle(self, home: Tree, name: str, said: str, found: Found, say: Say) -> None:
        say(said, 0, 0)
        with _noting(found, name):
            _count(found, await self._papers.take(home, name, lambda done, total: say(said, done, total)))

    async def _take_answers(self, folder: Tree, found: Found) -> None:
        """Of each incarnation the newest answer that holds: it covers those before, unless the collector, who may take
        batches in any order, lacked entries then."""
        names = stick.answers(await asyncio.to_thread(folder.names, stick.MAX_NAMES), self._box)
        done: set[str] = set()
        for name in names[: -stick.MAX_ANSWERS - 1 : -1]:
            log = name.upper().split("-")[2]
            if log in done:
                continue
            with _noting(found, name):
                data = await asyncio.to_thread(folder.read, name, MAX_ANSWER, f"The answer {name}")
                heard = await self._acknowledgements.hear(data)
                _count_heard(found, heard)
                if heard.is_whole:
                    done.add(log)

    async def write_out(self, root: Tree, say: Say, load: Load) -> int:
        """Writes every batch that waits and is not there yet, and reads it back; how many were new.

        `load`: which attachments go along; onto a courier's stick none (FORMATS §2.5).

        OSError where the stick refuses, StoreError where it gives back other bytes or, after all that can be
        written, where the box does not sign an entry.
        """
        written = done = 0
        with await asyncio.to_thread(_out, root) as out:
            async for name, data in self._outbox(load):
                say(name, done, 0)
                written += await asyncio.to_thread(store.put, out, name, data)
                done += len(data)
        return written


def _out(root: Tree) -> Tree:
    with store.make_folder(root, stick.HOME) as home:
        return store.make_folder(home, stick.OUT)


async def _in_folder(home: Tree, name: str, found: Found, work: Callable[[Tree], Awaitable[None]]) -> None:
    with _noting(found, name):
        own = await asyncio.to_thread(store.find, home, name)
        if own is not None:
            with await asyncio.to_thread(home.folder, own) as folder:
                await work(folder)


@contextmanager
def _noting(found: Found, name: str) -> Iterator[None]:
    """Notes a refusal and goes on, unless the stick itself answers no more."""
    try:
        yield
    except StallboxError as refusal:
        if is_gone(refusal):
            raise
        found.refused.append((name, refusal))


def _limit(names: list[str], most: int, what: str, found: Found) -> None:
    if len(names) > most:
        text = f"Only the first {most} of {len(names)} {what} are read. Use another stick for the others."
        found.refused.append((stick.HOME, PaperError("doc-too-large", text)))
        del names[most:]


def _count(found: Found, taken: Ingested | Taken) -> None:
    if not taken.is_news:
        found.known += 1
    elif isinstance(taken, Ingested):
        found.news.append(f"“{taken.title}” is on sale now.")
    else:
        found.news.append(f"The {taken.kind} paper {taken.version} was taken in.")


def _count_heard(found: Found, heard: Heard) -> None:
    for taken in heard.papers.taken:
        _count(found, taken)
    found.refused += [("A paper", refusal) for refusal in heard.papers.refused]
    if heard.acknowledged:
        found.news.append(f"The organizer has {heard.acknowledged} more entries.")
    else:
        found.known += 1
    if heard.conflicts:
        found.news.append(f"{heard.conflicts} of them are in question: ask the organizer.")
