"""The clock as FORMATS §3 wants it: every source, every rung of the ladder, leaps, contradictions and restarts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import time_sources
from appliance.core.clock import ISSUERS_S, LEAP_S, SKEW_S, Clock, Effect, Kept, Quality, Stamp, Word, resumed
from tests.organizer import DAY, NOW

BOOT = "11111111-1111-1111-1111-111111111111"
LATER_BOOT = "22222222-2222-2222-2222-222222222222"
START_MS = 60_000
NTP = Word("ntp", Quality.NTP, NOW - 1, NOW + 1)
PHONE = time_sources.phone(NOW)


def clock(lo: int = NOW, hi: int | None = None, quality: Quality = Quality.FLOOR, **more: object) -> Clock:
    return replace(Clock(lo, hi, quality, BOOT, START_MS), **more)  # type: ignore[arg-type]


def told(before: Clock, *words: Word, at_ms: int = START_MS) -> Clock:
    for word in words:
        before = before.hear(word, at_ms)[0]
    return before


def interval(of: Clock, at_ms: int = START_MS) -> tuple[int, int | None, Quality]:
    at = of.at(at_ms)
    return at.lo, at.hi, at.quality


class TestRunning:
    @pytest.mark.parametrize(
        ("elapsed_ms", "lo", "hi"),
        [
            (0, 0, 0),
            (999, 0, 1),
            (1_000, 1, 2),  # 100 ppm of a second, rounded up
            (9_999, 9, 10),
            (10_000, 10, 11),
            (10_000_000, 10_000, 10_001),
            (100_000_000, 100_000, 100_010),
        ],
    )
    def test_lo_runs_with_boottime_and_hi_also_by_the_drift(self, elapsed_ms: int, lo: int, hi: int) -> None:
        """lo moves with CLOCK_BOOTTIME, cut down; hi grows by 100 ppm more, rounded up."""
        at = clock(NOW, NOW, Quality.NTP).at(START_MS + elapsed_ms)
        assert (at.lo - NOW, (at.hi or 0) - NOW) == (lo, hi)

    def test_without_hi_none_comes_by_waiting(self) -> None:
        """Floor and signed time have no upper bound, however long the box runs."""
        assert clock().at(START_MS + 10**9).hi is None

    @given(st.lists(st.integers(0, 10**10), min_size=2))
    def test_never_backwards(self, moments: list[int]) -> None:
        """Whatever the moments asked for, an earlier one never has a later lo."""
        stamps = [clock(NOW, NOW, Quality.RTC).at(START_MS + ms) for ms in sorted(moments)]
        assert all(a.lo <= b.lo and (a.hi or 0) <= (b.hi or 0) for a, b in pairwise(stamps))

    def test_order_of_qualities(self) -> None:
        """Worst first, and `phone` is the first that is sure."""
        assert [quality.value for quality in Quality] == ["none", "floor", "signed", "phone", "rtc", "cosigned", "ntp"]
        assert [q.value for q in Quality if q.is_sure] == ["phone", "rtc", "cosigned", "ntp"]


class TestHearing:
    """One row per pair of what is known and what is said."""

    @pytest.mark.parametrize(
        ("known", "word", "expected", "effect"),
        [
            pytest.param(
                clock(0, None, Quality.NONE),
                time_sources.paper("trust", NOW),
                (NOW, None, Quality.SIGNED),
                "taken",
                id="a paper is the first thing known",
            ),
            pytest.param(
                clock(),
                time_sources.paper("trust", NOW + DAY),
                (NOW + DAY, None, Quality.SIGNED),
                "taken",
                id="a paper is newer than the floor",
            ),
            pytest.param(
                clock(),
                time_sources.paper("trust", NOW),
                (NOW, None, Quality.FLOOR),
                "known",
                id="a paper no newer than the floor says nothing",
            ),
            pytest.param(clock(), PHONE, (NOW, NOW + 120, Quality.PHONE), "taken", id="a phone over a floor"),
            pytest.param(
                clock(NOW - DAY), PHONE, (NOW - 120, NOW + 120, Quality.PHONE), "taken", id="a phone is later"
            ),
            pytest.param(
                clock(NOW + 240),
                PHONE,
                (NOW + 240, NOW + 240, Quality.PHONE),
                "taken",
                id="lo does not fall; a phone that goes a little slow is taken",
            ),
            pytest.param(
                clock(NOW + 241),
                PHONE,
                (NOW + 241, None, Quality.FLOOR),
                "refused",
                id="a phone that says what has passed",
            ),
            pytest.param(
                clock(NOW, NOW + 1, Quality.NTP),
                PHONE,
                (NOW, NOW + 1, Quality.NTP),
                "known",
                id="a worse interval changes nothing",
            ),
            pytest.param(
                clock(NOW, NOW + 1, Quality.NTP),
                time_sources.phone(NOW - 900),
                (NOW, NOW + 1, Quality.NTP),
                "known",
                id="nor when it contradicts",
            ),
            pytest.param(
                clock(NOW - 120, NOW + 120, Quality.PHONE),
                NTP,
                (NOW - 1, NOW + 1, Quality.NTP),
                "taken",
                id="a better interval replaces",
            ),
            pytest.param(
                clock(NOW - 120, NOW + 120, Quality.PHONE),
                time_sources.phone(NOW + 60),
                (NOW - 60, NOW + 180, Quality.PHONE),
                "taken",
                id="of equal sources the newer",
            ),
            pytest.param(
                clock(NOW + 900, NOW + 1200, Quality.PHONE),
                NTP,
                (NOW + 900, None, Quality.FLOOR),
                "refused",
                id="contradicted by a better one: neither is certain",
            ),
            pytest.param(
                clock(NOW, NOW + 1, Quality.NTP),
                time_sources.paper("trust", NOW + 121),
                (NOW + 121, NOW + 121, Quality.NTP),
                "taken",
                id="an organizer's clock runs a little ahead",
            ),
            pytest.param(
                clock(NOW, NOW + 1, Quality.NTP),
                time_sources.paper("trust", NOW + 122),
                (NOW + 122, None, Quality.SIGNED),
                "taken",
                id="a paper from beyond hi: hi was wrong",
            ),
            pytest.param(
                clock(),
                time_sources.cosignature(NOW + 90 * DAY, None),
                (NOW + 90 * DAY, None, Quality.COSIGNED),
                "taken",
                id="a cosignature by stick has no hi",
            ),
            pytest.param(
                clock(),
                time_sources.cosignature(NOW + 90 * DAY, 1500),
                (NOW + 90 * DAY, NOW + 90 * DAY + 3, Quality.COSIGNED),
                "taken",
                id="one in answer to our request has its round trip",
            ),
            pytest.param(
                clock(NOW, None, Quality.COSIGNED),
                PHONE,
                (NOW, NOW + 120, Quality.PHONE),
                "taken",
                id="whoever gives the first hi, gives the quality",
            ),
        ],
    )
    def test_row(self, known: Clock, word: Word, expected: tuple[int, int | None, Quality], effect: str) -> None:
        """What the clock is after a word, and what became of the word."""
        after, became = known.hear(word, START_MS)
        assert (*interval(after), became.value) == (*expected, effect)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["phone", "rtc", "ntp", "cosignature", "paper:trust", "token:00"]),
                st.integers(NOW - LEAP_S, NOW + LEAP_S),
                st.integers(0, 10**7),
            )
        )
    )
    def test_lo_never_falls_and_hi_is_never_below(self, heard: list[tuple[str, int, int]]) -> None:
        """Whatever the sources say in whatever order; only a reset may take lo back."""
        now, at_ms = clock(), START_MS
        qualities = {"phone": Quality.PHONE, "rtc": Quality.RTC, "ntp": Quality.NTP, "cosignature": Quality.COSIGNED}
        for source, time, passed_ms in heard:
            at_ms += passed_ms
            before = now.at(at_ms)
            quality = qualities.get(source, Quality.SIGNED)
            hi = None if quality is Quality.SIGNED else time + 5
            now = now.hear(Word(source, quality, time - 5, hi), at_ms)[0]
            after = now.at(at_ms)
            assert after.lo >= before.lo
            assert after.hi is None or after.hi >= after.lo


class TestLeaps:
    """A source that would move lo by more than 400 days is asked about first, once a floor is known."""

    @pytest.mark.parametrize(
        "word",
        [
            time_sources.paper("trust", NOW + LEAP_S + 1),
            time_sources.cosignature(NOW + LEAP_S + 1, None),
            time_sources.phone(NOW + LEAP_S + 121),
            time_sources.ntp(NOW + LEAP_S + 2, 1),
            time_sources.reset(1, NOW + LEAP_S + 1),
            time_sources.reset(1, NOW - LEAP_S - 1),
        ],
        ids=lambda word: f"{word.source} {word.lo}",
    )
    def test_asked(self, word: Word) -> None:
        """One second more than 400 days: the clock stays, and the question waits."""
        after, effect = clock().hear(word, START_MS)
        assert effect is Effect.ASKED
        assert interval(after) == interval(clock())
        assert [question.word for question in after.questions] == [word]

    def test_exactly_400_days(self) -> None:
        """The boundary itself is no leap."""
        assert clock().hear(time_sources.paper("trust", NOW + LEAP_S), START_MS)[1] is Effect.TAKEN

    def test_without_a_floor_anything_is_taken(self) -> None:
        """A box that knows nothing has nothing to compare with."""
        assert clock(0, None, Quality.NONE).hear(time_sources.paper("trust", NOW), START_MS)[1] is Effect.TAKEN

    def test_a_newer_word_of_one_source_replaces_its_question(self) -> None:
        """NTP speaks every half minute and still asks once."""
        after = told(clock(), time_sources.ntp(NOW + 2 * LEAP_S, 1), time_sources.ntp(NOW + 2 * LEAP_S + 30, 1))
        assert [question.word.lo for question in after.questions] == [NOW + 2 * LEAP_S + 29]

    def test_confirmed(self) -> None:
        """What the stall owner says is right is taken, as of now: waiting for the answer costs no truth."""
        asked = told(clock(), time_sources.phone(NOW + 2 * LEAP_S))
        later = START_MS + 600_000
        [question] = asked.questions
        after, effect = asked.hear(question.at(later), later, is_confirmed=True)
        assert effect is Effect.TAKEN
        assert after.questions == ()
        assert interval(after, later) == (NOW + 2 * LEAP_S + 480, NOW + 2 * LEAP_S + 721, Quality.PHONE)

    def test_a_question_that_has_become_idle_goes(self) -> None:
        """Once lo has passed what was asked about, nobody need be asked."""
        asked = told(clock(), time_sources.paper("trust", NOW + LEAP_S + 1))
        assert told(asked, time_sources.phone(NOW + LEAP_S)).questions != ()
        nearer = told(asked, time_sources.phone(NOW + LEAP_S))
        assert told(nearer, time_sources.phone(NOW + LEAP_S + 200)).questions == ()

    def test_what_was_not_believed_lifts_no_limit(self) -> None:
        """A paper of 2099 that waits for an answer is no base for what issuers may push."""
        asked = told(clock(root_issued=NOW), time_sources.paper("trust", NOW + 2 * LEAP_S))
        assert asked.issuers_limit(START_MS, NOW + 9 * LEAP_S) == NOW + ISSUERS_S


class TestReset:
    def test_lo_falls(self) -> None:
        """A clock-reset makes lo what it says, forgets hi and everything that rested on the wrong time."""
        wrong = clock(NOW + DAY, NOW + DAY + 1, Quality.NTP, root_issued=NOW + DAY)
        after = told(wrong, time_sources.reset(3, NOW))
        assert interval(after) == (NOW, None, Quality.SIGNED)
        assert (after.sure_lo, after.root_issued) == (None, NOW)

    def test_then_sources_are_heard_again(self) -> None:
        """After a reset the network's time, refused before, is taken."""
        poisoned = clock(NOW + 300 * DAY)
        assert poisoned.hear(NTP, START_MS)[1] is Effect.REFUSED
        assert interval(told(poisoned, time_sources.reset(1, NOW - DAY), NTP)) == (NOW - 1, NOW + 1, Quality.NTP)


class TestIssuers:
    """Signed times of issuers with `time`: together at most 48 h past what is known better."""

    FAR = NOW + 9 * LEAP_S

    def push(self, known: Clock, issued: int, expires: int = FAR) -> Clock:
        limit = known.issuers_limit(START_MS, expires)
        return told(known, time_sources.token("00", issued, limit))

    @pytest.mark.parametrize(
        ("known", "most"),
        [
            pytest.param(clock(sure_lo=NOW - DAY, root_issued=NOW - 2 * DAY), NOW + DAY, id="past the last phone"),
            pytest.param(clock(root_issued=NOW - DAY), NOW + DAY, id="or past the newest root paper"),
            pytest.param(clock(sure_lo=NOW - DAY, root_issued=NOW), NOW + DAY, id="the phone's lo counts where any"),
            pytest.param(clock(NOW, None, Quality.COSIGNED), NOW + 2 * DAY, id="a present lo of phone or better"),
            pytest.param(clock(NOW - 120, NOW + 120, Quality.PHONE), NOW + 120, id="never past a hi that is known"),
            pytest.param(clock(), NOW, id="nothing to go by: not at all"),
        ],
    )
    def test_limit(self, known: Clock, most: int) -> None:
        """Up to the limit, and not a second more."""
        assert self.push(known, most).at(START_MS).lo == most
        assert self.push(known, most + 1).at(START_MS).lo == most

    def test_never_past_the_trust_document(self) -> None:
        """`expires` of the trust document bounds all issuers."""
        assert self.push(clock(root_issued=NOW), self.FAR, expires=NOW + 3600).at(START_MS).lo == NOW + 3600

    def test_together(self) -> None:
        """Many tokens push no further than one: what they pushed is no new base."""
        known = clock(NOW, None, Quality.COSIGNED)
        for _ in range(5):
            known = self.push(known, self.FAR)
        assert interval(known) == (NOW + ISSUERS_S, None, Quality.SIGNED)
        assert known.sure_lo == NOW


class TestRestart:
    LAST = Stamp(NOW, NOW + 240, Quality.PHONE, BOOT, START_MS)

    def test_within_one_boot_the_clock_goes_on(self) -> None:
        """A daemon that is started again knows what it knew, with the time between."""
        after = resumed(Kept(self.LAST, None, NOW - DAY, ()), BOOT, START_MS + 10_000)
        assert interval(after, START_MS + 10_000) == (NOW + 10, NOW + 251, Quality.PHONE)
        assert after.root_issued == NOW - DAY

    def test_another_boot_falls_back_to_the_floor(self) -> None:
        """A new boot id: nobody knows how long the power was off. The last sure lo is kept for the limit."""
        after = resumed(Kept(self.LAST, None, NOW - DAY, ()), LATER_BOOT, 5_000)
        assert interval(after, 6_000) == (NOW + 1, None, Quality.FLOOR)
        assert after.issuers_limit(6_000, NOW + LEAP_S) == NOW + ISSUERS_S

    def test_boottime_that_went_back_is_another_boot(self) -> None:
        """A boot id that lies (a restored machine image) is not believed over a counter that fell."""
        assert resumed(Kept(self.LAST, None, None, ()), BOOT, START_MS - 1).quality is Quality.FLOOR

    def test_a_first_start_knows_nothing(self) -> None:
        """No ledger, no floor."""
        assert interval(resumed(None, BOOT, START_MS)) == (0, None, Quality.NONE)

    def test_questions_stay(self) -> None:
        """What the stall owner has not answered is asked again."""
        word = time_sources.paper("trust", NOW + 2 * LEAP_S)
        after = resumed(Kept(self.LAST, None, NOW, (word,)), LATER_BOOT, 5_000)
        assert [question.word for question in after.questions] == [word]


def test_skew_is_that_of_tokens() -> None:
    """The tolerance for clocks that run ahead is the 120 s of FORMATS §3 everywhere."""
    assert SKEW_S == time_sources.PHONE_S == 120
