"""Pairing by the screen: a code on the box's displays, a phone that asks to come in by it, a paired one that allows it.

The code stands for two minutes and for one phone; all of it is in memory. Knows no page and draws nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.board import Board
from appliance.core.claim import ALIASES, crockford
from appliance.core.commands import InvitePhone
from appliance.core.scene import Invitation
from appliance.errors import SaleError
from appliance.stall.guesses import Guesses
from appliance.stall.house import House
from appliance.stall.phones import Pairing, Phones, shown_name

STANDS_MS = 120_000  # the code on the screen, then the phone that waits, then the answer until it is fetched
MOST_ASKING = 8
_LENGTH = 16  # 80 bits
_FIRST_NUMBER, _LAST_NUMBER = 10, 99


@dataclass(frozen=True, slots=True)
class Asking:
    """A phone that wants in. It shows `number` as well, so that the right one is let in."""

    number: int
    name: str


@dataclass(slots=True)
class _Knock:
    asking: Asking
    until_ms: int
    is_answered: bool = False
    pairing: Pairing | None = None


class Invitations:
    def __init__(self, house: House, phones: Phones, guesses: Guesses) -> None:
        self._house = house
        self._phones = phones
        self._guesses = guesses
        self._code = ""
        self._invitation: Invitation | None = None
        self._knocks: dict[str, _Knock] = {}  # by the secret of the page on which a phone waits
        self._show: Callable[[Invitation | None], None] = lambda _invitation: None
        self._answered: Callable[[], None] = lambda: None

    def serve_on(self, board: Board) -> None:
        """From now on `board` shows the code that stands, has one made for whoever asks, and tells of answers."""

        async def invite(_command: InvitePhone) -> None:
            await self.invite()

        self._show = lambda invitation: board.change(invitation=invitation)
        self._answered = board.again
        board.serve(InvitePhone, invite)

    async def invite(self) -> Invitation:
        """A new code in place of any before; `not-ready` where no paired phone could let anybody in."""
        if not await self._phones.all():
            raise SaleError(
                "not-ready",
                "No phone is paired yet. Pair the first one with the owner card: it can then let others in.",
            )
        web = self._house.settings.web
        self._code = crockford(secrets.randbits(5 * _LENGTH), _LENGTH)
        url = f"https://{web.public}:{web.console_port}/console/pair/".upper() + self._code
        self._invitation = Invitation(url, self._now_ms() + STANDS_MS)
        self._show(self._invitation)
        return self._invitation

    def check(self, code: str, phone: str) -> None:
        """`unpaired` unless this code stands now; `too-many` where the phone at address `phone` guesses."""
        self._guesses.check_code(phone, time.monotonic())
        stands = self._invitation is not None and self._invitation.until_ms > self._now_ms()
        given = code.upper().translate(ALIASES)
        if not (stands and secrets.compare_digest(given.encode(), self._code.encode())):
            self._guesses.wrong_code(phone, time.monotonic())
            raise SaleError(
                "unpaired",
                "This code is used or over. Have the box show a new one: hold its “next” button for two seconds, or "
                "tap “Pair another phone” on a paired phone.",
                status_hint=403,
            )

    def ask(self, code: str, name: str, phone: str) -> str:
        """Uses the code up: the phone waits to be let in, on a page whose secret this is."""
        self.check(code, phone)
        self._invitation = None
        self._show(None)
        self._forget()
        while len(self._knocks) >= MOST_ASKING:
            del self._knocks[next(iter(self._knocks))]
        secret = secrets.token_urlsafe(24)
        asking = Asking(self._free_number(), shown_name(name))
        self._knocks[secret] = _Knock(asking, self._now_ms() + STANDS_MS)
        return secret

    def asking(self) -> tuple[Asking, ...]:
        """The phones that wait for an answer, the first one first."""
        self._forget()
        return tuple(knock.asking for knock in self._knocks.values() if not knock.is_answered)

    def answer(self, secret: str) -> Asking | Pairing:
        """How it stands with the phone whose page has this secret; `unpaired` where it was refused or forgotten."""
        self._forget()
        knock = self._knocks.get(secret)
        if knock is None:
            raise SaleError(
                "unpaired",
                "This phone was not let in: it was refused, or nobody answered within two minutes. Ask at the stall, "
                "and scan a new code.",
                status_hint=403,
            )
        return knock.pairing or knock.asking

    async def allow(self, number: int) -> None:
        """Pairs the phone that shows this number; `not-found` where none does."""
        knock = self._waiting(number)
        knock.is_answered = True
        try:
            knock.pairing = await self._phones.remember(knock.asking.name)
        except BaseException:
            knock.is_answered = False
            raise
        knock.until_ms = self._now_ms() + STANDS_MS
        self._answered()

    def refuse(self, number: int) -> None:
        """Lets the phone that shows this number out; `not-found` where none does."""
        knock = self._waiting(number)
        self._knocks = {secret: other for secret, other in self._knocks.items() if other is not knock}
        self._answered()

    def _waiting(self, number: int) -> _Knock:
        self._forget()
        for knock in self._knocks.values():
            if knock.asking.number == number and not knock.is_answered:
                return knock
        raise SaleError("not-found", f"No phone waits with number {number} any more.", status_hint=404)

    def _free_number(self) -> int:
        taken = {knock.asking.number for knock in self._knocks.values()}
        return secrets.choice([number for number in range(_FIRST_NUMBER, _LAST_NUMBER + 1) if number not in taken])

    def _forget(self) -> None:
        now = self._now_ms()
        self._knocks = {secret: knock for secret, knock in self._knocks.items() if knock.until_ms > now}

    def _now_ms(self) -> int:
        return self._house.now().boottime_ms
