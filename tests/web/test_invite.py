"""Pairing by the screen on two phones: the paired one that invites and allows, the new one that scans and waits."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse

from tests.box import CARD
from tests.web.clients import PERSON, PROGRAM
from tests.web.served import Box


@dataclass
class Phone:
    """A browser on the console's listener."""

    box: Box
    cookie: str | None = None

    async def get(self, path: str) -> ClientResponse:
        headers = {**PERSON, **({"Cookie": self.cookie} if self.cookie else {})}
        async with self.box.client.get(self.box.console + path, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer

    async def post(self, path: str, form: dict[str, str]) -> ClientResponse:
        headers = {**PERSON, "Origin": self.box.console, **({"Cookie": self.cookie} if self.cookie else {})}
        url = self.box.console + path
        async with self.box.client.post(url, data=form, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer


@pytest.fixture
async def owner(box: Box) -> Phone:
    """The stall owner's phone, paired by the card."""
    return Phone(box, f"__Host-stallbox={(await box.stall.phones.pair(CARD, 'Ana', 'here')).secret}")


async def scan(owner: Phone) -> str:
    """Has the code shown; the path that a camera opens, upper case as the code has it."""
    assert (await owner.post("/console/invite", {})).headers["Location"] == "/console/invite"
    invitation = owner.box.board.scene.invitation
    assert invitation is not None
    return invitation.url.removeprefix("HTTPS://10.42.0.1:8443")


async def wait(owner: Phone, new: Phone, name: str = "Ben") -> tuple[str, str]:
    """The new phone asks; the page on which it waits, and its number."""
    page = (await new.post(await scan(owner), {"name": name})).headers["Location"]
    text = await (await new.get(page)).text()
    number = re.search(r'class="pickup">(\d\d)<', text)
    assert number is not None
    return page, number[1]


async def test_the_whole_way(box: Box, owner: Phone) -> None:
    """Scan, name, number on both, allow: only then the new phone gets its cookie, and the console opens."""
    new = Phone(box)
    path = await scan(owner)
    assert path.startswith("/CONSOLE/PAIR/")
    assert "What shall we call this phone?" in await (await new.get(path)).text()
    page = (await new.post(path, {"name": "Ben"})).headers["Location"]
    waiting = await new.get(page)
    assert "Set-Cookie" not in waiting.headers
    number = re.search(r'class="pickup">(\d\d)<', await waiting.text())
    assert number is not None
    for place in ("/console", "/console/box", "/console/sales"):
        assert f"A phone wants in: Ben, number {number[1]}." in await (await owner.get(place)).text()
    answered = await owner.post("/console/invite/answer", {"number": number[1], "answer": "allow"})
    assert answered.headers["Location"] == "/console/invite?done=allowed"
    let_in = await new.get(page)
    assert (let_in.status, let_in.headers["Location"]) == (303, "/console")
    cookie = let_in.headers["Set-Cookie"]
    assert all(word in cookie for word in ("__Host-stallbox=", "Secure", "HttpOnly", "SameSite=Strict"))
    new.cookie = cookie.partition(";")[0]
    assert (await new.get("/console")).status == 200
    assert "A phone wants in" not in await (await owner.get("/console")).text()


async def test_refused(box: Box, owner: Phone) -> None:
    """A phone that is refused gets a page that says so, and no cookie."""
    new = Phone(box)
    page, number = await wait(owner, new)
    await owner.post("/console/invite/answer", {"number": number, "answer": "refuse"})
    answer = await new.get(page)
    assert (answer.status, "Set-Cookie" in answer.headers) == (403, False)
    assert "was not let in" in await answer.text()


async def test_a_wrong_code(box: Box, owner: Phone) -> None:
    """An invented code opens nothing, and the page says what to do."""
    await scan(owner)
    answer = await Phone(box).get("/console/pair/0000000000000000")
    assert answer.status == 403
    assert "Have the box show a new one" in await answer.text()


async def test_only_a_paired_phone_invites_and_answers(box: Box, owner: Phone) -> None:
    """A phone that waits cannot let itself in, and a stranger cannot have the code shown."""
    new = Phone(box)
    _, number = await wait(owner, new)
    assert (await new.post("/console/invite/answer", {"number": number, "answer": "allow"})).status == 403
    assert (await new.post("/console/invite", {})).status == 403
    assert len(await box.stall.phones.all()) == 1


async def test_not_from_another_site(box: Box, owner: Phone) -> None:
    """A page of another site cannot answer for the stall owner."""
    _, number = await wait(owner, Phone(box))
    headers = {**PROGRAM, "Origin": "https://example.org", "Cookie": str(owner.cookie)}
    form = {"number": number, "answer": "allow"}
    async with box.client.post(f"{box.console}/console/invite/answer", data=form, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "wrong-origin")


@pytest.mark.parametrize("form", [{}, {"number": "42"}, {"number": "x", "answer": "allow"}, {"answer": "allow"}])
async def test_answers_that_are_none(owner: Phone, form: dict[str, str]) -> None:
    """An answer without a number or a word is refused."""
    assert (await owner.post("/console/invite/answer", form)).status == 400


async def test_before_anybody_is_paired(box: Box) -> None:
    """On a box without a paired phone the page says that the owner card comes first, and shows no code."""
    headers = {**PERSON, "Origin": box.shop}
    async with box.client.post(f"{box.shop}/console/invite", headers=headers) as answer:
        assert answer.status == 409
        assert "owner card" in await answer.text()
    assert box.board.scene.invitation is None
