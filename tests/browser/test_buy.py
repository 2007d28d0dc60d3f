"""A headless Chromium at phone size, against the box that `make run` starts: from the tap on Sell to the files."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.buying import Plan, buy, check_archive
from tests.reading import codes

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
STARTS_S = 60


@dataclass(frozen=True)
class Stall:
    """A running demo stall."""

    folder: Path
    port: int
    console_port: int

    @property
    def shop(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def files(self) -> dict[str, str]:
        """Digests by path, as the creator signed them."""
        (path,) = self.folder.glob("organizer/bundles/*/*.drop/manifest.dsse.json")
        manifest = json.loads(b64decode(json.loads(path.read_bytes())["payload"]))
        return {item["path"]: item["sha256"] for item in manifest["files"]}

    def card_link(self) -> str:
        """The address in the owner card's QR code, at this machine's loopback."""
        (path,) = self.folder.glob("organizer/boxes/*.owner-card.png")
        (link,) = (text for text in codes(Image.open(path)) if "/console/pair" in text)
        return f"https://127.0.0.1:{self.console_port}/console/pair{link.partition('/console/pair')[2]}"


@pytest.fixture(scope="module")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """`make run DROP=…` with a folder of six photos, without the virtual environment that make cares for."""
    folder = tmp_path_factory.mktemp("stall")
    drop = folder / "pier-at-night"
    drop.mkdir()
    for number in range(6):
        (drop / f"{number + 1:02}-pier.jpg").write_bytes(_photo(number))
    ports = _free_port(), _free_port()
    options = ["--drop", drop, "--dir", folder / "box", "--port", str(ports[0]), "--console-port", str(ports[1])]
    command = [sys.executable, "-m", "provisioning.demo", *options]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{ports[0]}/healthz", process, folder / "log")
        yield Stall(folder / "box", *ports)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


async def test_from_the_tap_to_the_files(stall: Stall, chromium: str, tmp_path: Path) -> None:
    """A phone sells on the console, another types the number in the shop: the archive it gets is clean and whole."""
    (bought,) = await buy(chromium, Plan(f"{stall.shop}console", stall.shop, str(tmp_path)))
    await check_archive(tmp_path / "archive.zip", "pier-at-night", stall.files())
    assert re.fullmatch(r"#[12]\s+of 100", bought.stamp)
    assert re.fullmatch(r"pier-at-night-[12]\.zip", bought.file)
    assert bought.complaints == []


async def test_with_a_paired_phone(stall: Stall, chromium: str, tmp_path: Path) -> None:
    """The owner card's code pairs a phone over HTTPS, which then sells the same way, without a script."""
    (bought,) = await buy(chromium, Plan(stall.card_link(), stall.shop, str(tmp_path), script=False))
    await check_archive(tmp_path / "archive.zip", "pier-at-night", stall.files())
    assert bought.complaints == []


def _photo(seed: int) -> bytes:
    """A JPEG of a few hundred KB that nothing can compress."""
    noise = random.Random(seed).randbytes(400 * 300 * 3)
    out = BytesIO()
    Image.frombytes("RGB", (400, 300), noise).save(out, "JPEG", quality=95)
    return out.getvalue()


def _free_port() -> int:
    """A port that stays free for a while: below those that the kernel gives to whoever asks for any."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the box answers; its own words where it does not."""
    deadline = time.monotonic() + STARTS_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the box does not answer:\n{log.read_text(errors='replace')}")
