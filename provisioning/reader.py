"""The reader simulator: a card reader that always says yes. It asks a box for offers, signs them and redeems.

For rehearsals and tests. What it signs is real: a box that trusts the issuer's key sells for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from appliance.core.documents import Json
from appliance.errors import StallboxError
from provisioning.box_api import BoxApi, BoxRefusedError, BoxUnreachableError
from provisioning.issue import Asked, Issued, Signer, read_offer, sign

TRIES = 4
_DAY = 86_400

Now = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as it ended: with the box's `answer`, or refused by it."""

    asked: Asked | None  # None: not even an offer was made
    issued: Issued | None
    answer: Mapping[str, Json] | None
    refusal: StallboxError | None


async def ask(box: BoxApi, slug: str, price: str | None = None, amount: int | None = None) -> Asked:
    """The box's offer for one copy; BoxRefusedError where it cannot be sold now."""
    return read_offer(await box.offer(slug, price, amount))


def accept(asked: Asked, signer: Signer, now: int) -> Issued:
    """A token for the offer, good for a day or as long as the issuer may: who pays is served after a queue, too."""
    return sign(asked, signer, now=now, expires=now + min(_DAY, signer.issuer.max_lifetime))


async def redeem(box: BoxApi, issued: Issued, *, pause_s: float = 0.5) -> Mapping[str, Json]:
    """The box's answer to the token. Where none arrives the same token is sent again: it is never paid for twice."""
    for left in range(TRIES - 1, 0, -1):
        try:
            return await box.redeem(issued.text)
        except (BoxUnreachableError, BoxRefusedError) as error:
            if isinstance(error, BoxRefusedError) and error.status_hint != 503:
                raise
            await asyncio.sleep(pause_s * (TRIES - left))
    return await box.redeem(issued.text)


async def pay(
    box: BoxApi, signer: Signer, slug: str, *, now: Now, price: str | None = None, amount: int | None = None
) -> Payment:
    """One payment from offer to claim; what the box refuses is in the answer, what the issuer may not is raised."""
    asked = issued = None
    try:
        asked = await ask(box, slug, price, amount)
        issued = accept(asked, signer, now())
        return Payment(asked, issued, await redeem(box, issued), None)
    except (BoxRefusedError, BoxUnreachableError) as refusal:
        return Payment(asked, issued, None, refusal)


async def run(
    box: BoxApi,
    signer: Signer,
    slugs: Sequence[str],
    *,
    now: Now,
    every_s: float,
    count: int | None = None,
    price: str | None = None,
) -> AsyncIterator[Payment]:
    """Payments for the drops in turn, `every_s` apart; `count` of them, or without end."""
    done = 0
    while count is None or done < count:
        if done:
            await asyncio.sleep(every_s)
        yield await pay(box, signer, slugs[done % len(slugs)], now=now, price=price)
        done += 1
