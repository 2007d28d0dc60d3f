"""[buttons], [lamp], [buzzer] and [pins]: what is on by itself, and pins that are somebody else's."""

from __future__ import annotations

import re

import pytest

from appliance.core import pins
from appliance.core.pins import Button
from appliance.errors import SettingsError
from appliance.settings import parse
from appliance.settings.header import Header

BASE = f'[box]\nname = "Stall 7"\n[trust]\npin = "{"a" * 64}"\n'


def header(text: str = "") -> Header:
    return parse(BASE + text).header


def fault(text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        parse(BASE + text)
    return refused.value.detail


def test_defaults() -> None:
    """*next*, *stick* and the lamp are there by themselves; *sell* and the buzzer only where they are asked for."""
    assert header() == Header({Button.NEXT: 20, Button.STICK: 26}, lamp=(12, 13, 19))
    asked = header('[buttons]\nsell = true\ndrop = "harbour-lights"\n[buzzer]\non = true')
    assert (asked.buttons[Button.SELL], asked.drop, asked.buzzer) == (21, "harbour-lights", 23)
    assert header("[buttons]\non = false\n[lamp]\non = false\n[pins]\nlamp = [12, 13, 16]\nnext = 5") == Header()


def test_pins_are_settings() -> None:
    """Every pin may be another one."""
    text = "[buttons]\nsell = true\n[buzzer]\non = true\n"
    moved = header(text + "[pins]\nnext = 4\nsell = 5\nstick = 6\nlamp = [16, 22, 27]\nbuzzer = 24")
    assert moved == Header({Button.NEXT: 4, Button.SELL: 5, Button.STICK: 6}, None, (16, 22, 27), 24)


@pytest.mark.parametrize("kind", ["inky", "waveshare:4in2", "fb", "file"])
def test_default_pins_are_free(kind: str) -> None:
    """Under every display that stallbox drives, the default pins are free, those that are off included."""
    text = f'[buttons]\nsell = true\n[buzzer]\non = true\n[[display]]\nkind = "{kind}"'
    assert header(text).buttons == pins.BUTTONS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[pins]\nhats = ["impression-13.3"]', "pins.stick is BCM 26, which the Inky Impression 13.3 takes (chip sel"),
        ('[pins]\nhats = ["waveshare-2.7"]', "pins.lamp is BCM 13, which the Waveshare 2.7 takes (its own keys)"),
        ('[pins]\nhats = ["sound"]', "pins.next is BCM 20, which the sound board takes (I²S)"),
        ('[pins]\nnext = 25\n[[display]]\nkind = "waveshare:2in13"', "pins.next is BCM 25, which the Waveshare panel"),
        ('[pins]\nnext = 22\n[[display]]\nkind = "inky"', "pins.next is BCM 22, which the Inky panel takes (DC)"),
        ("[pins]\nstick = 3", "pins.stick is BCM 3, which the header has for I²C"),
        ("[pins]\nstick = 20", "pins.stick is BCM 20, which next has already"),
        ("[pins]\nlamp = [12, 13, 13]", "pins.lamp is BCM 13, which lamp has already"),
        ("[pins]\nbuzzer = 12\n[buzzer]\non = true", "pins.buzzer is BCM 12, which lamp has already"),
    ],
)
def test_collisions(text: str, said: str) -> None:
    """A pin that another part takes is refused by its number, with what takes it and a pin that is free."""
    refusal = fault(text)
    assert said in refusal
    free = re.search(r"use BCM (\d+), which is free", refusal)
    assert free is not None
    assert int(free[1]) not in {0, 1, 2, 3, 14, 15}


def test_advice_is_good() -> None:
    """Whoever follows the advice for every pin has settings that hold."""
    refusal = fault('[buttons]\nsell = true\n[pins]\nhats = ["sound", "x1201"]')
    told = {use: int(pin) for use, pin in re.findall(r"pins\.(\w+) is BCM \d+.*?use BCM (\d+)", refusal)}
    lines = [f"{use} = {pin}" if use != "lamp" else f"lamp = [12, 13, {pin}]" for use, pin in told.items()]
    text = "\n".join(['[buttons]\nsell = true\n[pins]\nhats = ["sound", "x1201"]', *lines])
    assert set(told) == {"next", "sell", "lamp"}
    assert len(header(text).buttons) == 3


def test_what_is_off_takes_no_pin() -> None:
    """A lamp that is off leaves its pins to others, and a buzzer that is off collides with nothing."""
    assert header("[lamp]\non = false\n[pins]\nnext = 12").buttons[Button.NEXT] == 12
    assert header("[pins]\nstick = 23").buttons[Button.STICK] == 23


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[buttons]\ndrop = "harbour-lights"', "buttons.drop has no meaning without sell = true"),
        ("[buttons]\nsell = 21", "buttons.sell is 21; it must be true or false"),
        ("[pins]\nlamp = 12", "pins.lamp is 12; it must be three BCM numbers"),
        ("[pins]\nlamp = [12, 13, 40]", "pins.lamp is [12, 13, 40]"),
        ("[pins]\nnext = 40", "pins.next is 40; it must be a whole number from 0 to 27"),
        ('[pins]\nhats = ["hifiberry"]', "pins.hats is ['hifiberry']; it may hold inky, "),
        ("[pins]\nhats = [[1]]", "pins.hats is [[1]]"),
        ("[pins]\nnex = 4", "pins.nex is not a setting. Did you mean next?"),
        ("[buzzer]\nvolume = 3", "buzzer.volume is not a setting"),
    ],
)
def test_faults(text: str, said: str) -> None:
    """What cannot be meant is refused with the setting's name."""
    assert said in fault(text)
