"""Opens the displays that the settings name. No display is guessed or searched for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.devices.display import MODES, Display, Mode
from appliance.devices.framebuffer import SYSFS, FramebufferDisplay
from appliance.devices.null import NullDisplay
from appliance.devices.simulated import SimulatedDisplay
from appliance.errors import DeviceError
from appliance.settings import display as asked


@contextlib.contextmanager
def open_displays(
    displays: Iterable[asked.Display], frames: Path, *, sysfs: Path = SYSFS
) -> Iterator[tuple[Display, ...]]:
    """All displays, closed at the end. Nothing stays open where one of them fails.

    The first simulated display writes into `frames`, further ones into `frames/2`, `frames/3`. DeviceError says
    which setting is wrong and what it may be.
    """
    with contextlib.ExitStack() as stack:
        opened: list[Display] = []
        for place, wanted in enumerate(displays, start=1):
            display = _open(wanted, frames if place == 1 else frames / str(place), place, sysfs)
            stack.callback(display.close)
            opened.append(display)
        yield tuple(opened)


def open_framebuffer(wanted: asked.Display, place: int, sysfs: Path) -> FramebufferDisplay:
    """The monitor of [[display]] number `place`. It need not be there yet."""
    return FramebufferDisplay(Path(wanted.device), wanted.rotation, _mode(wanted.mode, place), sysfs=sysfs)


def _open(wanted: asked.Display, frames: Path, place: int, sysfs: Path) -> Display:
    if wanted.kind == "none":
        return NullDisplay()
    if wanted.kind == "simulated":
        return SimulatedDisplay(frames, (wanted.width, wanted.height), _mode(wanted.mode, place))
    if wanted.kind == "fb":
        return open_framebuffer(wanted, place, sysfs)
    kinds = ", ".join(asked.DISPLAY_KINDS)
    raise DeviceError("device", f"kind of [[display]] number {place} is {wanted.kind!r}: use one of {kinds}.")


def _mode(mode: str, place: int) -> Mode:
    for known in MODES:
        if mode == known:
            return known
    raise DeviceError("device", f"mode of [[display]] number {place} is {mode!r}: use {' or '.join(MODES)}.")
