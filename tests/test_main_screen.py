"""`stallbox screen` and `stallbox pair`: pages as pictures, displays tried, a phone let in from a terminal."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from appliance.premises import open_stall_in
from appliance.screens.pages import Page
from tests.box import CARD
from tests.reading import codes
from tests.running import Daemon, selling
from tests.test_main import Commands


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box whose daemon does not run yet; its one display writes files."""
    with selling(tmp_path, 10) as made:
        with (made.data / "stallbox.toml").open("a") as settings:
            settings.write('[[display]]\nkind = "file"\n')
        yield made


@pytest.fixture
def type_(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(daemon.data, capsys)


def test_list(daemon: Daemon, type_: Commands) -> None:
    """Every page, the one that is due, and each display; the same beside the daemon and without it."""
    code, out, _ = type_("screen", "--list")
    assert code == 0
    lines = out.splitlines()
    assert lines[: len(Page)] == [f"{page} (now)" if page is Page.SHOP else page for page in Page]
    assert lines[len(Page) :] == ["Display 1, file: works"]
    alone = type_.json("screen", "--list")
    daemon.open()
    assert type_.json("screen", "--list") == alone == {"page": "shop", "displays": [{"kind": "file", "fault": None}]}


@pytest.mark.parametrize("page", Page)
def test_show(type_: Commands, tmp_path: Path, page: Page) -> None:
    """Any page becomes a picture of the asked size, without a box as well."""
    file = tmp_path / "picture.png"
    shown = type_.json("screen", "--show", page, "--size", "400x300", "-o", str(file))
    assert shown == {"page": page.value, "width": 400, "height": 300, "file": str(file)}
    with Image.open(file) as image:
        assert image.size == (400, 300)


def test_show_upright(type_: Commands, tmp_path: Path) -> None:
    """A page is drawn for a monitor that stands upright, too."""
    file = tmp_path / "picture.png"
    type_.json("screen", "--show", "shop", "--size", "1080x1920", "-o", str(file))
    with Image.open(file) as image:
        assert image.size == (1080, 1920)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--show", "nothing"],
        ["--list", "--test"],
        *(["--show", "shop", "--size", size] for size in ("10x10", "122x250", "1200x1200", "1080x1921", "wide")),
    ],
)
def test_usage(type_: Commands, words: list[str]) -> None:
    """What cannot be understood is exit code 2."""
    with pytest.raises(SystemExit) as ended:
        type_("screen", *words)
    assert ended.value.code == 2


def test_a_folder_that_is_none(type_: Commands, tmp_path: Path) -> None:
    """A picture that cannot be written is refused in a sentence."""
    code, _, error = type_("screen", "--show", "shop", "-o", str(tmp_path / "nowhere" / "shop.png"))
    assert code == 1
    assert "cannot be written" in error


def test_the_test_picture(daemon: Daemon, type_: Commands) -> None:
    """Beside the daemon every display shows the test picture, the browser's as well."""
    daemon.open()
    assert type_.json("screen", "--test") == {"seconds": 20, "displays": [{"kind": "file", "fault": None}]}
    with urllib.request.urlopen(f"{daemon.address}/screen.png?width=640&height=400", timeout=10) as answer:
        assert codes(Image.open(BytesIO(answer.read())).convert("RGB")) == {"STALLBOX 640X400"}


async def _pair_the_first(data: Path) -> None:
    async with open_stall_in(data) as (stall, _):
        await stall.phones.pair(CARD, "Ana", "here")


def test_pair(daemon: Daemon, type_: Commands) -> None:
    """The code that is printed is the one on the box's display."""
    asyncio.run(_pair_the_first(daemon.data))
    daemon.open()
    invitation = type_.json("pair")
    assert str(invitation["url"]).startswith("HTTPS://10.42.0.1:")
    assert 110 < int(str(invitation["seconds"])) <= 120
    end = time.monotonic() + 15
    while invitation["url"] not in _shown(daemon.data / "frames" / "latest.png"):
        assert time.monotonic() < end, "the display does not show the code"
        time.sleep(0.1)


def _shown(file: Path) -> set[str]:
    """The codes on the newest frame; none before the first."""
    if not file.exists():
        return set()
    with Image.open(file) as picture:
        return codes(picture.convert("RGB"))


def test_nobody_to_pair_with(daemon: Daemon, type_: Commands) -> None:
    """Without the daemon nothing could show the code; before a phone is paired the owner card is the way."""
    code, _, error = type_("pair")
    assert (code, "does not run" in error) == (1, True)
    daemon.open()
    code, _, error = type_("pair")
    assert (code, "owner card" in error) == (1, True)
