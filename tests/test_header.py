"""The drawing of the header, the table of wires in hardware.md, and the pins themselves agree."""

from __future__ import annotations

import re
from pathlib import Path

from docs import header

ROOT = Path(__file__).parents[1]


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
    wiring = (ROOT / "hardware.md").read_text("utf-8").split("## Wiring")[1].split("### Who else")[0]
    rows = re.findall(r"^\| [^|]+ \| ([0-9, –]+) \| ([0-9, ]+) \|", wiring, re.MULTILINE)
    assert len(rows) >= 12
    for numbers, pins in rows:
        named = [int(pin) for pin in pins.split(", ")]
        assert set(named) <= header.TAKEN.keys()
        if numbers != "–":
            assert [header.BCM[pin] for pin in named] == [int(number) for number in numbers.split(", ")]
        else:
            assert set(named) <= header.FIXED.keys()
