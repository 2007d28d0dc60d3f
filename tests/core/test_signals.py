"""What lamp and buzzer say: one light for each state, told apart without its colour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.core import signals
from appliance.core.scene import Mirror, MirrorState, Remark, Scene, Stick, StickDoing
from appliance.core.signals import Colour, Light, beeps
from appliance.core.status import Fault, Status, Unsynced
from tests.screens.samples import CLAIMS, STATUS

REST = replace(STATUS, waiting=(), faults=(), unsynced=Unsynced(0, 0), scene=Scene())
SELLING = replace(REST, waiting=CLAIMS[:1], boottime_ms=CLAIMS[0].until_ms - 1)
BROKEN = replace(REST, faults=(Fault("device", "The panel does not answer."),))
DAY_S = 24 * 3600


def around(status: Status, **scene: object) -> Status:
    return replace(status, scene=replace(status.scene, **scene))  # type: ignore[arg-type]  # names and types of Scene


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (REST, signals.READY),
        (replace(REST, unsynced=Unsynced(40, DAY_S - 1)), signals.READY),
        (replace(REST, unsynced=Unsynced(40, DAY_S)), signals.UNSYNCED),
        (SELLING, signals.SELLING),
        (replace(SELLING, boottime_ms=CLAIMS[0].until_ms), signals.READY),
        (replace(SELLING, faults=BROKEN.faults), signals.SELLING),
        (BROKEN, signals.FAULT),
        (replace(BROKEN, unsynced=Unsynced(40, DAY_S)), signals.FAULT),
        (around(REST, remark=Remark("Sold out.", True, 1)), signals.FAULT),
        (around(REST, remark=Remark("Taken back.", False, 1)), signals.READY),
        (around(SELLING, stick=Stick(StickDoing.WRITING)), signals.BUSY),
        (around(REST, stick=Stick(StickDoing.READING)), signals.BUSY),
        (around(REST, stick=Stick(StickDoing.SAFE)), signals.READY),
        (around(REST, stick=Stick(StickDoing.FAILED)), signals.FAULT),
        (around(REST, mirror=Mirror(MirrorState.KEPT, True)), signals.READY),
        (around(REST, mirror=Mirror(MirrorState.MISSING, True)), signals.FAULT),
        (around(BROKEN, is_stopping=True), signals.BUSY),
        (around(BROKEN, is_stopping=True, is_off=True), signals.OFF),
    ],
)
def test_light(status: Status, wanted: Light) -> None:
    """A stick that must stay in comes first, then a buyer who waits, then what is wrong, then what is not synced."""
    assert signals.light(status, can_sell=True) is wanted


def test_cannot_sell() -> None:
    """What stops every sale is seen although claims still wait."""
    assert signals.light(SELLING, can_sell=False) is signals.FAULT


def test_rhythms_differ() -> None:
    """Whoever sees no colours tells the states apart."""
    lights = (signals.READY, signals.SELLING, signals.BUSY, signals.UNSYNCED, signals.FAULT)
    assert len({light.rhythm for light in lights}) == len(lights)


@pytest.mark.parametrize("light", [signals.SELLING, signals.BUSY, signals.UNSYNCED, signals.FAULT])
def test_rhythm_goes_round(light: Light) -> None:
    """Step by step as it is written, over and over, from any moment on."""
    now_ms, period, seen = 7 * sum(light.rhythm), sum(light.rhythm), []
    for _ in range(2 * len(light.rhythm)):
        colour, lasts_ms = light.at(now_ms)
        assert lasts_ms is not None
        assert light.at(now_ms + lasts_ms - 1) == (colour, 1)
        seen.append((colour, lasts_ms))
        now_ms += lasts_ms
    steps = [(Colour.DARK if place % 2 else light.colour, length) for place, length in enumerate(light.rhythm)]
    assert seen == [*steps, *steps]
    assert now_ms == 9 * period


def test_beeps() -> None:
    """One beep for a sale by whatever way, two for a refusal, each time; none for anything else."""
    sold = replace(REST, drops=(replace(REST.drops[0], sold=REST.drops[0].sold + 1), *REST.drops[1:]))
    refused = around(REST, remark=Remark("Sold out.", True, 1))
    assert beeps(REST, sold) == 1
    assert beeps(sold, REST) == 0, "a void"
    assert beeps(REST, refused) == 2
    assert beeps(refused, refused) == 0
    assert beeps(refused, around(REST, remark=Remark("Sold out.", True, 2))) == 2
    assert beeps(refused, REST) == 0
    assert beeps(REST, around(REST, remark=Remark("Taken back.", False, 1))) == 0
    assert beeps(replace(REST, drops=()), sold) == 0, "a drop that came in with its sales"
