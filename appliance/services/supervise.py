"""Keeps an optional service running: when it fails, it is noted, waited for with growing pauses, and started again.

Essential services are not supervised: their fault ends the process, and systemd starts it anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from appliance.core.status import Fault

_log = logging.getLogger(__name__)
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


async def supervise(name: str, run: Callable[[], Awaitable[None]], note: Callable[[str, Fault | None], None]) -> None:
    """Runs `run` until it is cancelled; `note` puts a fault on the screen while it is down."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_S
    while True:
        began = loop.time()
        try:
            note(name, None)
            await run()
        except Exception as error:  # noqa: BLE001  # any fault of an extra is survived: selling goes on
            _log.warning("%s stopped (%r); it starts again in %.0f s", name, error, pause)
            note(name, Fault("device", f"The {name} has stopped: {error}. It is tried again."))
        else:
            return
        if loop.time() - began > LONGEST_PAUSE_S:
            pause = FIRST_PAUSE_S
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)
