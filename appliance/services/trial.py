"""Shows the test picture on displays that no daemon has: for a look at them before the stall opens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance.devices.display import Display
from appliance.draw.canvas import Canvas
from appliance.errors import DeviceError
from appliance.screens.plain import goodbye_frame
from appliance.screens.sheet import Sheet
from appliance.screens.trial import draw_test
from appliance.services.own_thread import OwnThread


async def show_test(displays: Sequence[Display], name: str, seconds: float) -> list[str | None]:
    """The test picture for `seconds` on each, then the last page of the box `name`; what was wrong with each."""
    return list(await asyncio.gather(*(_show_one(display, name, seconds) for display in displays)))


async def _show_one(display: Display, name: str, seconds: float) -> str | None:
    thread = OwnThread("display-test")
    try:
        async with asyncio.timeout(2 * display.longest_s + seconds):
            await thread.call(lambda: _show_test(display))
            await asyncio.sleep(seconds)
            await thread.call(lambda: display.show(goodbye_frame(name, display.size, display.mode)))
    except DeviceError as error:
        return error.detail
    except TimeoutError:
        return f"It has not answered for {display.longest_s:.0f} s: check its cable."
    finally:
        thread.stop()
    return None


def _show_test(display: Display) -> None:
    canvas = Canvas(display.size, display.mode)
    draw_test(Sheet.on(canvas))
    display.show(canvas.image)
