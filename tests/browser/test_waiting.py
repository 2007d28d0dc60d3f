"""A phone that waits to be let in: its page goes on by itself once somebody has answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from appliance.core.commands import InvitePhone
from tests.box import CARD
from tests.browser.looking import View, Visit, looker
from tests.web.served import Box, running_box

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
@pytest.mark.parametrize(("is_let_in", "sight"), [(True, ".tabs"), (False, "[role=alert]")], ids=["allowed", "refused"])
async def test_the_answer(chromium: str, tmp_path: Path, is_let_in: bool, sight: str, script: bool) -> None:
    """Who is let in sees the console, who is refused sees that; nobody has to tap."""
    async with running_box(tmp_path) as box, looker(chromium) as browser:
        page = await _waiting(box)
        look = asyncio.create_task(browser.look(Visit(page, (("see", ".pickup"), ("see", sight))), View(script=script)))
        await asyncio.sleep(1.5)
        (asking,) = box.stall.invitations.asking()
        if is_let_in:
            await box.stall.invitations.allow(asking.number)
        else:
            box.stall.invitations.refuse(asking.number)
        await look


async def _waiting(box: Box) -> str:
    """The address of the page on which the phone waits."""
    await box.stall.phones.pair(CARD, "Ana’s phone", "here")
    await box.board.ask(InvitePhone())
    invitation = box.board.scene.invitation
    assert invitation is not None
    async with box.client.post(box.console + urlsplit(invitation.url).path, data={"name": "Ben"}) as answer:
        return str(answer.url)
