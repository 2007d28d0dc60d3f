"""The PIN that large refunds need: set in the settings, guessed at most a few times in a while."""

from __future__ import annotations

import secrets
import time

from appliance.errors import RequestError, SaleError
from appliance.settings import Refunds

TRIES = 5
SPAN_S = 600.0


class Pin:
    def __init__(self, refunds: Refunds) -> None:
        self._refunds = refunds
        self._wrong: list[float] = []

    def check(self, amount: int, pin: str | None) -> None:
        """`pin-wrong` where the amount needs the PIN and this is not it; `too-many` after five wrong ones."""
        if amount <= self._refunds.limit or self._refunds.pin is None:
            return
        now = time.monotonic()
        self._wrong = [moment for moment in self._wrong if moment > now - SPAN_S]
        if len(self._wrong) >= TRIES:
            raise RequestError("too-many", "Too many wrong PINs. Wait ten minutes.", status_hint=429)
        if not secrets.compare_digest((pin or "").encode(), self._refunds.pin.encode()):
            if pin:
                self._wrong.append(now)
            raise SaleError("pin-wrong", "A refund as large as this needs the PIN from the settings.", status_hint=403)
