"""What a buyer may type, paste or scan into the shop's field: pickup number, claim code, payment token, or a link to
one of the latter two. All lead to a claim."""

from __future__ import annotations

import re
import unicodedata

from appliance.core.token import strip_link
from appliance.stall.stall import Stall

_CLAIM_LINK = re.compile(r"https?://[^/\s]{1,300}/c/([^/?#\s]+).*", re.IGNORECASE | re.DOTALL)
_LONGEST_CODE = 64  # characters, with blanks and dashes: a token has some 280


class Entrance:
    def __init__(self, stall: Stall) -> None:
        self._stall = stall

    async def code_of(self, entry: str, phone: str) -> str:
        """The claim code behind what `phone` entered; redeems a token. The refusal of whatever it looks like."""
        entry = unicodedata.normalize("NFKC", entry).strip()  # Japanese keyboards write digits and letters wide, too
        digits = "".join(entry.split())
        if digits.isascii() and digits.isdecimal() and len(digits) <= 6:
            return await self._stall.claims.by_pickup(digits, phone)
        if is_token(entry):
            return (await self._stall.redeemer.redeem(entry)).sold.claim
        link = _CLAIM_LINK.fullmatch(entry)
        return (await self._stall.claims.find(link[1] if link else entry, phone)).code


def is_token(entry: str) -> bool:
    """Whether this can only be a payment token, good or bad."""
    text = strip_link(entry)
    return text != entry or (len(text) > _LONGEST_CODE and not _CLAIM_LINK.fullmatch(text))
