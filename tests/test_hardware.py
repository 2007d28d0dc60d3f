"""What hardware.md shows: the drawing of the header, the table of wires, the pins and the settings agree."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from appliance import settings
from appliance.core import pins
from docs import header
from docs.header import Part

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "hardware.md").read_text("utf-8")
SAMPLES = re.findall(r"^ *```toml\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL)


def test_the_drawing_is_the_one_that_the_script_draws() -> None:
    """`python -m docs.header` was run after the last change."""
    assert (ROOT / "docs" / "header.svg").read_text("utf-8") == header.svg()


def test_the_header_has_forty_pins() -> None:
    """28 numbers of the processor, each once, and twelve pins that are power or ground."""
    assert sorted(header.BCM.keys() | header.FIXED.keys()) == list(range(1, 41))
    assert not header.BCM.keys() & header.FIXED.keys()
    assert sorted(header.BCM.values()) == list(range(28))


def test_every_wire_ends_at_the_pin_that_is_drawn_for_it() -> None:
    """Each row of the table names pins that belong to its numbers, and the drawing shows a part there."""
    wiring = TEXT.split("## Wiring")[1].split("### Who else")[0]
    rows = re.findall(r"^\| [^|]+ \| ([0-9, –]+) \| ([0-9, ]+) \|", wiring, re.MULTILINE)
    assert len(rows) >= 12
    for numbers, places in rows:
        named = [int(pin) for pin in places.split(", ")]
        assert set(named) <= header.TAKEN.keys()
        if numbers != "–":
            assert [header.BCM[pin] for pin in named] == [int(number) for number in numbers.split(", ")]
        else:
            assert set(named) <= header.FIXED.keys()


def test_the_drawing_shows_the_pins_that_the_box_uses() -> None:
    """Buttons, lamp and buzzer are drawn at the defaults of the settings, and a panel takes none of them."""
    drawn = {(part, header.BCM[pin]): word for pin, (part, word) in header.TAKEN.items() if pin in header.BCM}
    assert {word: pin for (part, pin), word in drawn.items() if part is Part.BUTTON} == pins.BUTTONS
    assert tuple(pin for (part, pin), _ in drawn.items() if part is Part.LAMP) == pins.LAMP
    assert [pin for (part, pin), _ in drawn.items() if part is Part.BUZZER] == [pins.BUZZER]
    assert {pin for (part, pin), _ in drawn.items() if part is Part.PANEL} <= pins.HATS["waveshare"].pins.keys()


@pytest.mark.parametrize("sample", SAMPLES)
def test_settings_in_hardware_md_are_taken(sample: str) -> None:
    """What a reader copies into stallbox.toml is what the box reads."""
    lines = textwrap.dedent(sample)
    assert settings.parse(f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n{lines}').name == "Stall 7"
