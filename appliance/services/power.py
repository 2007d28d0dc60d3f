"""Switches the machine off when somebody asks for it: first all that the box itself has to end, then the power.

The daemon stops as it does for systemd: downloads get their time, what waits is committed, the displays say goodbye.
Only then is the helper asked. Where there is none, as in development, the daemon just ends.
"""

from __future__ import annotations

import asyncio
import logging

from appliance.board import Board
from appliance.core.commands import EjectStick, PowerOff
from appliance.errors import StallboxError
from appliance.services.helper import Helper

_log = logging.getLogger(__name__)
EJECT_S = 20.0


class Power:
    """`stop` ends the daemon. Call `let_go` when nothing is sold any more, and `cut` when nothing is open any more."""

    def __init__(self, board: Board, stop: asyncio.Event, helper: Helper) -> None:
        self._board = board
        self._stop = stop
        self._helper = helper
        self._is_asked = False

    async def switch_off(self, _: PowerOff) -> None:
        """Begins it, and returns at once."""
        self._is_asked = True
        self._stop.set()

    async def let_go(self, eject_s: float = EJECT_S) -> None:
        """Writes out and unmounts the stick, so that it may be pulled out with the plug. The screen says goodbye.

        A mirror stays until the system unmounts it: each of its commits is synced already.
        """
        if not self._is_asked:
            return
        try:
            async with asyncio.timeout(eject_s):
                await self._board.ask(EjectStick())
        except (StallboxError, TimeoutError) as error:  # there may be none; the system unmounts it in any case
            _log.info("no stick was ejected before switching off (%s)", error)
        self._board.change(is_off=True)

    async def cut(self) -> None:
        """Switches the machine off, if that was asked for. StoreError where the helper refuses."""
        if not self._is_asked:
            return
        if not self._helper.is_there:
            _log.warning("this machine has no helper that switches it off: stallbox ends, and the machine stays on")
            return
        await self._helper.power_off()
