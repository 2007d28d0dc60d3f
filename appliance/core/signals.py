"""What lamp and buzzer say of a status. No colour stands alone: each light has a rhythm of its own.

The screen says the same in words. Slow blinks with long pauses, because a box may live on a power bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.core.scene import MirrorState, StickDoing
from appliance.core.status import Status

LONG_UNSYNCED_S = 24 * 3600  # as for the screen's page: within its market day every box has sales that wait


class Colour(Enum):
    """Which of red, green and blue are lit."""

    RED = (True, False, False)
    AMBER = (True, True, False)
    GREEN = (False, True, False)
    BLUE = (False, False, True)
    DARK = (False, False, False)


@dataclass(frozen=True, slots=True)
class Light:
    """A colour and its rhythm: milliseconds lit, dark, lit, dark … over and over; empty for steady."""

    colour: Colour
    rhythm: tuple[int, ...] = ()

    def at(self, now_ms: int) -> tuple[Colour, int | None]:
        """What is lit at this moment, and for how many milliseconds; None for as long as the light is this one."""
        if not self.rhythm:
            return self.colour, None
        place = now_ms % sum(self.rhythm)
        for step, length in enumerate(self.rhythm):
            if place < length:
                return Colour.DARK if step % 2 else self.colour, length - place
            place -= length
        raise AssertionError("a place within the rhythm is within one of its steps")


READY = Light(Colour.GREEN)
SELLING = Light(Colour.GREEN, (500, 500))
BUSY = Light(Colour.BLUE, (200, 200))
UNSYNCED = Light(Colour.AMBER, (1800, 200))
FAULT = Light(Colour.RED, (150, 150, 150, 1550))
OFF = Light(Colour.DARK)


def light(status: Status, *, can_sell: bool) -> Light:
    """What the lamp shows at `status.boottime_ms`; `can_sell`: no fault stops every sale."""
    scene = status.scene
    if scene.is_off:
        return OFF
    if scene.is_stopping or _is_writing(status):
        return BUSY
    if not can_sell:
        return FAULT
    if any(claim.until_ms > status.boottime_ms for claim in status.waiting):
        return SELLING
    if _is_wrong(status):
        return FAULT
    return UNSYNCED if status.unsynced.count and status.unsynced.oldest_s >= LONG_UNSYNCED_S else READY


def beeps(before: Status, after: Status) -> int:
    """How often the buzzer sounds between two statuses: once for a sale, twice for a press that was refused."""
    remark = after.scene.remark
    if remark is not None and remark.is_refusal and remark != before.scene.remark:
        return 2
    sold = {drop.drop: drop.sold for drop in before.drops}
    return int(any(drop.sold > sold.get(drop.drop, drop.sold) for drop in after.drops))


def _is_writing(status: Status) -> bool:
    stick = status.scene.stick
    return stick is not None and stick.is_busy


def _is_wrong(status: Status) -> bool:
    scene = status.scene
    is_refused = scene.remark is not None and scene.remark.is_refusal
    is_bad_stick = scene.stick is not None and scene.stick.doing in {StickDoing.REFUSED, StickDoing.FAILED}
    lacks_mirror = scene.mirror is not None and scene.mirror.state is MirrorState.MISSING
    return bool(status.faults) or is_refused or is_bad_stick or lacks_mirror
