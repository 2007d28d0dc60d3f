"""Every button's every path: from pins that bounce, by gpiozero, to the sale, the ledger, the board and the screen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.board import Board
from appliance.core import pins
from appliance.core.commands import Command, ExportToStick, InvitePhone, PowerOff
from appliance.core.pins import Button
from appliance.core.presses import Gesture
from appliance.core.scene import Remark
from appliance.core.status import WaitingClaim
from appliance.devices.gpio import open_controls
from appliance.errors import StoreError
from appliance.services.bulletin import Bulletin
from appliance.services.buttons import ButtonMeanings, Times
from appliance.services.clock import boottime_ms
from appliance.services.fingers import Fingers
from appliance.settings.header import Header
from appliance.stall.one_press import OnePress
from tests.gpio import MockHeader, mock_header
from tests.organizer import Organizer
from tests.stall.counter import PHONE, Counter, open_counter

HOLD_S = 1.2
QUICK = Times(hold=900, hold_to_switch_off=1000, apart=0, said=1500)
NEXT, SELL, STICK = Button


@dataclass
class Stage:
    """A stall with its buttons. `asked`: the commands that came over the board; each is refused with `refusal`."""

    counter: Counter
    header: MockHeader
    board: Board = field(default_factory=Board)
    asked: list[Command] = field(default_factory=list)
    refusal: StoreError | None = None
    is_stopping: bool = False

    @contextlib.asynccontextmanager
    async def open(self, slug: str | None = None, times: Times = QUICK) -> AsyncIterator[Stage]:
        stall = self.counter.stall
        for kind in (InvitePhone, ExportToStick, PowerOff):
            self.board.serve(kind, self._carry_out)
        bulletin = Bulletin(self.board, stall.stock.status, stall.close.is_closed)
        stall.house.ledger.on_commit = bulletin.changed
        sales = OnePress(stall.seller, stall.undo, stall.catalogue, slug)
        meanings = ButtonMeanings(self.board, sales, boottime_ms, lambda: self.is_stopping, times)
        with open_controls(Header(pins.BUTTONS), boottime_ms) as controls:
            fingers = Fingers(controls.buttons, meanings.all(), boottime_ms)
            tasks = [asyncio.create_task(bulletin.run()), asyncio.create_task(fingers.run())]
            await self.board.newer(None)
            yield self
            for task in tasks:
                assert not task.done()
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def press(self, button: Button) -> None:
        await self.header.press(button)
        await self._answered(button)

    async def hold(self, button: Button) -> None:
        await self.header.hold(button, HOLD_S)
        await self._answered(button)

    async def _answered(self, button: Button) -> None:
        """Until what the button started is done."""
        acts = {f"{button} {gesture}" for gesture in Gesture}
        if running := [task for task in asyncio.all_tasks() if task.get_name() in acts]:
            await asyncio.wait(running)

    async def shown_claim(self) -> WaitingClaim:
        """The one claim on the screen, as soon as there is one."""
        async with asyncio.timeout(5):
            async for status in self.board.watch():
                if status.waiting:
                    break
        [claim] = status.waiting
        return claim

    @property
    def said(self) -> Remark | None:
        return self.board.scene.remark

    async def _carry_out(self, command: Command) -> None:
        self.asked.append(command)
        if self.refusal is not None:
            raise self.refusal


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    async with open_counter(tmp_path, Organizer(tmp_path).bundle(size=2)) as made:
        yield made


@pytest.fixture
async def stage(counter: Counter) -> AsyncIterator[Stage]:
    with mock_header() as header:
        async with Stage(counter, header).open() as made:
            yield made


async def test_sell(stage: Stage) -> None:
    """A press of *sell*, with all its bounces, is one sale in cash at the first price: in the ledger, on the screen."""
    await stage.press(SELL)
    [sale] = stage.counter.log("sale")
    assert (sale["price"], sale["amount"], sale["method"], sale["number"]) == ("download", 800, "cash", 1)
    assert (await stage.shown_claim()).number == 1
    assert stage.said is None
    await stage.press(SELL)
    assert [sale["number"] for sale in stage.counter.log("sale")] == [1, 2]


async def test_refused_sale_is_said(stage: Stage) -> None:
    """Sold out: nothing is recorded, the sentence stands on the screen for a while, and goes away."""
    for _ in range(3):
        await stage.press(SELL)
    assert len(stage.counter.log("sale")) == 2
    assert stage.said is not None
    assert stage.said.is_refusal
    assert "Harbour Lights" in stage.said.text
    before = stage.said
    await stage.press(SELL)
    assert stage.said != before, "the same refusal again is said again"
    await asyncio.sleep(QUICK.said / 1000)
    assert stage.said is None
    assert stage.board.latest is not None
    assert stage.board.latest.scene.remark is None


async def test_undo(stage: Stage) -> None:
    """Held: the last sale of the button is taken back, its number returns; there is nothing more to take back then."""
    await stage.press(SELL)
    await stage.press(SELL)
    newest = (await stage.counter.stall.stock.sales())[0].sale
    await stage.hold(SELL)
    [void] = stage.counter.log("void")
    assert void == {"sale": newest, "reason": "taken back with the button", "returned": True, "by": None}
    assert stage.said is not None
    assert (stage.said.text, stage.said.is_refusal) == ("Taken back: #2 of “Harbour Lights”.", False)
    await stage.hold(SELL)
    assert len(stage.counter.log("void")) == 1
    assert stage.said.is_refusal
    assert len(stage.counter.log("sale")) == 2


async def test_undo_of_an_opened_sale(stage: Stage) -> None:
    """Once the buyer has seen the files the button takes nothing back, and says where to go."""
    await stage.press(SELL)
    code = (await stage.shown_claim()).url.rpartition("/")[2]
    opened = await stage.counter.stall.claims.find(code, PHONE)
    await stage.counter.stall.deliveries.paper(opened, "certificate.json")
    await stage.hold(SELL)
    assert stage.counter.log("void") == []
    assert stage.said is not None
    assert stage.said.is_refusal
    assert "console" in stage.said.text


async def test_undo_of_what_the_console_sold(stage: Stage) -> None:
    """The button takes back what it sold itself, nobody else's sale."""
    await stage.counter.sell()
    await stage.hold(SELL)
    assert stage.counter.log("void") == []
    assert stage.said is not None
    assert stage.said.is_refusal


async def test_next(stage: Stage) -> None:
    """Each press turns one page further, and takes away what was said."""
    stage.board.change(remark=Remark("Something", True, 1))
    await stage.press(NEXT)
    await stage.press(NEXT)
    assert stage.board.scene.turned.presses == 2
    assert stage.said is None
    assert stage.asked == []


async def test_asks(stage: Stage) -> None:
    """Held *next* invites a phone, *stick* pressed exports, held it switches off: each once, whatever bounces."""
    await stage.hold(NEXT)
    assert stage.asked == [InvitePhone()]
    await stage.press(STICK)
    assert stage.asked == [InvitePhone(), ExportToStick()]
    await stage.hold(STICK)
    assert stage.asked == [InvitePhone(), ExportToStick(), PowerOff()]
    assert stage.board.scene.turned.presses == 0
    assert stage.counter.log("sale") == []


async def test_hold_happens_while_it_is_down(stage: Stage) -> None:
    """Nobody has to guess: the act comes at its time, not when the finger leaves."""
    down_ms = boottime_ms()
    stage.header.down(STICK)
    async with asyncio.timeout(5):
        while not stage.asked:
            await asyncio.sleep(0.01)
    assert boottime_ms() - down_ms >= QUICK.hold_to_switch_off
    assert stage.asked == [PowerOff()]
    stage.header.up(STICK)


async def test_refused_command_is_said(stage: Stage) -> None:
    """What another task refuses is a sentence on the screen, and the buttons live on."""
    stage.refusal = StoreError("not-ready", "No stick is in. Put one in, and press again.")
    await stage.press(STICK)
    assert stage.said is not None
    assert (stage.said.text, stage.said.is_refusal) == (stage.refusal.detail, True)
    await stage.press(SELL)
    assert len(stage.counter.log("sale")) == 1
    assert stage.said is None


async def test_nothing_is_sold_while_it_stops(stage: Stage) -> None:
    """Between goodbye and darkness no button begins anything."""
    stage.is_stopping = True
    await stage.press(SELL)
    await stage.hold(STICK)
    assert (stage.asked, stage.counter.log("sale")) == ([], [])
    assert stage.said is not None
    assert stage.said.text == "The box is switching off."


async def test_habit_of_pressing_twice(counter: Counter) -> None:
    """A second press within a moment is the same wish; later it is another buyer."""
    with mock_header() as header:
        async with Stage(counter, header).open(times=Times(apart=1500)) as stage:
            await stage.press(SELL)
            await stage.press(SELL)
            assert len(counter.log("sale")) == 1
            await asyncio.sleep(1.5)
            await stage.press(SELL)
            assert len(counter.log("sale")) == 2


def test_how_long() -> None:
    """What the lid says: two seconds to pair and to undo, three to switch off; and two presses from habit are one."""
    times = Times()
    assert (times.hold, times.hold_to_switch_off) == (2000, 3000)
    assert times.apart >= 500


async def test_which_drop(tmp_path: Path) -> None:
    """The drop of the settings; without one the first that is on sale, and when it is sold out the next."""
    organizer = Organizer(tmp_path)
    bundles = [organizer.bundle(size=1), organizer.bundle(slug="night-pier", size=2, title="Night Pier")]
    async with open_counter(tmp_path, *bundles) as counter:
        with mock_header() as header:
            async with Stage(counter, header).open("night-pier") as stage:
                await stage.press(SELL)
            async with Stage(counter, header).open() as stage:
                for _ in range(3):
                    await stage.press(SELL)
        titles = [line.title for line in reversed(await counter.stall.stock.sales())]
        assert titles == ["Night Pier", "Harbour Lights", "Night Pier"]


async def test_no_drop(tmp_path: Path) -> None:
    """A box that has nothing to sell says so."""
    async with open_counter(tmp_path) as counter:
        with mock_header() as header:
            async with Stage(counter, header).open() as stage:
                await stage.press(SELL)
                assert stage.said is not None
                assert stage.said.text == "There is no drop on this box yet."
