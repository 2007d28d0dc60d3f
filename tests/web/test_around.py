"""What the console asks for around the sale: each button reaches its task, each refusal comes back to the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from appliance.board import C
from appliance.core.commands import (
    Command,
    EjectStick,
    ExportToStick,
    GoOnWithoutMirror,
    PowerOff,
    StopMirror,
    SyncNow,
    UseAsMirror,
)
from appliance.core.scene import DisplayHealth, Mirror, MirrorState, Stick, StickDoing
from appliance.errors import StoreError
from tests.box import CARD
from tests.web.clients import PERSON, PROGRAM
from tests.web.paying import get, post
from tests.web.served import Box

BUTTONS = [
    pytest.param("/console/stick/export", ExportToStick, "exported", id="export"),
    pytest.param("/console/stick/eject", EjectStick, "ejected", id="eject"),
    pytest.param("/console/mirror/go-on", GoOnWithoutMirror, "without", id="go on without"),
    pytest.param("/console/mirror/stop", StopMirror, "unmirrored", id="stop mirroring"),
    pytest.param("/console/sync", SyncNow, "synced", id="sync now"),
]


class Task:
    """A task that does what it is asked, or refuses."""

    def __init__(self, refusal: StoreError | None = None) -> None:
        self.asked: list[Command] = []
        self._refusal = refusal

    def serving(self, box: Box, kind: type[C]) -> Task:
        box.board.serve(kind, self._does())
        return self

    def _does(self) -> Callable[[Command], Awaitable[None]]:
        async def does(command: Command) -> None:
            self.asked.append(command)
            if self._refusal is not None:
                raise self._refusal

        return does


@pytest.mark.parametrize(("path", "kind", "done"), BUTTONS)
async def test_a_button(box: Box, path: str, kind: type[Command], done: str) -> None:
    """One tap asks for it once; the page then says that it is done."""
    task = Task().serving(box, kind)
    location = await post(box, path, {}, 303)
    assert location == f"/console/box?done={done}"
    assert task.asked == [kind()]  # type: ignore[call-arg]  # none of these takes anything
    assert 'class="note good" role="status"' in await get(box, location)


@pytest.mark.parametrize(("path", "kind", "_done"), BUTTONS)
async def test_a_refusal(box: Box, path: str, kind: type[Command], _done: str) -> None:
    """What cannot be done comes back on the page in a sentence, and to a program as a problem."""
    Task(StoreError("not-ready", "No stick is in. Put one in.")).serving(box, kind)
    assert "No stick is in. Put one in." in await post(box, path, {}, 503)
    async with box.client.post(box.shop + path, headers={**PROGRAM, "Origin": box.shop}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "not-ready")


@pytest.mark.parametrize(("path", "_kind", "_done"), BUTTONS)
async def test_nobody_does_it(box: Box, path: str, _kind: type[Command], _done: str) -> None:
    """On a box without such a task the page says so."""
    assert "nobody who does that" in await post(box, path, {}, 503)


@pytest.mark.parametrize("path", ["/console/stick/export", "/console/mirror", "/console/mirror/stop", "/console/power"])
async def test_strangers(box: Box, path: str) -> None:
    """A phone that is not paired has nothing done, and neither has a page of another site."""
    tasks = [Task().serving(box, kind) for kind in (ExportToStick, UseAsMirror, StopMirror, PowerOff)]
    form = {"way": "sync", "card": CARD}
    async with box.client.post(box.console + path, data=form, headers=PERSON) as answer:
        assert answer.status == 403
    async with box.client.post(box.shop + path, data=form, headers={"Origin": "https://example.org"}) as answer:
        assert answer.status == 403
    assert not any(task.asked for task in tasks)


class TestMirror:
    @pytest.mark.parametrize(("way", "is_sync"), [("sync", True), ("async", False)])
    async def test_is_prepared(self, box: Box, way: str, is_sync: bool) -> None:
        """The stick is prepared under the owner card, in the way that was chosen."""
        task = Task().serving(box, UseAsMirror)
        assert await post(box, "/console/mirror", {"way": way, "card": CARD}, 303) == "/console/box?done=mirrored"
        assert task.asked == [UseAsMirror(CARD, is_sync)]

    async def test_a_wrong_card(self, box: Box) -> None:
        """A refusal keeps what was chosen and does not show the card's characters again."""
        Task(StoreError("not-ready", "These are not the card’s characters.")).serving(box, UseAsMirror)
        text = await post(box, "/console/mirror", {"way": "async", "card": CARD}, 503)
        assert "These are not the card’s characters." in text
        assert 'value="async" checked' in text
        assert CARD not in text

    async def test_a_choice(self, box: Box) -> None:
        """Without the choice nothing is asked."""
        task = Task().serving(box, UseAsMirror)
        await post(box, "/console/mirror", {"card": CARD}, 400)
        assert task.asked == []

    @pytest.mark.parametrize(
        ("mirror", "words", "buttons"),
        [
            (None, "keep a second copy", 0),
            (Mirror(MirrorState.KEPT, is_sync=True), "The stick has every sale", 1),
            (Mirror(MirrorState.BEHIND, is_sync=False, behind=3), "lacks 3 entries", 1),
            (Mirror(MirrorState.MISSING, is_sync=True), "nothing is sold", 2),
            (Mirror(MirrorState.WITHOUT, is_sync=True), "sells on as you said", 1),
        ],
    )
    async def test_how_it_stands(self, box: Box, mirror: Mirror | None, words: str, buttons: int) -> None:
        """The page says how the mirror stands, and offers what can be done about it."""
        box.board.change(mirror=mirror)
        text = await get(box, "/console/box")
        assert words in text
        assert text.count('action="/console/mirror/') == buttons


class TestPage:
    @pytest.mark.parametrize("doing", list(StickDoing))
    async def test_the_stick(self, box: Box, doing: StickDoing) -> None:
        """Whatever the stick is about is said; while it is busy a page without a script looks again by itself."""
        box.board.change(stick=Stick(doing, "Harbour Lights, 3 files.", 300_000, 900_000))
        text = await get(box, "/console/box")
        assert "Harbour Lights, 3 files." in text
        is_busy = doing in {StickDoing.READING, StickDoing.WRITING}
        assert ("300 kB of 900 kB" in text, '<noscript><meta http-equiv="refresh"' in text) == (is_busy, is_busy)

    async def test_displays(self, box: Box) -> None:
        """Each display is named, with what is wrong with it."""
        box.board.change(displays=(DisplayHealth("fb"), DisplayHealth("inky", "The panel does not answer.")))
        text = await get(box, "/console/box")
        assert "The panel does not answer." in text
        assert text.count(">Works<") == text.count(">Fault<") == 1


class TestPower:
    async def test_asks_first(self, box: Box) -> None:
        """Looking switches nothing off; the second page does."""
        task = Task().serving(box, PowerOff)
        assert 'href="/console/power"' in await get(box, "/console/box")
        assert "Switch the box off?" in await get(box, "/console/power")
        assert task.asked == []
        assert "The box is going off" in await post(box, "/console/power", {})
        assert task.asked == [PowerOff()]

    async def test_refused(self, box: Box) -> None:
        """A box that cannot switch itself off says so."""
        Task(StoreError("not-ready", "The box’s helper does not answer.")).serving(box, PowerOff)
        assert "The box’s helper does not answer." in await post(box, "/console/power", {}, 503)
