"""The collector's answers: by a cosigned checkpoint, and by nothing else, entries leave the outbox (FORMATS §5, §6).

By stick and over the network it is the same, except for what no signature covers: verdicts are believed only over a
connection that was proved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from appliance.core import answer as answers
from appliance.core import entries
from appliance.core.answer import Answer, Verdict
from appliance.core.status import Fault
from appliance.core.tlog import Checkpoint, origin, read_checkpoint, verify_cosignature
from appliance.core.trust import Member
from appliance.errors import PaperError
from appliance.stall.attachments import mark_sent
from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.stall.loose_papers import Brought, take_papers
from appliance.stall.papers import Papers
from appliance.stall.past import signable
from appliance.stall.timekeeping import hear_cosignature
from appliance.store import acknowledged, cases
from appliance.store.ledger import Book

_FORKED = "forked"
_FRESH_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an answer: how many entries left the outbox, how many wait at the organizer's, and its papers.

    `is_whole`: the collector lacked nothing when it answered.
    """

    acknowledged: int
    conflicts: int  # entries that the collector holds against others
    papers: Brought
    is_whole: bool


class Acknowledgements:
    """`contradicted` is set once the collector holds another history than this ledger: the box must start anew.

    `missing` is what it lacked when it last answered, by incarnation: inclusive ranges, to be sent again.
    """

    def __init__(self, house: House, catalogue: Catalogue, papers: Papers) -> None:
        self.contradicted = asyncio.Event()
        self.missing: dict[int, tuple[tuple[int, int], ...]] = {}
        self._house = house
        self._catalogue = catalogue
        self._papers = papers

    @property
    def lacks(self) -> bool:
        """Whether the collector lacked entries when it last answered."""
        return any(self.missing.values())

    async def hear(self, data: bytes, round_trip_ms: int | None = None, sent: bytes | None = None) -> Heard:
        """Takes an answer in; a repetition changes nothing. `round_trip_ms`: as for `hear_cosignature`.

        `sent`: the batch that it answers, where the other end of the connection was proved to be the collector.
        PaperError where it is for another box, is not signed by this box and a cosigner of the trust document, or
        cannot be read. Papers in it that are refused do not stop the acknowledgement.
        """
        answer = await asyncio.to_thread(answers.read, data)
        if answer.box != self._house.box_id:
            raise PaperError("doc-role", f"This answer is for another box, {answer.box}. Take it there.")
        brought = await take_papers(self._papers, answer.papers)
        count = 0
        if answer.checkpoint is not None:
            count = await self._acknowledge(answer, answer.checkpoint, round_trip_ms, is_proven=sent is not None)
        if answer.incarnation in await self._house.reader.incarnations():
            self.missing[answer.incarnation] = answer.missing
        conflicts = [verdict for verdict in answer.verdicts if verdict.verdict == "conflict"]
        if sent is not None:
            await self._hear_conflicts(answer, conflicts)
            await mark_sent(self._house, sent)
        is_whole = answer.checkpoint is not None and not answer.missing
        return Heard(count, len(conflicts), brought, is_whole)

    async def _acknowledge(self, answer: Answer, text: str, round_trip_ms: int | None, *, is_proven: bool) -> int:
        house, incarnation = self._house, answer.incarnation
        checkpoint = read_checkpoint(text, house.key.public.raw)
        if checkpoint.origin != origin(house.box_id, incarnation):
            raise PaperError("doc-role", "The checkpoint in this answer is of another ledger. Ask for a new answer.")
        await hear_cosignature(house, self._cosigned(text), round_trip_ms)
        if incarnation == house.ledger.incarnation:
            size = checkpoint.size
            if not self._is_ours(checkpoint):
                await self._contradict(incarnation, text)
                return 0
        else:
            size = await self._size_of_past(answer, checkpoint, is_proven=is_proven)
        if not size:
            return 0
        return await house.record(lambda book: acknowledged.note(book.db, incarnation, size, text))

    async def _hear_conflicts(self, answer: Answer, conflicts: Collection[Verdict]) -> None:
        """Keeps what the collector holds against entries; two histories of the present incarnation end it."""
        house, incarnation = self._house, answer.incarnation
        if not conflicts:
            return
        held = [(verdict.seq, verdict.reason, verdict.case) for verdict in conflicts]
        fork = next((verdict for verdict in conflicts if verdict.reason == _FORKED), None)
        is_fork = fork is not None and answer.checkpoint is None

        def work(book: Book) -> None:
            cases.note(book.db, incarnation, held)
            if fork is not None and is_fork:
                cases.fork(book.db, incarnation, fork.case)

        await house.record(work)
        if is_fork and incarnation == house.ledger.incarnation and not await self._is_fresh():
            self._begin_anew("The organizer holds two logs of this box that do not agree. It must start anew.")

    def _cosigned(self, text: str) -> int:
        """When a cosigner of the trust document last saw this checkpoint, Unix seconds."""
        seen = [when for member in self._cosigners() if (when := _seen_by(member, text)) is not None]
        if not seen:
            raise PaperError(
                "doc-role", "No collector of this event has signed this answer. Ask the organizer for a new one."
            )
        return max(seen)

    def _cosigners(self) -> list[Member]:
        chain = self._catalogue.chain
        if chain is None:
            return []
        return [member for member in chain.current.cosigners if member.key.did not in chain.revoked_keys]

    def _is_ours(self, checkpoint: Checkpoint) -> bool:
        """What is committed is asked, since the tree itself may just be growing."""
        ledger = self._house.ledger
        size = checkpoint.size
        return size <= ledger.head.size and ledger.log(ledger.incarnation).tree.root(size) == checkpoint.root

    async def _size_of_past(self, answer: Answer, checkpoint: Checkpoint, *, is_proven: bool) -> int:
        """How many entries of an earlier incarnation are acknowledged.

        Where a part of it was lost here, the checkpoint may be larger than what is left, and shows nothing by itself;
        then the verdicts over a proved connection say which of these entries lie below it.
        """
        if answer.incarnation not in await self._house.reader.incarnations():
            return 0
        known = (await self._house.reader.acknowledged()).get(answer.incarnation, 0)
        if checkpoint.size <= known:
            return 0
        tree = (await signable(self._house, answer.incarnation)).tree
        if checkpoint.size <= tree.size:
            return checkpoint.size if tree.root(checkpoint.size) == checkpoint.root else 0
        if not is_proven:
            return 0
        taken = {verdict.seq for verdict in answer.verdicts if verdict.verdict != "conflict"}
        size = known
        while size in taken and size < tree.size:
            size += 1
        return size

    async def _contradict(self, incarnation: int, text: str) -> None:
        await self._house.record(lambda book: acknowledged.contradict(book.db, incarnation, text))
        self._begin_anew("The organizer holds sales of this box that it does not know. It must start anew.")

    async def _is_fresh(self) -> bool:
        """Whether this incarnation has just begun because of a fork: no signature covers that verdict, and a collector
        that says it of everything must not keep the box from selling."""
        leaf = await self._house.reader.leaf((self._house.ledger.incarnation, 0))
        assert leaf is not None, "every incarnation begins with its restart"
        restart, now = entries.read(leaf), self._house.now()
        is_recent = restart.time.boot == now.boot and now.boottime_ms - restart.time.boottime_ms < _FRESH_MS
        return restart.fields["reason"] == _FORKED and is_recent

    def _begin_anew(self, why: str) -> None:
        self._house.note("contradiction", Fault("forked", why))
        self.contradicted.set()


def _seen_by(member: Member, text: str) -> int | None:
    try:
        return verify_cosignature(text, member.note, member.key.raw)
    except PaperError:
        return None  # it is by another cosigner, or by none: which of the two, is said once all were asked
