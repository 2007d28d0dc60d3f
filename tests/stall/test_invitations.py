"""Pairing by the screen: one code, one phone, two minutes, and a paired phone that says yes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core.commands import InvitePhone
from appliance.core.scene import Invitation
from appliance.errors import StallboxError
from appliance.stall.guesses import CODE_TRIES
from appliance.stall.invitations import MOST_ASKING, STANDS_MS, Asking, Invitations
from appliance.stall.phones import Pairing
from tests.box import CARD
from tests.stall.till import Till, opened

HERE = "10.42.0.9"


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    """A stall with one paired phone."""
    async with opened(tmp_path) as made:
        await made.stall.phones.pair(CARD, "Ana", "10.42.0.2")
        yield made


@pytest.fixture
def invitations(till: Till) -> Invitations:
    return till.stall.invitations


def code(invitation: Invitation) -> str:
    return invitation.url.rpartition("/")[2]


def refusal(invitations: Invitations, text: str, phone: str = HERE) -> str:
    with pytest.raises(StallboxError) as refused:
        invitations.check(text, phone)
    return refused.value.code


async def asking(invitations: Invitations, name: str = "Ben") -> str:
    """A phone that has scanned a code; the secret of the page on which it waits."""
    return invitations.ask(code(await invitations.invite()), name, HERE)


async def test_the_code_is_short_and_upper_case(invitations: Invitations) -> None:
    """The address has only characters of a QR code's alphanumeric mode, and fits version 3-M (61 of them)."""
    url = (await invitations.invite()).url
    assert url.startswith("HTTPS://10.42.0.1:8443/CONSOLE/PAIR/")
    assert set(url) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert len(url) <= 61


async def test_a_phone_is_let_in(till: Till, invitations: Invitations) -> None:
    """Phone and console show the same number; once it is allowed the phone is paired under its name."""
    secret = await asking(invitations, " Ben’s   phone ")
    (phone,) = invitations.asking()
    assert invitations.answer(secret) == phone == Asking(phone.number, "Ben’s phone")
    await invitations.allow(phone.number)
    pairing = invitations.answer(secret)
    assert isinstance(pairing, Pairing)
    assert await till.stall.phones.check(pairing.secret) == pairing.number == 2
    assert (2, "Ben’s phone") in await till.stall.phones.all()
    assert invitations.asking() == ()
    assert invitations.answer(secret) == pairing, "an answer that was lost on the way can be fetched again"


async def test_a_phone_is_refused(till: Till, invitations: Invitations) -> None:
    """A phone that is refused is told so and is not paired; it cannot be allowed any more."""
    secret = await asking(invitations)
    (phone,) = invitations.asking()
    invitations.refuse(phone.number)
    with pytest.raises(StallboxError, match="not let in"):
        invitations.answer(secret)
    with pytest.raises(StallboxError, match=f"number {phone.number}"):
        await invitations.allow(phone.number)
    assert len(await till.stall.phones.all()) == 1


async def test_one_use(invitations: Invitations) -> None:
    """Who comes second with the same code is refused: of two who scanned it the stall owner sees one number."""
    invitation = await invitations.invite()
    invitations.check(code(invitation), HERE)
    invitations.check(code(invitation), HERE)
    invitations.ask(code(invitation), "Ben", HERE)
    assert refusal(invitations, code(invitation)) == "unpaired"


async def test_two_minutes(till: Till, invitations: Invitations) -> None:
    """The code, the wait and the answer each stand for two minutes, whatever the wall clock says."""
    invitation = await invitations.invite()
    till.hardware.pass_time(STANDS_MS // 1000)
    assert refusal(invitations, code(invitation)) == "unpaired"
    secret = await asking(invitations)
    till.hardware.pass_time(STANDS_MS // 1000)
    assert invitations.asking() == ()
    with pytest.raises(StallboxError, match="nobody answered"):
        invitations.answer(secret)


async def test_a_new_code_ends_the_old_one(invitations: Invitations) -> None:
    """Only the code that is on the screen is good; typed in lower case it is the same."""
    old, new = [code(await invitations.invite()) for _ in range(2)]
    assert refusal(invitations, old) == "unpaired"
    invitations.check(new.lower(), HERE)


async def test_before_anybody_is_paired(tmp_path: Path) -> None:
    """Where no phone could let another in there is no code: the owner card is the way."""
    async with opened(tmp_path) as till:
        with pytest.raises(StallboxError, match="owner card"):
            await till.stall.invitations.invite()


async def test_guessing_ends(invitations: Invitations) -> None:
    """A phone that guesses is refused after some tries, also with the right code."""
    invitation = await invitations.invite()
    codes = [refusal(invitations, f"{number:016}") for number in range(CODE_TRIES + 1)]
    assert (codes[0], codes[-1]) == ("unpaired", "too-many")
    assert refusal(invitations, code(invitation)) == "too-many"
    invitations.check(code(invitation), "10.42.0.10")


async def test_few_wait(invitations: Invitations) -> None:
    """So many phones may wait; each has a number of its own, and the one that waits longest gives way."""
    first = await asking(invitations)
    for _ in range(MOST_ASKING):
        await asking(invitations)
    assert len({phone.number for phone in invitations.asking()}) == MOST_ASKING
    with pytest.raises(StallboxError):
        invitations.answer(first)


async def test_on_the_board(invitations: Invitations) -> None:
    """Whoever asks the board has the code made; it is on the scene until a phone has used it."""
    board = Board()
    invitations.serve_on(board)
    await board.ask(InvitePhone())
    shown = board.scene.invitation
    assert shown is not None
    invitations.ask(code(shown), "Ben", HERE)
    assert board.scene.invitation is None
