"""The collector's answers: by a cosigned checkpoint, and by nothing else, entries leave the outbox (FORMATS §5, §6).

Knows not how an answer came: by stick and over the network it is the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from appliance.core import answer as answers
from appliance.core.answer import Answer
from appliance.core.status import Fault
from appliance.core.tlog import Checkpoint, origin, read_checkpoint, verify_cosignature
from appliance.core.trust import Member
from appliance.errors import PaperError
from appliance.stall.catalogue import Catalogue
from appliance.stall.house import House
from appliance.stall.loose_papers import Brought, take_papers
from appliance.stall.papers import Papers
from appliance.stall.past import signable
from appliance.stall.timekeeping import hear_cosignature
from appliance.store import acknowledged


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an answer: how many entries left the outbox, how many wait at the organizer's, and its papers."""

    acknowledged: int
    conflicts: int  # entries that the collector holds against others
    papers: Brought


class Acknowledgements:
    """`contradicted` is set once the collector has cosigned what this ledger does not hold: the box must start anew."""

    def __init__(self, house: House, catalogue: Catalogue, papers: Papers) -> None:
        self.contradicted = asyncio.Event()
        self._house = house
        self._catalogue = catalogue
        self._papers = papers

    async def hear(self, data: bytes, round_trip_ms: int | None = None) -> Heard:
        """Takes an answer in; a repetition changes nothing. `round_trip_ms`: as for `hear_cosignature`.

        PaperError where it is for another box, is not signed by this box and a cosigner of the trust document, or
        cannot be read. Papers in it that are refused do not stop the acknowledgement.
        """
        answer = await asyncio.to_thread(answers.read, data)
        if answer.box != self._house.box_id:
            raise PaperError("doc-role", f"This answer is for another box, {answer.box}. Take it there.")
        brought = await take_papers(self._papers, answer.papers)
        count = 0 if answer.checkpoint is None else await self._acknowledge(answer, answer.checkpoint, round_trip_ms)
        conflicts = sum(verdict.verdict == "conflict" for verdict in answer.verdicts)
        return Heard(count, conflicts, brought)

    async def _acknowledge(self, answer: Answer, text: str, round_trip_ms: int | None) -> int:
        house, incarnation = self._house, answer.incarnation
        checkpoint = read_checkpoint(text, house.key.public.raw)
        if checkpoint.origin != origin(house.box_id, incarnation):
            raise PaperError("doc-role", "The checkpoint in this answer is of another ledger. Ask for a new answer.")
        await hear_cosignature(house, self._cosigned(text), round_trip_ms)
        if incarnation == house.ledger.incarnation and not self._is_ours(checkpoint):
            await self._contradict(incarnation, text)
            return 0
        if incarnation != house.ledger.incarnation and not await self._was_ours(incarnation, checkpoint):
            return 0  # known, or of a history that was lost, which the restart after it has said already
        return await house.record(lambda book: acknowledged.note(book.db, incarnation, checkpoint.size, text))

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

    async def _was_ours(self, incarnation: int, checkpoint: Checkpoint) -> bool:
        reader = self._house.reader
        known = (await reader.acknowledged()).get(incarnation, 0)
        if checkpoint.size <= known or incarnation not in await reader.incarnations():
            return False
        tree = (await signable(self._house, incarnation)).tree
        return checkpoint.size <= tree.size and tree.root(checkpoint.size) == checkpoint.root

    async def _contradict(self, incarnation: int, text: str) -> None:
        house = self._house
        await house.record(lambda book: acknowledged.contradict(book.db, incarnation, text))
        house.note(
            "contradiction",
            Fault("forked", "The organizer holds sales of this box that it does not know. It must start anew."),
        )
        self.contradicted.set()


def _seen_by(member: Member, text: str) -> int | None:
    try:
        return verify_cosignature(text, member.note, member.key.raw)
    except PaperError:
        return None  # it is by another cosigner, or by none: which of the two, is said once all were asked
