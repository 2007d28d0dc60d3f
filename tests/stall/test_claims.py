"""Claims: found by code or pickup number, ended by time and bytes, never by looking; guessing leads nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.core.claim import ALPHABET, box_hint, claim_hash, shown
from appliance.core.keys import PrivateKey
from appliance.errors import ClaimError, StallboxError
from appliance.stall.guesses import CODE_TRIES, CODE_WRONG, MINUTE, PICKUP_SPAN, PICKUP_TRIES, PICKUP_WRONG, Guesses
from tests.organizer import Organizer, key
from tests.stall.counter import PHONE, Counter, open_counter

LIFETIME = 7200


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as made:
        yield made


async def refused(counter: Counter, code: str, phone: str = PHONE) -> StallboxError:
    with pytest.raises(StallboxError) as refusal:
        await counter.stall.claims.find(code, phone)
    return refusal.value


async def test_found(counter: Counter) -> None:
    """A code is found as it is printed, in lower case, with or without dashes, with O for 0 and I or L for 1."""
    sold = await counter.sell()
    spoken = sold.claim.replace("0", "O").replace("1", "l").lower()
    for text in (sold.claim, sold.claim.lower(), shown(sold.claim), shown(spoken), f" {sold.claim} "):
        claim = await counter.stall.claims.find(text, PHONE)
        assert (claim.sale, claim.number, claim.opened) == (sold.sale, 1, False)
        assert (claim.ends, claim.left_ms) == (sold.ends, LIFETIME * 1000)
    assert counter.log("opened") == [], "looking opens nothing"


async def test_ends_by_running_time(tmp_path: Path) -> None:
    """The lifetime counts while the machine runs, over reboots; hours without power take nothing away."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
        clock = counter.clock
        clock.wait(LIFETIME - 600)
        await counter.sell()  # what was committed last is how far the running time is known
    clock.lo += 3 * 24 * 3600
    clock.reboot(2)
    async with open_counter(tmp_path, clock=clock) as counter:
        claim = await counter.claim(sold)
        assert 590_000 < claim.left_ms <= 600_000
        clock.wait(590)
        await counter.claim(sold)
        clock.wait(10)
        error = await refused(counter, sold.claim)
        assert (error.code, error.status_hint) == ("claim-ended", 410)
        assert "they can open it again" in error.detail


async def test_top_up(counter: Counter) -> None:
    """A claim whose time is over lives again after a tap, with a whole lifetime and one more budget."""
    sold = await counter.sell()
    budget = (await counter.claim(sold)).row.byte_budget
    counter.clock.wait(LIFETIME)
    assert (await refused(counter, sold.claim)).code == "claim-ended"
    await counter.stall.claims.top_up(sold.sale)
    claim = await counter.claim(sold)
    assert (claim.left_ms, claim.bytes_left) == (LIFETIME * 1000, 2 * budget)
    assert counter.log("claim") == [{"sale": sold.sale, "claim": None, "lifetime": LIFETIME, "budget": budget}]


async def test_topping_up_takes_nothing_away(counter: Counter) -> None:
    """Topping up twice at once does not shorten what is left."""
    sold = await counter.sell()
    for _ in range(2):
        await counter.stall.claims.top_up(sold.sale)
    assert (await counter.claim(sold)).left_ms == LIFETIME * 1000


async def test_rotate(counter: Counter) -> None:
    """A rotated claim has a new code; the old one is unknown, and the log holds the new hash."""
    sold = await counter.sell()
    again = await counter.stall.claims.rotate(sold.sale)
    assert again.claim != sold.claim
    assert (again.sale, again.number, again.group) == (sold.sale, sold.number, sold.group)
    assert (await refused(counter, sold.claim)).code == "unknown-claim"
    assert (await counter.claim(again)).sale == sold.sale
    assert counter.log("claim") == [
        {"sale": sold.sale, "claim": claim_hash(again.claim), "lifetime": 0, "budget": 0},
    ]


async def test_rotated_after_opening(counter: Counter) -> None:
    """A rotated code is the same claim: `opened` is entered once, and there is no pickup number any more."""
    sold = await counter.sell()
    await counter.stall.claims.open(await counter.claim(sold))
    again = await counter.stall.claims.rotate(sold.sale)
    assert again.pickup is None
    await counter.stall.claims.open(await counter.claim(again))
    assert counter.log("opened") == [{"sale": sold.sale}]


async def test_opened_once(counter: Counter) -> None:
    """However often a claim is opened, also from an old look at it, there is one entry."""
    claim = await counter.claim(await counter.sell())
    for _ in range(3):
        opened = await counter.stall.claims.open(claim)
        assert opened.opened
    assert len(counter.log("opened")) == 1


async def test_pickup(counter: Counter) -> None:
    """The number on the screen leads to the code, for two minutes, until the claim is opened."""
    sold = await counter.sell()
    pickup = str(sold.pickup)
    assert len(pickup) == 4
    assert await counter.stall.claims.by_pickup(f" {pickup[:2]} {pickup[2:]} ", PHONE) == sold.claim
    counter.clock.wait(120)
    with pytest.raises(ClaimError) as late:
        await counter.stall.claims.by_pickup(pickup, PHONE)
    assert late.value.code == "pickup-wrong"
    fresh = await counter.stall.claims.show(sold.sale)
    assert await counter.stall.claims.by_pickup(str(fresh.pickup), "other phone") == sold.claim
    await counter.stall.claims.open(await counter.claim(sold))
    with pytest.raises(ClaimError):
        await counter.stall.claims.by_pickup(str(fresh.pickup), "third phone")
    assert (await counter.stall.claims.show(sold.sale)).pickup is None


async def test_pickup_after_a_reboot(tmp_path: Path) -> None:
    """A pickup number survives a restart of the machine within its two minutes."""
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=5)) as counter:
        sold = await counter.sell()
    counter.clock.reboot(2)
    async with open_counter(tmp_path, clock=counter.clock) as counter:
        assert await counter.stall.claims.by_pickup(str(sold.pickup), PHONE) == sold.claim
        counter.clock.wait(120)
        with pytest.raises(ClaimError):
            await counter.stall.claims.by_pickup(str(sold.pickup), PHONE)


async def test_unknown(counter: Counter) -> None:
    """What cannot be a code and what is none get the same answer."""
    for text in ("", "x", "7KQ2", "U" * 16, box_hint(key("box").public.id) + "0" * 14, "ß" * 16, "0" * 5000):
        error = await refused(counter, text, phone=f"phone {text[:3]}")
        assert (error.code, error.status_hint) == ("unknown-claim", 404)


async def test_other_box(tmp_path: Path) -> None:
    """A code of another stall's box says whose it is and where to go."""
    organizer = Organizer(tmp_path)
    other = _box_with_other_hint()
    boxes = [{"key": key("box").public.did, "name": "Stall 7"}, {"key": other.public.did, "name": "Stall 8"}]
    organizer.add_trust(boxes=boxes)
    async with open_counter(tmp_path, organizer.bundle(size=5)) as counter:
        error = await refused(counter, box_hint(other.public.id) + "0" * 14)
        assert error.code == "other-box"
        assert "This code is Stall 8's. Join the Wi-Fi of Stall 8" in error.detail
        own = await refused(counter, box_hint(key("box").public.id) + "0" * 14)
        assert own.code == "unknown-claim"


def _box_with_other_hint() -> PrivateKey:
    candidates = (key(f"box {number}") for number in range(50))
    return next(each for each in candidates if box_hint(each.public.id) != box_hint(key("box").public.id))


async def test_code_guesses(counter: Counter) -> None:
    """A phone that types wrong codes is told to wait, even with the right one then; others are not."""
    sold = await counter.sell()
    for number in range(CODE_TRIES):
        assert (await refused(counter, ALPHABET[number] * 16)).code == "unknown-claim"
    error = await refused(counter, sold.claim)
    assert (error.code, error.status_hint) == ("too-many", 429)
    assert (await counter.stall.claims.find(sold.claim, "another phone")).sale == sold.sale


async def test_pickup_guesses(counter: Counter) -> None:
    """Five wrong numbers, and a phone waits; another phone is served."""
    sold = await counter.sell()
    wrong = f"{(int(str(sold.pickup)) + 1) % 10_000:04}"
    for _ in range(PICKUP_TRIES):
        with pytest.raises(ClaimError):
            await counter.stall.claims.by_pickup(wrong, PHONE)
    with pytest.raises(ClaimError) as refusal:
        await counter.stall.claims.by_pickup(str(sold.pickup), PHONE)
    assert (refusal.value.code, refusal.value.status_hint) == ("pickup-wait", 429)
    assert await counter.stall.claims.by_pickup(str(sold.pickup), "another phone") == sold.claim


async def test_longer_pickup_numbers(counter: Counter) -> None:
    """Past thirty wrong tries in a minute, from whomever, new pickup numbers have six digits."""
    assert len(str((await counter.sell()).pickup)) == 4
    for number in range(PICKUP_WRONG + 1):
        with pytest.raises(ClaimError):
            await counter.stall.claims.by_pickup("x", f"phone {number}")
    assert len(str((await counter.sell()).pickup)) == 6


class TestGuesses:
    """The counting alone, on a clock that is an argument."""

    def test_pickup_span(self) -> None:
        """A phone may try again when two minutes have gone since its first wrong number."""
        guesses = Guesses()
        for second in range(PICKUP_TRIES):
            guesses.check_pickup("a", second)
            guesses.wrong_pickup("a", second)
        with pytest.raises(ClaimError):
            guesses.check_pickup("a", PICKUP_SPAN - 1)
        guesses.check_pickup("a", PICKUP_SPAN)

    def test_six_digits_until_quiet(self) -> None:
        """Six digits stay until a whole minute was without a wrong try."""
        guesses = Guesses()
        for number in range(PICKUP_WRONG + 1):
            guesses.wrong_pickup(f"phone {number}", 0.0)
        assert guesses.pickup_digits == 6
        guesses.wrong_pickup("late", 50.0)
        guesses.check_pickup("x", MINUTE + 1)
        assert guesses.pickup_digits == 6
        guesses.check_pickup("x", 50.0 + MINUTE)
        assert guesses.pickup_digits == 4

    def test_codes_over_all(self) -> None:
        """Many phones together cannot try codes without end."""
        guesses = Guesses()
        for number in range(CODE_WRONG):
            guesses.check_code(f"phone {number}", 0.0)
            guesses.wrong_code(f"phone {number}", 0.0)
        with pytest.raises(StallboxError):
            guesses.check_code("a quiet phone", MINUTE - 1)
        guesses.check_code("a quiet phone", MINUTE)

    def test_memory(self) -> None:
        """Ten thousand addresses do not fill the memory: those that were quiet are forgotten."""
        guesses = Guesses()
        for number in range(10_000):
            guesses.wrong_code(f"phone {number}", float(number))
        assert len(guesses._codes._by_phone) <= 1025
