"""How often numbers and codes may be guessed: per phone and over all (FORMATS §1, *pickup number*).

Counts wrong tries on the monotonic clock, which is an argument; remembers no codes.
"""

from __future__ import annotations

from collections import deque

from appliance.errors import ClaimError, RequestError

MINUTE = 60.0
PICKUP_SPAN = 120.0
PICKUP_TRIES = 5  # per phone and two minutes
PICKUP_WRONG = 30  # a minute, over all: past that, six digits
MOST_DIGITS = 6
CODE_TRIES = 20  # per phone and minute
CODE_WRONG = 300  # a minute, over all
MAX_PHONES = 1024


class _Count:
    """Moments of the last `span` seconds."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._moments: deque[float] = deque()

    def add(self, now: float) -> None:
        self._moments.append(now)

    def within(self, now: float) -> int:
        while self._moments and self._moments[0] <= now - self._span:
            self._moments.popleft()
        return len(self._moments)


class _Tries:
    """Wrong tries per phone and over all."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._by_phone: dict[str, _Count] = {}
        self.all = _Count(MINUTE)

    def of(self, phone: str, now: float) -> int:
        count = self._by_phone.get(phone)
        return count.within(now) if count else 0

    def add(self, phone: str, now: float) -> None:
        if len(self._by_phone) >= MAX_PHONES:
            self._by_phone = {name: count for name, count in self._by_phone.items() if count.within(now)}
        self._by_phone.setdefault(phone, _Count(self._span)).add(now)
        self.all.add(now)


class Guesses:
    def __init__(self) -> None:
        self._pickups = _Tries(PICKUP_SPAN)
        self._codes = _Tries(MINUTE)
        self._is_noisy = False

    @property
    def pickup_digits(self) -> int:
        """How long new pickup numbers are: 4, or 6 until guessing has stopped."""
        return MOST_DIGITS if self._is_noisy else 4

    def check_pickup(self, phone: str, now: float) -> None:
        """`pickup-wait` where this phone has guessed too often."""
        wrong = self._pickups.all.within(now)
        self._is_noisy = wrong > PICKUP_WRONG or (self._is_noisy and wrong > 0)
        if self._pickups.of(phone, now) >= PICKUP_TRIES:
            raise ClaimError(
                "pickup-wait",
                "That was too often. Wait two minutes, or ask the stall to show your code again.",
                status_hint=429,
            )

    def wrong_pickup(self, phone: str, now: float) -> None:
        self._pickups.add(phone, now)
        self._is_noisy = self._is_noisy or self._pickups.all.within(now) > PICKUP_WRONG

    def check_code(self, phone: str, now: float) -> None:
        """`too-many` where this phone, or all together, have guessed too often."""
        if self._codes.of(phone, now) >= CODE_TRIES or self._codes.all.within(now) >= CODE_WRONG:
            raise RequestError(
                "too-many", "Too many wrong codes. Wait a minute, then type yours again.", status_hint=429
            )

    def wrong_code(self, phone: str, now: float) -> None:
        self._codes.add(phone, now)
