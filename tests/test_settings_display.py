"""[[display]] in stallbox.toml: monitors, and settings that do not belong to them."""

from __future__ import annotations

import pytest

from appliance.errors import SettingsError
from appliance.settings import Display, parse

BOX = f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n'


def displays(text: str) -> tuple[Display, ...]:
    return parse(f"{BOX}[[display]]\n{text}").displays


def test_a_monitor_needs_its_kind_alone() -> None:
    """The first framebuffer, upright, in colour."""
    (display,) = displays('kind = "fb"\n')
    assert (display.kind, display.device, display.rotation, display.mode) == ("fb", "/dev/fb0", 0, "RGB")


def test_a_second_monitor_on_its_side() -> None:
    """Each table names its own."""
    _, display = displays('kind = "simulated"\n[[display]]\nkind = "fb"\ndevice = "/dev/fb1"\nrotation = 270\n')
    assert (display.device, display.rotation) == ("/dev/fb1", 270)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "fb"\nwidth = 800\n', "display.width has no meaning for a display of kind fb. Remove it."),
        ('kind = "simulated"\nrotation = 90\n', "display.rotation has no meaning for a display of kind simulated."),
        ('kind = "fb"\nrotation = 45\n', "display.rotation is 45; it must be one of 0, 90, 180, 270."),
        ('kind = "fb"\ndevice = "/dev/sda"\n', "must be a framebuffer, such as /dev/fb0"),
        ('kind = "framebuffer"\n', "one of none, simulated, fb"),
    ],
)
def test_what_cannot_be_meant(text: str, said: str) -> None:
    """The refusal names the setting and what to write."""
    with pytest.raises(SettingsError) as refused:
        displays(text)
    assert said in refused.value.detail
