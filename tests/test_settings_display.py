"""[[display]] in stallbox.toml: each kind with what belongs to it, and settings that cannot be meant."""

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


def test_several_at_once() -> None:
    """Each table names its own."""
    monitor, second, panel, pictures = displays(
        'kind = "fb"\n[[display]]\nkind = "fb"\ndevice = "/dev/fb1"\nrotation = 270\n'
        '[[display]]\nkind = "inky"\nrotation = 180\n[[display]]\nkind = "file"\nwidth = 400\nheight = 300\n'
    )
    assert monitor.device == "/dev/fb0"
    assert (second.device, second.rotation) == ("/dev/fb1", 270)
    assert (panel.kind, panel.rotation) == ("inky", 180)
    assert (pictures.kind, pictures.width, pictures.height) == ("file", 400, 300)


@pytest.mark.parametrize(
    ("text", "kind", "model"),
    [
        ('kind = "waveshare:2in13"\n', "waveshare", "2in13"),
        ('kind = "waveshare"\nmodel = "7in5"\nrotation = 90\n', "waveshare", "7in5"),
        ('kind = "simulated"\n', "file", ""),
        ("", "file", ""),
    ],
)
def test_other_spellings(text: str, kind: str, model: str) -> None:
    """A model may stand in the kind or beside it; the older name of `file` still holds."""
    (display,) = displays(text)
    assert (display.kind, display.model) == (kind, model)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "fb"\nwidth = 800\n', "display.width has no meaning for a display of kind fb. Remove it."),
        ('kind = "file"\nrotation = 90\n', "display.rotation has no meaning for a display of kind file."),
        ('kind = "inky"\nmodel = "2in13"\n', "display.model has no meaning for a display of kind inky."),
        ('kind = "inky"\nmode = "RGB"\n', "display.mode has no meaning for a display of kind inky."),
        ('kind = "fb"\nrotation = 45\n', "display.rotation is 45; it must be one of 0, 90, 180, 270."),
        ('kind = "waveshare:2in9"\nrotation = 90\n', "a panel 2in9 is too narrow upright. Write 0 or 180."),
        ('kind = "waveshare"\n', "display.model is ''; it must be one of 2in13, 2in9, 4in2, 7in5."),
        ('kind = "waveshare:9in7"\n', "display.kind is 'waveshare:9in7'; it must be one of none, file, fb, inky, wave"),
        ('kind = "waveshare:4in2"\nmodel = "4in2"\n', "display.model stands in the kind already (waveshare:4in2)."),
        ('kind = "fb:0"\n', "display.kind is 'fb:0'; it must be one of"),
        ("kind = 7\n", "display.kind is 7; it must be one of"),
        ('kind = "fb"\ndevice = "/dev/sda"\n', "must be a framebuffer, such as /dev/fb0"),
        ('kind = "framebuffer"\n', "one of none, file, fb, inky, waveshare:2in13"),
        (
            'kind = "inky"\n[[display]]\nkind = "waveshare:4in2"\n',
            "display.kind is a second panel, and the header has room for one. Remove one of the two.",
        ),
        (
            'kind = "fb"\n[[display]]\nkind = "fb"\n',
            "display.device is /dev/fb0, which another display has already. Name another one.",
        ),
    ],
)
def test_what_cannot_be_meant(text: str, said: str) -> None:
    """The refusal names the setting and what to write."""
    with pytest.raises(SettingsError) as refused:
        displays(text)
    assert said in refused.value.detail
