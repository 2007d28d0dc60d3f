"""What the rules *Clock* and *Window* do to a payment token: fresh or boxed, marked, refused, allowed by the owner."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.core import manifest, token, trust
from appliance.core.clock import Quality, Stamp
from appliance.core.documents import format_time
from appliance.core.offer import TICK_MS, YOUNG_TICKS
from appliance.core.redeem import Circumstances, Judged, judge
from appliance.errors import SaleError
from tests.organizer import DAY, NOW, Organizer

IAT, EXP = NOW + 1000, NOW + 4600
FROM, UNTIL = NOW + 500, NOW + 10_000
YOUNG_MS = YOUNG_TICKS * TICK_MS
UPTIME_MS = 10**9


@dataclass(frozen=True)
class Case:
    """What is judged. `age_ms`: of the offer that the token answers, None without one."""

    lo: int = IAT
    hi: int | None = IAT + 1
    age_ms: int | None = None
    window: tuple[int | None, int | None] = (None, None)
    restarted: tuple[int, int | None] | None = None
    restarted_ms: int = UPTIME_MS  # CLOCK_BOOTTIME of that
    is_confirmed: bool = False
    allowed: frozenset[str] = frozenset()

    def judged(self) -> Judged:
        organizer = Organizer(Path())
        begin, end = (None if at is None else format_time(at) for at in self.window)
        drop = organizer.drop(size=None, sale={"from": begin, "until": end})
        text = organizer.token(organizer.box.public.id, drop.id, issued=IAT, expires=EXP)
        now = Circumstances(
            at=stamp(self.lo, self.hi),
            offer_age_ms=self.age_ms,
            restarted=stamp(*self.restarted, self.restarted_ms) if self.restarted else None,
            by_issuer=0,
            is_window_confirmed=self.is_confirmed,
            discount_reason=None,
            allowed=self.allowed,
        )
        issuer = trust.parse(organizer.trust_payload()).issuers[0]
        versions = [manifest.parse(drop.manifest_payload())]
        return judge(token.read(text).token, issuer, versions, now, lambda _price: 0)

    def outcome(self) -> str:
        """The code of the refusal, else tier, mark, and what was overridden."""
        try:
            judged = self.judged()
        except SaleError as refusal:
            return refusal.code
        return " ".join([judged.tier, *(["marked"] if judged.is_marked else []), *judged.overridden])


def stamp(lo: int, hi: int | None, boottime_ms: int = UPTIME_MS) -> Stamp:
    quality = Quality.FLOOR if hi is None else Quality.NTP
    return Stamp(lo, hi, quality, "11111111-1111-1111-1111-111111111111", boottime_ms)


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        pytest.param(Case(), "boxed", id="boxed and valid"),
        pytest.param(Case(lo=EXP - 1, hi=None), "boxed marked", id="boxed and uncertain: passes, marked"),
        pytest.param(Case(hi=EXP), "boxed marked", id="hi at exp"),
        pytest.param(Case(lo=EXP, hi=None), "expired", id="boxed and expired"),
        pytest.param(Case(lo=NOW, hi=IAT - 121), "not-yet", id="boxed and not yet"),
        pytest.param(Case(lo=NOW, hi=IAT - 120), "boxed", id="the issuer's clock runs ahead by 120 s"),
        pytest.param(Case(lo=EXP, hi=None, age_ms=0), "fresh", id="fresh: the clock step is skipped"),
        pytest.param(Case(lo=NOW, hi=IAT - 121, age_ms=YOUNG_MS), "fresh", id="120 ticks are young"),
        pytest.param(Case(lo=EXP, age_ms=YOUNG_MS + TICK_MS), "expired", id="121 ticks are not"),
        pytest.param(Case(age_ms=YOUNG_MS + TICK_MS), "boxed", id="an old offer is judged by the clock"),
        pytest.param(Case(lo=EXP, allowed=frozenset({"clock"})), "boxed marked clock", id="expired, and accepted"),
        pytest.param(
            Case(lo=NOW, hi=NOW + 1, allowed=frozenset({"clock"})), "boxed marked clock", id="not yet, and accepted"
        ),
        pytest.param(Case(lo=EXP, allowed=frozenset({"window"})), "expired", id="another leave is none"),
        pytest.param(Case(restarted=(IAT, IAT + 1)), "boxed marked", id="signed before a restart of history"),
        pytest.param(Case(restarted=(IAT - 130, IAT - 121)), "boxed", id="signed after it"),
        pytest.param(
            Case(restarted=(IAT - 130, IAT - 120)), "boxed marked", id="signed before it by a clock that runs ahead"
        ),
        pytest.param(Case(restarted=(IAT, IAT + 1), age_ms=60_000), "fresh marked", id="offered before a restart"),
        pytest.param(
            Case(restarted=(IAT, IAT + 1), restarted_ms=UPTIME_MS - 60_000, age_ms=TICK_MS),
            "fresh",
            id="fresh, and offered after a restart, needs no mark",
        ),
    ],
)
def test_clock(case: Case, outcome: str) -> None:
    """FORMATS §3, *Nonce* and *Clock*, and §5 on tokens from before a restart."""
    assert case.outcome() == outcome


WINDOW = (FROM, UNTIL)


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        pytest.param(Case(window=WINDOW), "boxed", id="certainly open"),
        pytest.param(Case(window=(IAT + 2, UNTIL)), "window-not-open", id="hi below from"),
        pytest.param(Case(window=(IAT + 1, UNTIL)), "not-ready", id="hi at from: the owner is asked"),
        pytest.param(Case(window=(FROM, IAT)), "window-closed", id="lo at until"),
        pytest.param(Case(window=(FROM, IAT + 1)), "not-ready", id="hi at until: the owner is asked"),
        pytest.param(Case(window=(FROM, IAT + 1), is_confirmed=True), "boxed", id="and has said that it is open"),
        pytest.param(Case(window=(FROM, IAT), is_confirmed=True), "window-closed", id="which opens no closed window"),
        pytest.param(
            Case(window=(FROM, IAT), allowed=frozenset({"window"})), "boxed window", id="closed, and accepted"
        ),
        pytest.param(
            Case(window=(IAT + 2, UNTIL), allowed=frozenset({"window"})), "boxed window", id="not open, and accepted"
        ),
        pytest.param(Case(hi=None, window=(FROM, None)), "boxed marked", id="no hi, and no end to pass"),
        pytest.param(Case(hi=None, window=WINDOW), "not-ready", id="no hi: it may be over"),
        pytest.param(Case(window=(FROM, IAT), age_ms=60_000), "fresh", id="the offer was made inside"),
        pytest.param(Case(window=(FROM, IAT), age_ms=0), "fresh", id="within the tick in which it closed"),
        pytest.param(Case(window=(FROM, IAT - 60), age_ms=40_000), "window-closed", id="the offer came too late"),
        pytest.param(
            Case(lo=EXP, hi=None, window=(FROM, EXP), age_ms=60_000), "not-ready", id="unsure whether it was inside"
        ),
        pytest.param(Case(lo=UNTIL - 1, hi=None, window=(None, None), age_ms=0), "fresh", id="no window, no question"),
    ],
)
def test_window(case: Case, outcome: str) -> None:
    """FORMATS §3, *Window*: what is certain decides, an offer made inside counts, and else the owner is asked."""
    assert case.outcome() == outcome


@pytest.mark.parametrize("lo", [0, NOW, NOW + 400 * DAY])
def test_an_expired_manifest_stops_no_paid_token(lo: int) -> None:
    """`papers-expired` is for cash and card only: here the manifest is long expired or the box in 1970."""
    assert Case(lo=lo, hi=None, age_ms=0).outcome() == "fresh"
