"""A phone that waits to be let in: its page goes on by itself once somebody has answered."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from appliance.core.commands import InvitePhone
from tests.box import CARD
from tests.browser.looking import View, Visit, looker
from tests.web.served import Box, running_box

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
@pytest.mark.parametrize(("is_let_in", "sight"), [(True, ".tabs"), (False, "[role=alert]")], ids=["allowed", "refused"])
async def test_the_answer(chromium: str, tmp_path: Path, is_let_in: bool, sight: str, script: bool) -> None:
    """Who is let in sees the console, who is refused sees that; nobody has to tap."""
    async with running_box(tmp_path) as box, looker(chromium) as browser, TestServer(_owner(box, is_let_in)) as owner:
        doing = (("see", ".pickup"), ("tell", str(owner.make_url("/"))), ("see", sight))
        seen = await browser.look(Visit(await _waiting(box), doing), View(script=script))
        assert ("Sell" in seen.said) is is_let_in


async def _waiting(box: Box) -> str:
    """The address of the page on which the phone waits."""
    await box.stall.phones.pair(CARD, "Ana’s phone", "here")
    await box.board.ask(InvitePhone())
    invitation = box.board.scene.invitation
    assert invitation is not None
    async with box.client.post(box.console + urlsplit(invitation.url).path, data={"name": "Ben"}) as answer:
        return str(answer.url)


def _owner(box: Box, is_letting_in: bool) -> web.Application:
    """The stall owner, who answers when she is told that the waiting page is seen."""

    async def hear(_request: web.Request) -> web.Response:
        (asking,) = box.stall.invitations.asking()
        if is_letting_in:
            await box.stall.invitations.allow(asking.number)
        else:
            box.stall.invitations.refuse(asking.number)
        return web.Response()

    owner = web.Application()
    owner.router.add_get("/", hear)
    return owner
