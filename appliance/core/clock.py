"""Time as an interval: what the box is sure has passed (lo), what cannot have come yet (hi), and how it knows.

FORMATS §3 (qualities, hi). Decides; never reads a clock: CLOCK_BOOTTIME, boot id and what sources say are arguments.
Expired means lo ≥ the end. Order is the ledger's sequence and never this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

DRIFT_PPM = 100
LEAP_S = 400 * 86_400  # what moves lo by more is asked about first
SKEW_S = 120  # how far the clocks of those who sign may run ahead
ISSUERS_S = 48 * 3600  # how far issuers together may push lo past what is known better


class Quality(StrEnum):
    """What an interval rests on, worst first."""

    NONE = "none"
    FLOOR = "floor"
    SIGNED = "signed"
    PHONE = "phone"
    RTC = "rtc"
    COSIGNED = "cosigned"
    NTP = "ntp"

    @property
    def rank(self) -> int:
        return list(Quality).index(self)

    @property
    def is_sure(self) -> bool:
        """Whether it is `phone` or better."""
        return self.rank >= Quality.PHONE.rank


@dataclass(frozen=True, slots=True)
class Stamp:
    """One moment as the box can tell it. Unix seconds; `hi` None: no upper bound is known."""

    lo: int
    hi: int | None
    quality: Quality
    boot: str  # the kernel's boot id, a UUID
    boottime_ms: int  # CLOCK_BOOTTIME

    def as_json(self) -> dict[str, object]:
        """The `time` of a ledger leaf (FORMATS §5)."""
        return self.interval() | {"boot": self.boot, "boottime_ms": self.boottime_ms}

    def interval(self) -> dict[str, object]:
        """The interval and its quality alone, as a `clock` entry holds them."""
        return {"lo": self.lo, "hi": self.hi, "quality": self.quality.value}


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says of the time, Unix seconds; `hi` None where it only knows what has passed."""

    source: str  # as a `clock` entry names it (FORMATS §5)
    quality: Quality
    lo: int
    hi: int | None = None

    @property
    def said(self) -> int:
        """The moment that the source named: the middle of its interval, or what it says has passed."""
        return self.lo if self.hi is None else (self.lo + self.hi) // 2

    @property
    def kind(self) -> str:
        """The source without its name: `paper`, `token`, `reset`, `phone` …"""
        return self.source.partition(":")[0]

    @property
    def resets(self) -> bool:
        """Whether lo becomes what it says even if that is lower."""
        return self.kind == "reset"

    @property
    def is_of_root(self) -> bool:
        return self.kind in {"paper", "reset"}

    @property
    def repeats(self) -> bool:
        """Whether the source goes on speaking by itself, so that an answer about it is for as long as the box runs."""
        return self.kind in {"ntp", "rtc", "cosignature"}


class Effect(StrEnum):
    """What became of a word."""

    TAKEN = "taken"
    KNOWN = "known"  # it says nothing that is not known as well or better
    ASKED = "asked"  # the stall owner is asked about it first
    REFUSED = "refused"  # what it says cannot be: that time has passed


@dataclass(frozen=True, slots=True)
class Question:
    """A word that waits for the stall owner's answer, and the CLOCK_BOOTTIME at which it came."""

    word: Word
    heard_ms: int

    def at(self, boottime_ms: int) -> Word:
        """The word as it would be said now."""
        elapsed_ms = max(0, boottime_ms - self.heard_ms)
        hi = None if self.word.hi is None else self.word.hi + _grown_s(elapsed_ms)
        return replace(self.word, lo=self.word.lo + elapsed_ms // 1000, hi=hi)


@dataclass(frozen=True, slots=True)
class Clock:
    """The best interval known, anchored at a moment of CLOCK_BOOTTIME within one boot, and what it was judged by."""

    lo: int
    hi: int | None
    quality: Quality
    boot: str
    anchor_ms: int
    sure_lo: int | None = None  # the last lo of quality phone or better, while the quality is worse
    root_issued: int | None = None  # of the newest root paper that was believed
    questions: tuple[Question, ...] = ()

    def at(self, boottime_ms: int) -> Stamp:
        """The interval at that moment: lo moves with CLOCK_BOOTTIME, hi also by the drift of a cheap crystal."""
        elapsed_ms = max(0, boottime_ms - self.anchor_ms)
        hi = None if self.hi is None else self.hi + _grown_s(elapsed_ms)
        return Stamp(self.lo + elapsed_ms // 1000, hi, self.quality, self.boot, boottime_ms)

    def hear(self, word: Word, boottime_ms: int, *, is_confirmed: bool = False) -> tuple[Clock, Effect]:
        """The clock after a source has spoken. `is_confirmed`: the stall owner was asked and says that it is right.

        A better source's interval replaces a worse one's; lo never falls but by a reset.
        """
        now = self.at(boottime_ms)
        if now.hi is not None and word.hi is not None and word.quality.rank < now.quality.rank:
            return self, Effect.KNOWN
        if not is_confirmed and _leaps(now, word):
            return self._asking(Question(word, boottime_ms)), Effect.ASKED
        heard, effect = self._judged(now, word)
        return heard._believing(word) if effect is not Effect.REFUSED else heard, effect

    def _judged(self, now: Stamp, word: Word) -> tuple[Clock, Effect]:
        if word.resets:
            return replace(self._moved(now, word.lo, None, word.quality), sure_lo=None), Effect.TAKEN
        if word.hi is None:
            return self._pushed(now, word)
        if word.hi + SKEW_S < now.lo:
            return self._doubting(now), Effect.REFUSED
        lo = max(now.lo, word.lo)
        return self._moved(now, lo, max(word.hi, lo), word.quality), Effect.TAKEN

    def _pushed(self, now: Stamp, word: Word) -> tuple[Clock, Effect]:
        """A signed time has passed for certain; an upper bound below it was wrong, and is known no more."""
        if word.lo <= now.lo:
            return self, Effect.KNOWN
        if now.hi is None or now.hi + SKEW_S < word.lo:
            return self._moved(now, word.lo, None, word.quality), Effect.TAKEN
        return self._moved(now, word.lo, max(now.hi, word.lo), now.quality), Effect.TAKEN

    def _doubting(self, now: Stamp) -> Clock:
        """Two that should know contradict each other: all that is left is what is said to have passed."""
        return self if now.hi is None else self._moved(now, now.lo, None, Quality.FLOOR)

    def _moved(self, now: Stamp, lo: int, hi: int | None, quality: Quality) -> Clock:
        sure_lo = now.lo if now.quality.is_sure else self.sure_lo
        return replace(
            self,
            lo=lo,
            hi=hi,
            quality=quality,
            anchor_ms=now.boottime_ms,
            sure_lo=None if quality.is_sure else sure_lo,
            questions=tuple(q for q in self.questions if q.word.resets or q.word.lo > lo),
        )

    def _believing(self, word: Word) -> Clock:
        questions = tuple(question for question in self.questions if question.word.source != word.source)
        issued = self.root_issued
        if word.is_of_root:
            issued = word.lo if word.resets or issued is None else max(issued, word.lo)
        return replace(self, questions=questions, root_issued=issued)

    def _asking(self, question: Question) -> Clock:
        others = (other for other in self.questions if other.word.source != question.word.source)
        return replace(self, questions=(*others, question))

    def without_question(self, source: str) -> Clock:
        """The clock after the stall owner has said that this source is wrong."""
        return replace(self, questions=tuple(q for q in self.questions if q.word.source != source))

    def issuers_limit(self, boottime_ms: int, expires: int) -> int:
        """As far as the signed times of issuers may push lo; `expires` is the trust document's.

        48 h past the last lo of quality `phone` or better, else past the newest root paper's `issued`; where an
        upper bound is known, not past that.
        """
        now = self.at(boottime_ms)
        base = now.lo if now.quality.is_sure else self.sure_lo
        if base is None:
            base = self.root_issued
        if base is None:
            return now.lo
        return min(base + ISSUERS_S, expires, *([] if now.hi is None else [now.hi]))


def _grown_s(elapsed_ms: int) -> int:
    """Seconds by which hi has moved after so many milliseconds of CLOCK_BOOTTIME, rounded up."""
    return -(-elapsed_ms * (1_000_000 + DRIFT_PPM) // 1_000_000_000)


def _leaps(now: Stamp, word: Word) -> bool:
    if now.quality is Quality.NONE:
        return False
    moved = word.lo - now.lo
    return (abs(moved) if word.resets else moved) > LEAP_S


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of the clock over a restart; `last` is the last moment that was committed."""

    last: Stamp
    sure_lo: int | None
    root_issued: int | None
    asked: tuple[Word, ...]


def resumed(kept: Kept | None, boot: str, boottime_ms: int) -> Clock:
    """The clock after a start: within one boot it goes on, and after another all that is known is the floor."""
    if kept is None:
        return Clock(0, None, Quality.NONE, boot, boottime_ms)
    last = kept.last
    questions = tuple(Question(word, boottime_ms) for word in kept.asked)
    if last.boot == boot and last.boottime_ms <= boottime_ms:
        sure_lo = None if last.quality.is_sure else kept.sure_lo
        return Clock(last.lo, last.hi, last.quality, boot, last.boottime_ms, sure_lo, kept.root_issued, questions)
    quality = Quality.FLOOR if last.lo else Quality.NONE
    sure_lo = last.lo if last.quality.is_sure else kept.sure_lo
    return Clock(last.lo, None, quality, boot, boottime_ms, sure_lo, kept.root_issued, questions)
