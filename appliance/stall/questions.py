"""What only the stall owner can answer, and the entries that say so: an uncertain window, the time, blocked numbers."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import time_sources
from appliance.core.clock import Effect, Question
from appliance.core.documents import format_time, plain_time
from appliance.errors import RequestError
from appliance.stall.house import House
from appliance.stall.timekeeping import hear, note_clock
from appliance.store import clock, numbers
from appliance.store.ledger import Book

_TIMES = range(1_577_836_800, 253_402_300_800 - 366 * 86_400)  # 2020 to what four digits of a year can say
_SAYS = {
    "paper": "A paper of the organizer says",
    "reset": "The organizer wants the box to start its clock anew and says",
    "cosignature": "The organizer’s collector says",
    "phone": "A paired phone says",
    "rtc": "The box’s battery clock says",
    "ntp": "The network says",
}


@dataclass(frozen=True, slots=True)
class TimeQuestion:
    """A time so far from what the box knows that nobody but the stall owner can say whether it is right."""

    source: str
    text: str


class Questions:
    """`window_boot`: the boot in which an uncertain window was confirmed last."""

    def __init__(self, house: House, *, window_boot: str | None = None) -> None:
        self._house = house
        self._is_window_confirmed = window_boot == house.now().boot  # once per boot (FORMATS §3, Window)

    @property
    def is_window_confirmed(self) -> bool:
        return self._is_window_confirmed

    async def confirm_window(self, *, by: int | None) -> None:
        """The stall owner says that the sale is open now, although the box is not sure of the time: once per boot."""

        def work(book: Book) -> None:
            if clock.confirm_window(book.db, book.at):
                override(book, "window", "open", by)

        await self._house.record(work)
        self._is_window_confirmed = True

    async def set_time(self, phone_time: int) -> Effect:
        """The time of a paired phone, Unix seconds, good to two minutes: what became of it.

        `bad-request` (409) where that time has passed for certain, and `bad-request` where it is no time at all.
        """
        if phone_time not in _TIMES:
            raise RequestError("bad-request", "This is not a time. Set the phone's clock and try again.")
        effect = await hear(self._house, time_sources.phone(phone_time))
        if effect is Effect.REFUSED:
            passed = plain_time(self._house.now().lo)
            raise RequestError(
                "bad-request",
                f"The phone says {plain_time(phone_time)}, but {passed} has passed for certain. Set the phone's "
                "clock; if it is right, ask the organizer for a clock-reset for this box.",
                status_hint=409,
            )
        return effect

    @property
    def times(self) -> tuple[TimeQuestion, ...]:
        """The times that the stall owner is asked about; see `answer_time`."""
        return tuple(_asked(question, self._house.now().lo) for question in self._house.clock.questions)

    async def answer_time(self, source: str, *, is_right: bool, by: int | None) -> None:
        """The stall owner's word on a time that a source has given. `bad-request` where it is not asked about."""
        house = self._house
        question = next((q for q in house.clock.questions if q.word.source == source), None)
        if question is None:
            raise RequestError("bad-request", "The box does not ask about this time any more.", status_hint=409)
        said = f"{source} {format_time(question.word.said)}: {'right' if is_right else 'wrong'}"
        await house.record(lambda book: override(book, "clock", said, by))
        house.clock.answer(question, is_right=is_right)
        await note_clock(house)

    async def discard_blocked(self, *, by: int | None) -> int:
        """The stall owner says that blocked numbers were not sold: how many are free again."""

        def work(book: Book) -> int:
            override(book, "discard-blocked", "not sold", by)
            return numbers.discard_blocks(book.db)

        return await self._house.record(work)


def _asked(question: Question, lo: int) -> TimeQuestion:
    says = _SAYS[question.word.kind]
    said, passed = plain_time(question.word.said), plain_time(lo)
    text = f"{says} that it is {said}. So far the box knows only that {passed} has passed."
    return TimeQuestion(question.word.source, text)


def override(book: Book, what: str, answer: str, by: int | None, token: dict[str, object] | None = None) -> None:
    """Appends the stall owner's word."""
    book.append("override", {"what": what, "sale": None, "token": token, "answer": answer, "by": by})
