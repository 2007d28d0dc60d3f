"""What hangs on the header: edges from gpiozero's threads, lamp and buzzer, and machines without any of it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import DigitalInputDevice  # type: ignore[import-untyped]  # it has none

from appliance.core import pins
from appliance.core.pins import Button
from appliance.core.presses import Edge
from appliance.core.signals import Colour
from appliance.devices.gpio import open_controls
from appliance.settings.header import Header
from tests.gpio import MockHeader, mock_header

ALL = Header(pins.BUTTONS, None, pins.LAMP, pins.BUZZER)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@pytest.fixture
def header() -> Iterator[MockHeader]:
    with mock_header() as made:
        yield made


async def test_edges(header: MockHeader) -> None:
    """Every edge reaches the event loop's thread in its order, with its time, from whichever thread it comes."""
    heard: list[tuple[Button, Edge, int]] = []
    with open_controls(ALL, now_ms) as controls:
        assert controls.buttons.names == tuple(Button)
        controls.buttons.listen(lambda button, edge: heard.append((button, edge, threading.get_ident())))
        began = now_ms()

        def tap() -> None:
            for _ in range(3):
                header.down(Button.NEXT)
                header.up(Button.NEXT)
            header.down(Button.STICK)

        thread = threading.Thread(target=tap)
        thread.start()
        thread.join()
        assert controls.buttons.is_down(Button.STICK)
        assert not controls.buttons.is_down(Button.NEXT)
        assert heard == []
        await asyncio.sleep(0.01)
    assert [(button, edge.is_down) for button, edge, _ in heard] == [
        *[(Button.NEXT, True), (Button.NEXT, False)] * 3,
        (Button.STICK, True),
    ]
    assert {ident for _, _, ident in heard} == {threading.get_ident()}
    assert all(began <= edge.at_ms <= now_ms() for _, edge, _ in heard)


def test_edge_after_the_loop_has_closed(header: MockHeader) -> None:
    """A press while the box ends disturbs nobody."""
    heard: list[Edge] = []

    async def listen() -> None:
        controls.buttons.listen(lambda _, edge: heard.append(edge))

    with open_controls(ALL, now_ms) as controls:
        asyncio.run(listen())
        header.down(Button.NEXT)
    header.up(Button.NEXT)
    assert heard == []


def test_lamp_and_buzzer(header: MockHeader) -> None:
    """The lamp's legs are red, green and blue in this order; all is dark and silent when the box lets go."""
    with open_controls(ALL, now_ms) as controls:
        assert controls.lamp is not None
        assert controls.buzzer is not None
        for colour in Colour:
            controls.lamp.show(colour)
            assert header.lit() == colour.value
        controls.lamp.show(Colour.AMBER)
        controls.buzzer.sound(True)
        assert header.pin(pins.BUZZER).state
    assert header.pin(pins.LAMP[0]).function == "input"
    assert header.pin(pins.BUZZER).function == "input"


def test_only_what_is_asked_for(header: MockHeader) -> None:
    """A part that is off has no pin driven."""
    with open_controls(Header({Button.NEXT: 20}), now_ms) as controls:
        assert controls.buttons.names == (Button.NEXT,)
        assert (controls.lamp, controls.buzzer, controls.faults) == (None, None, ())
    assert set(header.factory.pins.values()) == {header.pin(20)}


def test_pin_that_is_taken(header: MockHeader) -> None:
    """A pin that somebody else holds costs that part alone, and the fault names it."""
    other = DigitalInputDevice(pins.BUTTONS[Button.STICK])
    with open_controls(ALL, now_ms) as controls:
        assert controls.buttons.names == (Button.NEXT, Button.SELL)
        assert controls.lamp is not None
        [(name, fault)] = controls.faults
    other.close()
    assert name == "button stick"
    assert fault.detail.startswith("The button stick on BCM 26 cannot be used (")
    assert "[pins]" in fault.detail


_ELSEWHERE = pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has GPIO")


@pytest.mark.parametrize(
    "factory", ["no-such-factory", *(pytest.param(name, marks=_ELSEWHERE) for name in ("lgpio", "native", None))]
)
def test_machine_without_gpio(
    factory: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No library, no Pi, no pins: no buttons, no fault, and one line in the log."""
    if factory is None:
        monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    else:
        monkeypatch.setenv("GPIOZERO_PIN_FACTORY", factory)
    with caplog.at_level(logging.INFO), open_controls(ALL, now_ms) as controls:
        assert (controls.buttons.names, controls.lamp, controls.buzzer, controls.faults) == ((), None, None, ())
    [line] = caplog.messages
    assert line.startswith("no buttons, no lamp: this machine has no GPIO that can be used (")
