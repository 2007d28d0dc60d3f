"""Offers: what a box asks an issuer to sign, with a nonce that proves when and at what price it asked.

FORMATS §3, *Nonce*, *Offer*. The nonce needs no memory: it is an HMAC over the offer and a tick of CLOCK_BOOTTIME.
The key is random per boot. Draws no random number and reads no clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

import cbor2

TICK_MS = 10_000
TICKS = 1 << 24
YOUNG_TICKS = 120
VALID_FOR_S = 1200
PANEL_HOST = 22  # characters: what a QR of version 3-M still takes (FORMATS §3)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is asked to be paid for. `price` is the id of a price option, `amount` in minor units."""

    box: str
    drop: str
    price: str
    amount: int
    currency: str

    def nonce(self, key: bytes, boottime_ms: int) -> bytes:
        """Tick ‖ first 5 bytes of the HMAC, 8 bytes."""
        return self._nonce(key, boottime_ms // TICK_MS % TICKS)

    def age_ticks(self, key: bytes, nonce: bytes, boottime_ms: int) -> int | None:
        """How many ticks of 10 s ago this box made `nonce` for this very offer; None where it did not."""
        tick = int.from_bytes(nonce[:3])
        if not hmac.compare_digest(self._nonce(key, tick), nonce):
            return None
        return (boottime_ms // TICK_MS - tick) % TICKS

    def _nonce(self, key: bytes, tick: int) -> bytes:
        asked = [bytes.fromhex(self.box), bytes.fromhex(self.drop), self.price, self.amount, self.currency, tick]
        seal = hmac.digest(key, cbor2.dumps(asked, canonical=True), hashlib.sha256)
        return tick.to_bytes(3) + seal[:5]


def panel_link(host: str, box: str, nonce: bytes, drop: str, option: int) -> str | None:
    """`HTTPS://<HOST>/P/<28 characters>`: what a small panel shows; None where the host is too long or the option."""
    if len(host) > PANEL_HOST or not 0 <= option < 16:
        return None
    number = int(box + nonce.hex() + drop[:2], 16) << 4 | option
    text = base64.b32encode((number << 4).to_bytes(18)).decode()[:28]
    return f"HTTPS://{host.upper()}/P/{text}"
