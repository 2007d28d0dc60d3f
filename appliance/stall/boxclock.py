"""The clock of this process: the one place where it changes, and what is still to be said of that in the ledger.

`core.clock` decides what a reading means, `Readings` are how this machine is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.core import time_sources
from appliance.core.clock import Effect, Kept, Quality, Question, Stamp, Word, resumed
from appliance.core.status import BatteryClock
from appliance.core.time_sources import Rtc


@dataclass(frozen=True, slots=True)
class Readings:
    """How the machine is asked for the time."""

    boot_id: Callable[[], str]
    boottime_ms: Callable[[], int]  # CLOCK_BOOTTIME
    wall: Callable[[], int]  # the system clock, Unix seconds
    ntp_error_s: Callable[[], int | None]  # None while nobody synchronises the system clock
    rtc: Callable[[], Rtc | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a `clock` entry says (FORMATS §5)."""

    before: Stamp
    after: Stamp
    source: str

    def fields(self) -> dict[str, object]:
        return {"from": self.before.interval(), "to": self.after.interval(), "source": self.source}


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What the ledger does not know yet: changes in their order, and what the clock is judged by from now on."""

    changes: tuple[Change, ...]
    sure_lo: int | None
    root_issued: int | None
    asked: tuple[Word, ...]


class BoxClock:
    """`kept`: what the last run has left. `now()` is cheap and may be called from any thread, the rest from one."""

    def __init__(self, kept: Kept | None, readings: Readings) -> None:
        self._readings = readings
        self._clock = resumed(kept, readings.boot_id(), readings.boottime_ms())
        self._changes: list[Change] = []
        self._is_unsaved = False
        self._refused: set[str] = set()
        self._battery: BatteryClock | None = None
        if kept is not None and self._clock.quality is not kept.last.quality:
            self._changes.append(Change(kept.last, self.now(), Quality.FLOOR.value))

    def now(self) -> Stamp:
        return self._clock.at(self._readings.boottime_ms())

    @property
    def battery(self) -> BatteryClock | None:
        """The battery clock as it was last read; None where there is none."""
        return self._battery

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the stall owner is asked about, since it would move the clock by more than 400 days."""
        return self._clock.questions

    def hear(self, word: Word) -> Effect:
        """A source has spoken. `clock` entries are due when the quality changes, and for what people have done."""
        return self._hear(word, is_confirmed=False)

    def _hear(self, word: Word, *, is_confirmed: bool) -> Effect:
        boottime_ms, old = self._readings.boottime_ms(), self._clock
        new, effect = old.hear(word, boottime_ms, is_confirmed=is_confirmed)
        if effect is Effect.ASKED and word.source in self._refused:
            return Effect.REFUSED
        self._clock = new
        before, after = old.at(boottime_ms), new.at(boottime_ms)
        is_notable = word.kind in {"phone", "reset"} and effect is Effect.TAKEN
        if before.quality is not after.quality or is_notable:
            self._changes.append(Change(before, after, word.source))
        self._is_unsaved |= (old.root_issued, _lasting(old.questions)) != (new.root_issued, _lasting(new.questions))
        return effect

    def hear_issuer(self, issuer: str, issued: int, expires: int) -> Effect:
        """A token of an issuer whose `time` is true was redeemed. `expires` is the trust document's."""
        limit = self._clock.issuers_limit(self._readings.boottime_ms(), expires)
        return self.hear(time_sources.token(issuer, issued, limit))

    def read_system(self) -> dict[str, Effect]:
        """Asks the machine's own sources, and what became of their words, by source."""
        read = self._readings
        wall, error, battery, lo = read.wall(), read.ntp_error_s(), read.rtc(), self.now().lo
        self._battery = BatteryClock(battery.kind, time_sources.doubt(battery, wall, lo)) if battery else None
        words = [time_sources.rtc(battery, wall, lo)] if self.now().quality.rank < _RTC_RANK else []
        if error is not None:
            words.append(time_sources.ntp(wall, error))
        return {word.source: self.hear(word) for word in words if word is not None}

    def answer(self, question: Question, *, is_right: bool) -> None:
        """The stall owner's answer to one of `questions`."""
        if is_right:
            self._hear(question.at(self._readings.boottime_ms()), is_confirmed=True)
            return
        self._clock = self._clock.without_question(question.word.source)
        self._is_unsaved = True
        if question.word.repeats:
            self._refused.add(question.word.source)

    def take_unsaved(self) -> Unsaved | None:
        """What the ledger should be told, once; see `give_back`."""
        if not self._changes and not self._is_unsaved:
            return None
        taken = Unsaved(
            tuple(self._changes), self._clock.sure_lo, self._clock.root_issued, _lasting(self._clock.questions)
        )
        self._changes, self._is_unsaved = [], False
        return taken

    def give_back(self, unsaved: Unsaved) -> None:
        """The ledger could not be told."""
        self._changes[:0] = unsaved.changes
        self._is_unsaved = True


_RTC_RANK = Quality.RTC.rank


def _lasting(questions: tuple[Question, ...]) -> tuple[Word, ...]:
    """Those that nobody asks again by himself after a restart: about what was signed."""
    return tuple(question.word for question in questions if question.word.quality is Quality.SIGNED)
