"""What the three buttons mean. Every press is answered: by the page it calls for, or by a sentence on the screen.

Asks others by the board for what they do, and sells by itself. Knows no pins; `services.fingers` hears them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from appliance.board import Board
from appliance.core.commands import ExportToStick, InvitePhone, PowerOff
from appliance.core.pins import Button
from appliance.core.scene import Remark
from appliance.errors import StallboxError, StoreError
from appliance.services.fingers import Act, Meaning
from appliance.stall.one_press import OnePress


@dataclass(frozen=True, slots=True)
class Times:
    """In milliseconds."""

    hold: int = 2000
    hold_to_switch_off: int = 3000
    apart: int = 700  # a finger that presses twice from habit sells once
    said: int = 8000  # a sentence stays on the screen


class ButtonMeanings:
    """`now_ms` reads CLOCK_BOOTTIME. Once the box `is_stopping`, every press is refused."""

    def __init__(
        self,
        board: Board,
        sales: OnePress,
        now_ms: Callable[[], int],
        is_stopping: Callable[[], bool],
        times: Times | None = None,
    ) -> None:
        self._board = board
        self._is_stopping = is_stopping
        self._sales = sales
        self._now_ms = now_ms
        self._times = times or Times()
        self._sold_ms: int | None = None

    def all(self) -> dict[Button, Meaning]:
        times = self._times
        return {
            Button.NEXT: Meaning(self._told(self._turn), self._told(self._invite), times.hold),
            Button.SELL: Meaning(self._told(self._sell), self._told(self._take_back), times.hold),
            Button.STICK: Meaning(self._told(self._export), self._told(self._switch_off), times.hold_to_switch_off),
        }

    async def _turn(self) -> None:
        self._board.change(turned=self._board.scene.turned.again(self._now_ms()), remark=None)

    async def _invite(self) -> None:
        await self._board.ask(InvitePhone())

    async def _sell(self) -> None:
        if self._sold_ms is not None and self._now_ms() - self._sold_ms < self._times.apart:
            return
        await self._sales.sell()
        self._sold_ms = self._now_ms()
        self._board.change(remark=None)

    async def _take_back(self) -> None:
        sold = await self._sales.take_back()
        number = "" if sold.number is None else f"#{sold.number} of "
        self._say(f"Taken back: {number}“{sold.title}”.", is_refusal=False)

    async def _export(self) -> None:
        await self._board.ask(ExportToStick())

    async def _switch_off(self) -> None:
        await self._board.ask(PowerOff())

    def _told(self, act: Callable[[], Awaitable[None]]) -> Act:
        """The act, whose refusal is said on the screen."""

        async def act_and_tell() -> None:
            try:
                if self._is_stopping():
                    raise StoreError("not-ready", "The box is switching off.")
                await act()
            except StallboxError as refusal:
                self._say(refusal.detail, is_refusal=True)

        return act_and_tell

    def _say(self, text: str, *, is_refusal: bool) -> None:
        remark = Remark(text, is_refusal, self._now_ms())
        self._board.change(remark=remark)
        asyncio.get_running_loop().call_later(self._times.said / 1000, self._forget, remark)

    def _forget(self, remark: Remark) -> None:
        if self._board.scene.remark == remark:
            self._board.change(remark=None)
