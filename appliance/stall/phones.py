"""Paired phones: who holds the printed owner card may use the console.

The box knows only hashes: of the card's secret, and of what each phone's cookie holds.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from appliance.core import card
from appliance.errors import SaleError
from appliance.stall.guesses import Guesses
from appliance.stall.house import House
from appliance.store import phones

MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class Pairing:
    """A phone that was just paired: its number, and the secret for its cookie."""

    number: int
    secret: str


class Phones:
    def __init__(self, house: House, card_hash: str | None, guesses: Guesses) -> None:
        self._house = house
        self._card_hash = card_hash
        self._guesses = guesses

    async def pair(self, card_text: str, name: str, phone: str) -> Pairing:
        """Pairs the phone at address `phone` that shows the card's 26 characters. `unpaired`, `too-many`."""
        self._guesses.check_code(phone, time.monotonic())
        secret = card.normalise(card_text) or "0" * card.LENGTH
        if self._card_hash is None or not secrets.compare_digest(card.card_hash(secret), self._card_hash):
            self._guesses.wrong_code(phone, time.monotonic())
            raise SaleError(
                "unpaired", "These are not the characters on this box's owner card. Check each one.", status_hint=403
            )
        return await self.remember(name)

    async def remember(self, name: str) -> Pairing:
        """Pairs a phone that has proved itself."""
        cookie = secrets.token_urlsafe(32)
        number = await self._house.record(lambda book: phones.insert(book.db, shown_name(name), _hash(cookie)))
        return Pairing(number, cookie)

    async def check(self, secret: str) -> int | None:
        """The number of the phone whose cookie this is."""
        return await self._house.reader.phone(_hash(secret[:128]))

    async def all(self) -> list[tuple[int, str]]:
        """Number and name of every paired phone."""
        return await self._house.reader.phones()


def shown_name(text: str) -> str:
    """What a phone is called that was given this name."""
    return " ".join(text.split())[:MAX_NAME] or "Phone"


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
