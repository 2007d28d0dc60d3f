"""Payment tokens for the bench, made before anything is timed: good ones, and bad ones of each kind."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from appliance.premises import open_stall_in
from tests.bench.stalls import SLUG
from tests.organizer import Organizer, base32, key

_LIFE_S = 3600
_BYTES = 180  # about what a token has


class Kind(StrEnum):
    """A good token, or the code with which a bad one is refused."""

    GOOD = "good"
    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad-signature"
    WRONG_BOX = "wrong-box"


async def write_tokens(data: Path, folder: Path, count: int) -> dict[Kind, Path]:
    """So many tokens of each kind for an offer that this stall makes now, one a line, in a file per kind."""
    async with open_stall_in(data) as (stall, _):
        offered = await stall.offers.offer(SLUG)
        issued = stall.house.now().lo
    organizer, offer = Organizer(folder), offered.offer

    def token(box: str = offer.box) -> str:
        return organizer.token(
            box, offer.drop, amount=offer.amount, nonce=offered.nonce, issued=issued, expires=issued + _LIFE_S
        )

    ways: dict[Kind, Callable[[], str]] = {
        Kind.GOOD: token,
        Kind.MALFORMED: lambda: base32(secrets.token_bytes(_BYTES)),
        Kind.BAD_SIGNATURE: lambda: _with_another_signature(token()),
        Kind.WRONG_BOX: lambda: token(key("another box").public.id),
    }
    paths = {kind: folder / f"{kind.value}.txt" for kind in ways}
    for kind, make in ways.items():
        paths[kind].write_text("\n".join(make() for _ in range(count)))
    return paths


def _with_another_signature(token: str) -> str:
    data = base64.b32decode(token + "=" * (-len(token) % 8))
    return base32(data[:-1] + bytes([data[-1] ^ 1]))
