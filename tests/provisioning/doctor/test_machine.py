"""What the doctor reads of a machine, from the files and tools of a Pi as they are."""

from __future__ import annotations

import socket
from pathlib import Path

from appliance.errors import HotspotError
from provisioning.doctor.machine import Machine, Wifi, look

REG = "global\ncountry DE: DFS-ETSI\n\t(2400 - 2483 @ 40), (N/A, 20), (N/A)\n\nphy#0\ncountry 99: DFS-UNSET\n"
AP = "Interface wlan0\n\tifindex 3\n\ttype AP\n\tchannel 11 (2462 MHz), width: 20 MHz, center1: 2462 MHz\n"
CONFIG = """\
# For more options see the documentation
dtparam=i2c_arm=on,spi=on   # panel and clock
dtoverlay=spi0-0cs
[pi4]
arm_boost=1
[all]
dtoverlay=i2c-rtc,ds3231
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def tools(*command: str) -> str:
    said = {"iw reg get": REG, "iw dev wlan0 info": AP}
    said["systemctl show --property=ActiveState --value stallbox.service"] = "active\n"
    return said[" ".join(command)]


def no_tools(*command: str) -> str:
    raise HotspotError("hotspot", f"{command[0]} is missing here.")


def pi(root: Path) -> Path:
    write(root / "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.5\0")
    write(root / "boot/firmware/config.txt", CONFIG)
    write(root / "boot/firmware/cmdline.txt", "console=tty1 rootwait\n")
    (root / "sys/class/net/wlan0").mkdir(parents=True)
    for name, text in (("type", "wlan\n"), ("soft", "0\n"), ("hard", "0\n")):
        write(root / "sys/class/rfkill/rfkill0" / name, text)
    (root / "etc/alternatives").mkdir(parents=True)
    link = root / "etc/alternatives/cyfmac43455-sdio.bin"
    link.symlink_to("/lib/firmware/cypress/cyfmac43455-sdio-minimal.bin")
    write(root / "dev/spidev0.0", "")
    (root / "run/systemd/system").mkdir(parents=True)
    return root


def test_a_pi(tmp_path: Path) -> None:
    """Model, country, radio, firmware, the lines of config.txt that count for this board, devices, services."""
    with socket.socket(socket.AF_UNIX) as listener:
        root = pi(tmp_path)
        listener.bind(str(root / "run/stallbox-helper.sock"))
        found = look("wlan0", root, tools)
    assert found.is_pi
    assert found.country == "DE"
    assert found.wifi == Wifi(is_there=True, is_blocked=False, channel=11)
    assert found.firmware == "cyfmac43455-sdio-minimal.bin"
    assert found.config == {*("dtparam=i2c_arm=on", "dtparam=spi=on", "dtoverlay=spi0-0cs", "dtoverlay=i2c-rtc,ds3231")}
    assert found.cmdline == "console=tty1 rootwait"
    assert found.devices == {"spidev0.0"}
    assert found.has_helper
    assert found.service == "active"


def test_a_blocked_radio(tmp_path: Path) -> None:
    """Either switch of a radio keeps it off."""
    write(pi(tmp_path) / "sys/class/rfkill/rfkill0/soft", "1\n")
    assert look("wlan0", tmp_path, lambda *_: "type managed").wifi == Wifi(is_there=True, is_blocked=True)


def test_no_radio(tmp_path: Path) -> None:
    """A board without Wi-Fi."""
    assert look("wlan0", tmp_path, no_tools).wifi == Wifi(is_there=False)


def test_before_bookworm(tmp_path: Path) -> None:
    """The boot partition where it was before."""
    write(tmp_path / "boot/config.txt", "dtparam=spi=on\n")
    assert look(None, tmp_path, no_tools).config == {"dtparam=spi=on"}


def test_a_bare_machine(tmp_path: Path) -> None:
    """Where nothing can be read nothing is claimed, and nothing is raised."""
    found = look(None, tmp_path, no_tools)
    assert found == Machine(gpiozero=found.gpiozero, has_lgpio=found.has_lgpio)
    assert not found.is_pi
