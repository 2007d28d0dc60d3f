"""Row 24 of the attack table: claim codes are not found by trying."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest

from appliance.core.claim import box_hint
from appliance.errors import RequestError, StallboxError
from tests.stall.till import Till

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


async def test_24_brute_force_of_claim_codes(till: Till) -> None:
    """A phone gets twenty guesses a minute and all phones together three hundred, at seventy random bits.

    Also where the first two characters, which name the box, are right.
    """
    sold = (await till.redeem(till.token())).sold
    hint = box_hint(till.stall.house.box_id)
    told: Counter[str] = Counter()
    for i in range(600):
        guess = hint + "".join(secrets.choice(ALPHABET) for _ in range(14))
        with pytest.raises(StallboxError) as refusal:
            await till.stall.claims.find(guess, f"phone {i % 20}")
        told[refusal.value.code] += 1
    assert told == {"unknown-claim": 300, "too-many": 300}
    with pytest.raises(RequestError):
        await till.stall.claims.find(sold.claim, "a phone that has not guessed")
