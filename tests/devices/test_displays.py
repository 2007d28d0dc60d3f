"""Displays that need no hardware, and how the settings open them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from appliance import settings
from appliance.devices.file import LATEST, FileDisplay
from appliance.devices.null import NullDisplay
from appliance.devices.opening import Places, open_displays
from appliance.errors import DeviceError

SIZE = (250, 122)


def picture(shade: int) -> Image.Image:
    return Image.new("RGB", SIZE, (shade, shade, shade))


def shade(path: Path) -> int:
    with Image.open(path) as image:
        assert image.size == SIZE
        pixel = image.convert("L").getpixel((0, 0))
    assert isinstance(pixel, int)
    return pixel


def test_each_frame_becomes_a_picture(tmp_path: Path) -> None:
    """Frames are numbered in order, the latest has a name of its own, and no part of a file is left."""
    display = FileDisplay(tmp_path / "frames", SIZE, "RGB")
    for value in (10, 20, 30):
        display.show(picture(value))
    names = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert names == ["frame-000001.png", "frame-000002.png", "frame-000003.png", LATEST]
    assert shade(tmp_path / "frames" / LATEST) == shade(tmp_path / "frames" / "frame-000003.png") == 30


def test_only_the_last_frames_are_kept(tmp_path: Path) -> None:
    """Old frames go, and other files in the folder stay."""
    (tmp_path / "frame-of-mind.png").write_bytes(b"mine")
    display = FileDisplay(tmp_path, SIZE, "RGB", keep=2)
    for value in range(5):
        display.show(picture(value))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["frame-000004.png", "frame-000005.png", "frame-of-mind.png", LATEST]


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    """A new display in the same folder does not overwrite the frames of the last run."""
    FileDisplay(tmp_path, SIZE, "RGB").show(picture(1))
    FileDisplay(tmp_path, SIZE, "RGB").show(picture(2))
    assert shade(tmp_path / "frame-000002.png") == 2


def test_a_folder_that_cannot_be_written_is_a_device_error(tmp_path: Path) -> None:
    """The stall owner hears which folder it is."""
    (tmp_path / "frames").write_text("a file, not a folder")
    display = FileDisplay(tmp_path / "frames", SIZE, "RGB")
    with pytest.raises(DeviceError, match="frames"):
        display.show(picture(1))


def test_a_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    """A frame that was not drawn for this display is a mistake of ours, and loud."""
    with pytest.raises(ValueError, match="on a display of"):
        FileDisplay(tmp_path, SIZE, "1").show(picture(1))


def test_the_settings_open_displays(tmp_path: Path) -> None:
    """Each table of the settings becomes a display; files have folders of their own."""
    wanted = [
        settings.Display("file", 800, 480, "RGB"),
        settings.Display("none", 800, 480, "RGB"),
        settings.Display("file", 250, 122, "1"),
        settings.Display("fb", 800, 480, "1", str(tmp_path / "fb0"), 90),
    ]
    attributes = tmp_path / "sys" / "graphics" / "fb0"
    attributes.mkdir(parents=True)
    for name, value in (("virtual_size", "1920,1080"), ("bits_per_pixel", "16"), ("stride", "3840")):
        (attributes / name).write_text(value)
    with open_displays(wanted, Places(tmp_path, tmp_path / "run", "boot", tmp_path / "sys")) as (
        first,
        second,
        third,
        monitor,
    ):
        assert (monitor.size, monitor.mode) == ((1080, 1920), "1")
        assert (first.size, first.mode) == ((800, 480), "RGB")
        assert isinstance(second, NullDisplay)
        first.show(Image.new("RGB", (800, 480)))
        second.show(Image.new("1", second.size))
        third.show(Image.new("1", (250, 122)))
        assert first.is_showing()
        assert second.is_showing()
    assert (tmp_path / LATEST).is_file()
    assert (tmp_path / "3" / LATEST).is_file()


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            settings.Display("neon", 800, 480, "RGB"),
            r"kind of \[\[display\]\] number 1 is 'neon': use one of none, file, fb, inky, waveshare",
        ),
        (settings.Display("file", 800, 480, "L"), r"mode of \[\[display\]\] number 1 is 'L': use 1 or RGB"),
    ],
)
def test_a_display_that_cannot_be_opened_names_its_setting(
    wanted: settings.Display, sentence: str, tmp_path: Path
) -> None:
    """The refusal says which setting it is and what it may be."""
    with pytest.raises(DeviceError, match=sentence), open_displays([wanted], Places(tmp_path, tmp_path, "boot")):
        pass
