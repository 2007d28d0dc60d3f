"""Opens the displays that the settings name. No display is guessed or searched for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.devices.display import MODES, Display, Mode
from appliance.devices.epdconfig import INPUTS, OUTPUTS
from appliance.devices.file import FileDisplay
from appliance.devices.framebuffer import SYSFS, FramebufferDisplay
from appliance.devices.header import HeaderBus
from appliance.devices.inky import InkyDisplay
from appliance.devices.null import NullDisplay
from appliance.devices.once import OncePerBoot
from appliance.devices.waveshare import MODELS, WaveshareDisplay
from appliance.errors import DeviceError
from appliance.settings import display as asked


@dataclass(frozen=True, slots=True)
class Places:
    """`frames`: where `file` displays write. `runtime`: what outlives the daemon. `boot`: the kernel's name for it."""

    frames: Path
    runtime: Path
    boot: str
    sysfs: Path = SYSFS


@contextlib.contextmanager
def open_displays(displays: Iterable[asked.Display], places: Places) -> Iterator[tuple[Display, ...]]:
    """All displays, closed at the end. Nothing stays open where one of them fails.

    The first one of kind `file` writes into `frames`, one that stands at another place into `frames/2`, `frames/3`.
    Panels and monitors need not be there yet. DeviceError says which setting is wrong and what it may be.
    """
    with contextlib.ExitStack() as stack:
        opened: list[Display] = []
        for place, wanted in enumerate(displays, start=1):
            display = _open(wanted, place, places)
            stack.callback(display.close)
            opened.append(display)
        yield tuple(opened)


def open_framebuffer(wanted: asked.Display, place: int, sysfs: Path) -> FramebufferDisplay:
    """The monitor of [[display]] number `place`. It need not be there yet."""
    return FramebufferDisplay(Path(wanted.device), wanted.rotation, _mode(wanted.mode, place), sysfs=sysfs)


def _open(wanted: asked.Display, place: int, places: Places) -> Display:
    match wanted.kind:
        case "none":
            return NullDisplay()
        case "file":
            frames = places.frames if place == 1 else places.frames / str(place)
            return FileDisplay(frames, (wanted.width, wanted.height), _mode(wanted.mode, place))
        case "fb":
            return open_framebuffer(wanted, place, places.sysfs)
        case "inky":
            return InkyDisplay(wanted.rotation)
        case "waveshare" if wanted.model in MODELS:
            cleaned = OncePerBoot(places.runtime / "panel-cleaned", places.boot)
            return WaveshareDisplay(MODELS[wanted.model], wanted.rotation, HeaderBus(OUTPUTS, INPUTS), cleaned)
    kinds = ", ".join(asked.DISPLAY_KINDS)
    raise DeviceError("device", f"kind of [[display]] number {place} is {wanted.kind!r}: use one of {kinds}.")


def _mode(mode: str, place: int) -> Mode:
    for known in MODES:
        if mode == known:
            return known
    raise DeviceError("device", f"mode of [[display]] number {place} is {mode!r}: use {' or '.join(MODES)}.")
