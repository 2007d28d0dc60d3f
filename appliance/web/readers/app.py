"""What every reader app is asked and answers: an amount out by a link, the outcome back by an address of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

_PAYMENT_REF = re.compile(r"[A-Z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class Payment:
    """What the card is charged for. `amount` in minor units; `back`: our address for the outcome."""

    key: str
    title: str
    amount: int
    currency: str
    back: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the app says. `key` None: it does not say of which payment; `is_paid` None: it says nothing."""

    key: str | None
    is_paid: bool | None
    payment_ref: str | None
    advice: str  # what to do, where it was not paid


class ReaderApp(Protocol):
    name: str

    def link(self, payment: Payment, *, android: bool) -> str:
        """The link that opens the app with this payment."""

    def read(self, query: Mapping[str, str]) -> Outcome:
        """The outcome that the app has put into the address it opened. Anything may stand there."""


def receipt_number(text: str | None) -> str | None:
    """The app's number of the payment as entries hold it; None where it does not fit there."""
    upper = (text or "").upper()
    return upper if _PAYMENT_REF.fullmatch(upper) else None
