"""The rules *Clock* and *Window* of FORMATS §3, a row of the test per line of the rule, at each boundary ±1."""

from __future__ import annotations

import pytest

from appliance.core.clock import Quality, Stamp
from appliance.core.time_rules import CLOCK, WINDOW, Validity, Window, validity, window

IAT, EXP = 10_000, 20_000
FROM, UNTIL = 10_000, 20_000
E_, N_, V_, U_ = Validity.EXPIRED, Validity.NOT_YET, Validity.VALID, Validity.UNCERTAIN


def at(lo: int, hi: int | None) -> Stamp:
    return Stamp(lo, hi, Quality.FLOOR if hi is None else Quality.NTP, "11111111-1111-1111-1111-111111111111", 1)


@pytest.mark.parametrize(
    ("lo", "hi", "verdict"),
    [
        pytest.param(EXP - 1, None, U_, id="lo just below exp, no hi"),
        pytest.param(EXP, None, E_, id="lo at exp: expired, hi or not"),
        pytest.param(EXP, EXP, E_, id="lo and hi at exp"),
        pytest.param(EXP + 1, EXP + 9, E_, id="long expired"),
        pytest.param(0, IAT - 121, N_, id="hi just below iat - 120: not yet"),
        pytest.param(0, IAT - 120, V_, id="hi at iat - 120: an issuer's clock may run ahead that far"),
        pytest.param(0, IAT - 119, V_, id="hi above iat - 120"),
        pytest.param(IAT, EXP - 1, V_, id="hi just below exp: valid"),
        pytest.param(IAT, EXP, U_, id="hi at exp: uncertain"),
        pytest.param(EXP - 1, EXP + 1, U_, id="exp inside the interval"),
        pytest.param(0, None, U_, id="1970 and no hi: uncertain, never not yet"),
        pytest.param(0, EXP, U_, id="the interval holds all of the token's life"),
    ],
)
def test_clock(lo: int, hi: int | None, verdict: Validity) -> None:
    """`expired` if lo ≥ exp; `not-yet` if hi is known and hi < iat − 120; valid if hi < exp; otherwise uncertain."""
    assert validity(at(lo, hi), IAT, EXP) is verdict


@pytest.mark.parametrize(
    ("lo", "hi", "begin", "end", "verdict"),
    [
        pytest.param(0, None, None, None, Window.OPEN, id="no limits: open at any time"),
        pytest.param(UNTIL - 1, UNTIL - 1, FROM, UNTIL, Window.OPEN, id="lo just below until"),
        pytest.param(UNTIL, UNTIL, FROM, UNTIL, Window.CLOSED, id="lo at until"),
        pytest.param(UNTIL + 1, None, FROM, UNTIL, Window.CLOSED, id="closed is certain without hi"),
        pytest.param(0, FROM - 1, FROM, UNTIL, Window.NOT_YET, id="hi just below from"),
        pytest.param(0, FROM, FROM, UNTIL, Window.UNCERTAIN, id="hi at from: perhaps it has begun"),
        pytest.param(FROM - 1, FROM + 1, FROM, UNTIL, Window.UNCERTAIN, id="from inside the interval"),
        pytest.param(FROM, FROM + 1, FROM, UNTIL, Window.OPEN, id="lo at from"),
        pytest.param(FROM, UNTIL - 1, FROM, UNTIL, Window.OPEN, id="hi just below until: certain"),
        pytest.param(FROM, UNTIL, FROM, UNTIL, Window.UNCERTAIN, id="hi at until"),
        pytest.param(FROM, None, FROM, UNTIL, Window.UNCERTAIN, id="no hi: it may be over"),
        pytest.param(FROM, None, FROM, None, Window.OPEN, id="no hi, and no end to pass"),
        pytest.param(FROM - 1, None, FROM, None, Window.UNCERTAIN, id="no hi, and not certain to have begun"),
        pytest.param(0, None, None, UNTIL, Window.UNCERTAIN, id="no hi, no begin: it may be over"),
        pytest.param(0, UNTIL - 1, None, UNTIL, Window.OPEN, id="no begin, and certainly not over"),
        pytest.param(0, FROM - 1, None, UNTIL, Window.OPEN, id="without a begin nothing is too early"),
    ],
)
def test_window(lo: int, hi: int | None, begin: int | None, end: int | None, verdict: Window) -> None:
    """Closed if lo ≥ until; not open if hi is known and hi < from; open if certain; otherwise the owner is asked."""
    assert window(at(lo, hi), begin, end) is verdict


def test_every_verdict_has_one_row() -> None:
    """The tables name each verdict once, and their last row always holds."""
    assert sorted(row[0] for row in CLOCK) == sorted(Validity)
    assert sorted(row[0] for row in WINDOW) == sorted(Window)
    assert CLOCK[-1][1](at(0, 0), 0, 0)
    assert WINDOW[-1][1](at(0, 0), 0, 0)
