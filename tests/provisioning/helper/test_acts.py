"""What each order does to the machine, by means that only note it, and the real means where they do no harm."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provisioning.helper.acts import HOTSPOT, Means, carry_out, this_machine
from provisioning.helper.orders import (
    ApplyHotspot,
    Eject,
    Mode,
    Mount,
    Order,
    PowerOff,
    RefusedError,
    RestartAccessPoint,
    SetClock,
)
from provisioning.hotspot import keyfile

SETTINGS = b'[box]\nname = "Stall 7"\n'
DIGEST = hashlib.sha256(SETTINGS).hexdigest()


@dataclass
class Noted:
    """A machine that does nothing and remembers it; commands that begin with `failing` fail."""

    settings: Path
    failing: str = ""
    commands: list[str] = field(default_factory=list)
    clock: list[int] = field(default_factory=list)

    def run(self, command: tuple[str, ...]) -> None:
        self.commands.append(" ".join(command))
        if self.failing and self.commands[-1].startswith(self.failing):
            raise RefusedError("it failed")

    @property
    def means(self) -> Means:
        return Means(self.run, self.clock.append, self.settings)


@pytest.fixture
def machine(tmp_path: Path) -> Noted:
    (tmp_path / "stallbox.toml").write_bytes(SETTINGS)
    return Noted(tmp_path / "stallbox.toml")


@pytest.mark.parametrize(
    ("order", "commands"),
    [
        (ApplyHotspot(DIGEST), ["systemctl restart stallbox-hotspot.service"]),
        (PowerOff(), ["systemctl --no-block poweroff"]),
        (
            Mount("sda1", Mode.READ),
            ["systemctl start stallbox-usb@sda1.service", "systemctl is-active --quiet stallbox-usb@sda1.service"],
        ),
        (
            Mount("sdb", Mode.WRITE),
            [
                "systemctl start stallbox-usb-write@sdb.service",
                "systemctl is-active --quiet stallbox-usb-write@sdb.service",
            ],
        ),
        (Eject("sda1"), ["systemctl stop stallbox-usb@sda1.service stallbox-usb-write@sda1.service"]),
        (RestartAccessPoint(), [f"nmcli --wait 45 connection up {HOTSPOT}"]),
        (SetClock(1_790_000_000), []),
    ],
)
def test_commands(machine: Noted, order: Order, commands: list[str]) -> None:
    """Each order is these commands and no other; only the clock is set without one."""
    carry_out(order, machine.means)
    assert machine.commands == commands
    assert machine.clock == ([order.seconds] if isinstance(order, SetClock) else [])


def test_the_same_network() -> None:
    """The access point that is restarted is the one that the settings make."""
    assert keyfile.HOTSPOT == HOTSPOT


def test_changed_settings(machine: Noted) -> None:
    """Settings that are not those which were confirmed are not applied."""
    machine.settings.write_text("other")
    with pytest.raises(RefusedError, match="changed"):
        carry_out(ApplyHotspot(DIGEST), machine.means)
    assert machine.commands == []


def test_odd_settings(machine: Noted) -> None:
    """A link, a pipe, a folder, a huge file or nothing in the place of the settings is refused, not waited for."""
    settings = machine.settings
    settings.rename(settings.with_suffix(".old"))
    settings.symlink_to(settings.with_suffix(".old"))
    for change in (
        lambda: None,
        lambda: os.mkfifo(settings),
        settings.mkdir,
        lambda: settings.write_bytes(bytes(65_537)),
    ):
        change()
        with pytest.raises(RefusedError):
            carry_out(ApplyHotspot(DIGEST), machine.means)
        settings.rmdir() if settings.is_dir() else settings.unlink()
    with pytest.raises(RefusedError):
        carry_out(ApplyHotspot(DIGEST), machine.means)
    assert machine.commands == []


def test_skipped(machine: Noted) -> None:
    """A stick that its unit did not mount is not said to be."""
    machine.failing = "systemctl is-active"
    with pytest.raises(RefusedError):
        carry_out(Mount("sda1", Mode.READ), machine.means)


def test_real_commands(tmp_path: Path) -> None:
    """A command that fails, or is not there, is a refusal that says so; one that succeeds is none."""
    run = this_machine(tmp_path).run
    run(("true",))
    with pytest.raises(RefusedError, match=r"sh -c failed: no way"):
        run(("sh", "-c", "echo no  way >&2; exit 3"))
    with pytest.raises(RefusedError, match="no-such-program"):
        run(("no-such-program",))
