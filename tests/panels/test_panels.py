"""The panels' drivers as their makers publish them, under three versions of Pillow: what reaches a panel is the frame.

`tests/panels/environments` makes the environments that these tests run the drivers in.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.core.pace import Pace
from appliance.devices.waveshare import MODELS
from appliance.screens.frames import frame
from tests.reading import codes
from tests.screens.samples import CLAIMS, SHOP_URL, STATUS

pytestmark = pytest.mark.panels

ROOT = Path(__file__).parents[2]
PILLOWS = (11, 12, 13)
INKY_SIZES = ((250, 122), (400, 300), (600, 400), (600, 448), (640, 400), (800, 480), (1600, 1200))
INKY_DRIVERS = {
    "wHAT, black": "inky",
    "wHAT, red": "inky",
    "pHAT SSD1608, black": "inky_ssd1608",
    "pHAT SSD1608, red": "inky_ssd1608",
    "pHAT SSD1608, yellow": "inky_ssd1608",
    "wHAT SSD1683, black": "inky_ssd1683",
    "wHAT SSD1683, yellow": "inky_ssd1683",
    "Impression UC8159, 5.7 inch": "inky_uc8159",
    "Impression UC8159, 4 inch": "inky_uc8159",
    "Impression AC073TC1A": "inky_ac073tc1a",
    "Impression EL133UF1": "inky_el133uf1",
    "Impression E673": "inky_e673",
    "Impression E640": "inky_e640",
    "pHAT JD79661": "inky_jd79661",
    "wHAT JD79668": "inky_jd79668",
    "wHAT SSD2683": "inky_ssd2683",
}
CLAIMED = replace(STATUS, waiting=CLAIMS[:1])


@dataclass(frozen=True, slots=True)
class Run:
    """What a program in one of the environments said, and where it left its pictures."""

    said: dict[str, Any]
    folder: Path

    def picture(self, name: str) -> Image.Image:
        with Image.open(self.folder / f"{name}.png") as image:
            return image.convert("1", dither=Image.Dither.NONE)


def run(module: str, pillow: int, folder: Path) -> Run:
    python = ROOT / f".venv-panels-{pillow}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"the drivers are not here with Pillow {pillow}: run tests/panels/environments")
    command = [python, "-W", "ignore::UserWarning", "-m", f"tests.panels.{module}", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["pillow"].startswith(f"{pillow}.")
    return Run(said, folder)


@pytest.fixture(scope="module", params=PILLOWS, ids=lambda major: f"Pillow {major}")
def inky(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("inky")
    for width, height in INKY_SIZES:
        frame(STATUS, (width, height), "1", pace=Pace.SLOW).save(folder / f"{width}x{height}.png")
    return run("inky_run", request.param, folder)


@pytest.fixture(scope="module", params=PILLOWS, ids=lambda major: f"Pillow {major}")
def waveshare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("waveshare")
    for name, model in MODELS.items():
        frame(STATUS, model.size, "1", pace=Pace.INK).save(folder / f"{name}-1.png")
        frame(CLAIMED, model.size, "1", pace=Pace.INK).save(folder / f"{name}-2.png")
    return run("waveshare_run", request.param, folder)


def test_every_driver_is_driven(inky: Run) -> None:
    """All ten of the library's controller drivers, and the older one of the first panels."""
    driven = {name: panel["driver"].removeprefix("inky.") for name, panel in inky.said["panels"].items()}
    assert driven == INKY_DRIVERS
    assert len(set(driven.values()) - {"inky"}) == 10


@pytest.mark.parametrize("name", INKY_DRIVERS)
def test_the_frame_reaches_an_inky(inky: Run, name: str) -> None:
    """Found by its EEPROM, the panel's memory holds the frame that was drawn, in black and white and no other ink."""
    panel = inky.said["panels"][name]
    width, height = panel["size"]
    held = inky.picture(name)
    assert held.tobytes() == inky.picture(f"{width}x{height}").tobytes()
    assert SHOP_URL in codes(held)
    assert panel["colour_is_empty"]


@pytest.mark.parametrize("name", INKY_DRIVERS)
def test_an_inky_that_hangs(inky: Run, name: str) -> None:
    """A BUSY that sticks is an error within the panel's own limit, not a frame; once it is free the frame arrives."""
    panel = inky.said["panels"][name]
    assert panel["stuck"][0] == "NoAnswerError"
    assert panel["gave_up_s"] < panel["longest_s"]
    assert panel["took_s"] < panel["longest_s"] / 2
    assert not panel["was_showing"]
    assert panel["same_again"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing", r"No Inky panel was found .*Check how it sits on the header"),
        ("taken", r"currently claimed by spi0 CS0.*dtoverlay=spi0-0cs"),
        ("upright", r"122x250 pixels, and a page needs 250x122. Set rotation to 0 or 180"),
    ],
)
def test_what_is_said_of_an_inky_that_cannot_be_used(inky: Run, what: str, said: str) -> None:
    """The library's own ways to say it, `SystemExit` among them, become a sentence that says what to do."""
    kind, detail = inky.said["wrong"][what]
    assert kind == "DeviceError"
    assert re.search(said, detail)


@pytest.mark.parametrize("name", MODELS)
def test_the_frame_reaches_a_waveshare(waveshare: Run, name: str) -> None:
    """First a clean, then the frame in full, the next one in part, the same in full after three idle minutes."""
    panel = waveshare.said["panels"][name]
    first, second = waveshare.picture(f"{name}-1"), waveshare.picture(f"{name}-2")
    faces = [waveshare.picture(f"{name}-shown-{number}").convert("L").getextrema() for number in range(3)]
    assert faces == [(255, 255), (0, 0), (255, 255)]
    held = [waveshare.picture(f"{name}-shown-{count - 1}") for count in panel["steps"]]
    assert [image.tobytes() for image in held] == [image.tobytes() for image in (first, second, second, first)]
    assert codes(held[0]) == codes(first) != set()
    assert codes(held[1]) == {CLAIMS[0].url}
    assert panel["same_as_theirs"]


@pytest.mark.parametrize("name", MODELS)
def test_a_waveshare_that_hangs(waveshare: Run, name: str) -> None:
    """A BUSY that sticks is an error after twice a refresh and ten seconds; its power ends while it idles."""
    panel, model = waveshare.said["panels"][name], MODELS[name]
    assert panel["stuck"][0] == "NoAnswerError"
    assert 2 * model.full_s + 10 <= panel["gave_up_s"] < 2 * model.full_s + 11 < panel["longest_s"]
    assert not panel["was_showing"]
    assert panel["sleeps_without_power"]
    assert panel["is_cleaned"]
    assert not panel["is_open"]


def test_nothing_of_a_driver_stays(waveshare: Run) -> None:
    """Neither our epdconfig nor the stand-in for RPi.GPIO is left for somebody else to import."""
    assert waveshare.said["left_in_modules"] == []
