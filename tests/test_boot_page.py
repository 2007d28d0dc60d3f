"""The boot page's own small program: what it draws, where, and how little it needs for that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.boot_page import Machine, draw
from appliance.devices.framebuffer import FramebufferDisplay
from appliance.errors import DeviceError, SettingsError
from appliance.screens.plain import SWITCHED_ON, boot_frame
from tests.devices.monitor import Monitor

BOX = f'[box]\nname = "Stall 7"\n[trust]\npin = "{"0" * 64}"\n'
MONITOR = BOX + '[[display]]\nkind = "file"\n[[display]]\nkind = "fb"\ndevice = "/dev/fb0"\nrotation = 90\n'
HEAVY = ("aiohttp", "aiosqlite", "asyncio", "babel", "cbor2", "cryptography", "jinja2", "nacl", "numpy", "sqlite3")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A box with a monitor that stands on its side."""
    (tmp_path / "stallbox.toml").write_text(MONITOR)
    monitor = Monitor(tmp_path, (800, 480), 16, 1600)
    return Machine(tmp_path, tmp_path / "run", monitor.device.parent, monitor.sysfs)


@pytest.fixture
def nowhere() -> Iterator[int]:
    """Standard input of a program that has no terminal."""
    with Path(os.devnull).open() as device:
        yield device.fileno()


def pixels(machine: Machine) -> bytes:
    return (machine.devices / "fb0").read_bytes()


def expected(folder: Path) -> bytes:
    screen = Monitor(folder, (800, 480), 16, 1600)
    picture = boot_frame("Stall 7", (480, 800), "RGB", SWITCHED_ON)
    FramebufferDisplay(screen.device, 90, "RGB", sysfs=screen.sysfs).show(picture)
    return screen.device.read_bytes()


def test_the_stall_s_name_is_on_the_monitor(machine: Machine, nowhere: int, tmp_path: Path) -> None:
    """The page is drawn as the settings turn the monitor."""
    draw("fb0", machine, nowhere)
    assert pixels(machine) == expected(tmp_path / "other")


@pytest.mark.parametrize("text", [BOX, MONITOR.replace("fb0", "fb1")])
def test_a_monitor_that_is_not_the_box_s(machine: Machine, nowhere: int, text: str) -> None:
    """Whoever plugs one in to look for a fault keeps the console."""
    (machine.data / "stallbox.toml").write_text(text)
    draw("fb0", machine, nowhere)
    assert set(pixels(machine)) == {0}


def test_the_daemon_s_page_is_not_drawn_over(machine: Machine, nowhere: int) -> None:
    """A monitor that comes when the stall is open never says that it starts."""
    machine.runtime.mkdir()
    (machine.runtime / "nonce-key.json").write_text("{}")
    draw("fb0", machine, nowhere)
    assert set(pixels(machine)) == {0}


def test_while_the_daemon_loads(machine: Machine, nowhere: int) -> None:
    """Until it has opened the stall the page is drawn, though systemd has made its folder."""
    machine.runtime.mkdir()
    draw("fb0", machine, nowhere)
    assert set(pixels(machine)) != {0}


def test_no_monitor_and_no_box(machine: Machine, nowhere: int) -> None:
    """Both end in a sentence."""
    (machine.sysfs / "graphics" / "fb0" / "stride").unlink()
    with pytest.raises(DeviceError, match="no monitor at fb0"):
        draw("fb0", machine, nowhere)
    (machine.data / "stallbox.toml").unlink()
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        draw("fb0", machine, nowhere)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_as_a_program(tmp_path: Path) -> None:
    """The exit code and one sentence; a monitor that the settings do not name is no fault."""
    done = run("-m", "appliance.boot_page", "fb0", STALLBOX_DIR=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("stallbox: The settings in")
    (tmp_path / "stallbox.toml").write_text(BOX)
    done = run("-m", "appliance.boot_page", "fb0", STALLBOX_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("-m", "appliance.boot_page").returncode == 2


def test_it_loads_little() -> None:
    """Nothing of the web, the database or the keys is imported on the way to the first picture."""
    done = run("-c", "import sys, appliance.boot_page; print(*{name.partition('.')[0] for name in sys.modules})")
    assert set(HEAVY) & set(done.stdout.split()) == set()
