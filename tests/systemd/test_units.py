"""The systemd files: what they promise to the box, and what systemd's own tools, where present, say to them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance import settings
from appliance.serving import PHONES
from provisioning.hotspot import firewall, names

UNITS = Path(__file__).parents[2] / "systemd"


def options(name: str) -> dict[str, list[str]]:
    """Every `Key=value` of a unit, the values of a repeated key in order."""
    found: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9]+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_stop_leaves_time_for_running_downloads() -> None:
    """Downloads get 20 s after SIGTERM, so systemd must wait longer before it kills."""
    assert int(options("stallbox.service")["TimeoutStopSec"][0]) > 20


def test_a_hung_or_crashed_daemon_is_started_again() -> None:
    """The heartbeat has a deadline, a failure starts the daemon anew, and a crash loop ends in a visible fault."""
    service = options("stallbox.service")
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) <= 30
    assert service["Restart"] == ["on-failure"]
    burst, interval = int(service["StartLimitBurst"][0]), int(service["StartLimitIntervalSec"][0])
    assert burst * int(service["RestartSec"][0]) < interval


def test_the_daemon_writes_only_its_own_directories() -> None:
    """The whole system is read-only to the daemon but for its state, its run directory, and sticks."""
    service = options("stallbox.service")
    assert service["ProtectSystem"] == ["strict"]
    assert service["StateDirectory"] == service["RuntimeDirectory"] == ["stallbox"]
    assert service["RuntimeDirectoryPreserve"] == ["yes"]
    assert service["ReadWritePaths"] == ["-/run/stallbox-usb"]


def test_the_daemon_is_nobody_special() -> None:
    """No root, no way to become root, and no privilege: the low port is the socket's."""
    service = options("stallbox.service")
    assert service["User"] == service["Group"] == ["stallbox"]
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["CapabilityBoundingSet"] == [""]
    assert "AmbientCapabilities" not in service


def test_the_socket_is_what_the_box_expects() -> None:
    """Both ports of a box that sets nothing else, over IPv4, and enough room for those who come during a restart."""
    held = options("stallbox.socket")
    web = settings.parse(f'[box]\nname = "Stall"\n[trust]\npin = "{"0" * 64}"').web
    assert held["ListenStream"] == [f"{web.listen}:{web.port}", f"{web.listen}:{web.console_port}"]
    assert int(held["Backlog"][0]) >= 512
    assert options("stallbox.service")["Requires"] == ["stallbox.socket"]


def test_dnsmasq_tells_the_box_of_phones() -> None:
    """The pipe is where the hotspot lets dnsmasq write, is there before it, and the daemon gets it by its name."""
    held = options("stallbox-phones.socket")
    assert held["ListenFIFO"] == ["%t/" + names.PIPE.removeprefix("run/")]
    assert held["FileDescriptorName"] == [PHONES]
    assert held["Service"] == ["stallbox.service"]
    assert held["SocketMode"] == ["0600"]
    assert "stallbox-phones.socket" in options("stallbox-hotspot.service")["After"][0]
    service = options("stallbox.service")
    assert "stallbox-phones.socket" in service["Sockets"][0].split()
    assert "stallbox-phones.socket" in service["Wants"], "without it the box sells all the same"


def test_nothing_is_started_before_the_box_is_set_up() -> None:
    """Without settings neither service nor socket starts, so none can fail for that."""
    for unit in ("stallbox.service", "stallbox.socket", "stallbox-phones.socket"):
        assert options(unit)["ConditionPathExists"] == ["%S/stallbox/stallbox.toml"]


def test_a_network_is_never_without_its_rules() -> None:
    """NetworkManager starts a network that was made once; its rules come first, whatever became of the settings."""
    either = ["|%S/stallbox/stallbox.toml", f"|/{firewall.PATH}"]
    assert options("stallbox-hotspot.service")["ConditionPathExists"] == either


def test_the_hardware_is_within_reach() -> None:
    """The daemon is in the groups of pins, SPI, I2C and screen, sees these devices and no other."""
    service = options("stallbox.service")
    groups = service["SupplementaryGroups"][0].split()
    assert set(groups) == {"gpio", "spi", "i2c", "video"}
    made = (UNITS / "stallbox.sysusers").read_text()
    assert all(f"\ng {group} " in made for group in groups)
    assert service["DevicePolicy"] == ["closed"]
    assert {entry.split()[0] for entry in service["DeviceAllow"]} == {
        *("char-gpiochip", "char-spi", "char-i2c", "char-fb")
    }
    assert any("LG_WD=%t/stallbox" in line for line in service["Environment"])


def test_the_network_is_made_before_it_starts() -> None:
    """The hotspot's files are written once, before NetworkManager reads them, and a fault does not keep it away."""
    hotspot = options("stallbox-hotspot.service")
    assert hotspot["Type"] == ["oneshot"]
    assert hotspot["Before"] == hotspot["WantedBy"] == ["NetworkManager.service"]
    assert "RequiredBy" not in hotspot
    assert "nftables.service" in hotspot["After"], "whose start would throw the rules away"


def test_nobody_can_end_the_helper_s_socket() -> None:
    """Only the box's account reaches it; too many calls at once are turned away, and later ones are served."""
    held = options("stallbox-helper.socket")
    assert (held["SocketMode"], held["SocketGroup"]) == (["0660"], ["stallbox"])
    assert held["MaxConnections"] == ["4"]
    assert held["TriggerLimitIntervalSec"] == ["0"]


def test_a_stick_is_mounted_harmless() -> None:
    """A stick's unit ends with its device, and reading and writing exclude each other."""
    for unit in ("stallbox-usb@.service", "stallbox-usb-write@.service"):
        assert options(unit)["BindsTo"] == ["dev-%i.device"]
    assert options("stallbox-usb-write@.service")["Conflicts"] == ["stallbox-usb@%i.service"]
    rule = [line for line in (UNITS / "stallbox-usb.rules").read_text().splitlines() if line.startswith("ACTION")]
    assert len(rule) == 1
    assert 'ENV{SYSTEMD_WANTS}+="stallbox-usb@%k.service"' in rule[0]
    assert "RUN" not in rule[0]


def test_the_boot_page_is_early_and_waits_for_nothing() -> None:
    """It runs when udev sees the monitor, before the daemon, which waits for it only if there is one to draw on."""
    page = options("stallbox-boot@.service")
    assert page["DefaultDependencies"] == ["no"]
    assert page["BindsTo"] == page["After"] == ["dev-%i.device"]
    assert "stallbox.service" in page["Before"][0].split()
    assert int(page["TimeoutStartSec"][0]) <= 20
    assert not {"WantedBy", "PrivateTmp"} & page.keys(), "which would have it wait"
    assert page["ConditionPathExists"] == ["%S/stallbox/stallbox.toml"]
    rule = [line for line in (UNITS / "stallbox-boot.rules").read_text().splitlines() if line.startswith("ACTION")]
    assert len(rule) == 1
    assert 'SUBSYSTEM=="graphics", KERNEL=="fb[0-9]*", TAG+="systemd"' in rule[0]
    assert 'ENV{SYSTEMD_WANTS}+="stallbox-boot@%k.service"' in rule[0]


def test_no_login_and_no_message_falls_on_the_picture() -> None:
    """The picture has a terminal on which systemd puts no login (logind.conf(5): not by itself above the sixth).

    The kernel's messages come to the one in front, wherever that is: only emergencies are let through.
    """
    page = options("stallbox-boot@.service")
    assert page["TTYPath"] == ["/dev/tty8"]
    assert page["StandardInput"] == ["tty-fail"], "makes it the controlling terminal, and never waits for it"
    assert page["StandardOutput"] == page["StandardError"] == ["journal"]
    assert page["DeviceAllow"] == ["char-fb rw", "/dev/tty8 rw"]
    assert page["CapabilityBoundingSet"] == [""]
    assert "\nkernel.printk = 1 " in (UNITS / "console.conf").read_text()
    assert "console.conf $lib/sysctl.d/99-stallbox.conf" in (UNITS / "setup").read_text(), "after 98-rpi.conf"


def test_a_hung_machine_is_reset() -> None:
    """The hardware's timer is set within the 15 s that the Pi's knows."""
    assert 10 <= int(options("watchdog.conf")["RuntimeWatchdogSec"][0]) < 15


def test_the_journal_spares_the_card() -> None:
    """Logs stay in memory, and little of it."""
    journal = options("journald.conf")
    assert journal["Storage"] == ["volatile"]
    assert journal["RuntimeMaxUse"] == ["16M"]


def test_the_clock_can_be_read_but_not_set() -> None:
    """The sandbox lets adjtimex through, whose answer is the quality of the time, and gives no right to set it."""
    service = options("stallbox.service")
    assert {"adjtimex", "clock_adjtime"} <= set(service["SystemCallFilter"][-1].split())
    assert "ProtectClock" not in service


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to say to all of them together, the place of their programs apart."""
    names = [path.name for pattern in ("*.service", "*.socket") for path in UNITS.glob(pattern)]
    assert len(names) >= 7
    for name in names:
        text = (UNITS / name).read_text()
        (tmp_path / name).write_text(re.sub(r"(?m)^(Exec\w+)=/opt/\S+", rf"\1={shutil.which('true')}", text))
    checked = run(tool("systemd-analyze"), "verify", *(tmp_path / name for name in names))
    said = [line for line in (checked.stdout + checked.stderr).splitlines() if "stallbox" in line]
    assert (said, checked.returncode) == ([], 0)


@pytest.mark.parametrize(
    ("unit", "exposure"), [("stallbox.service", 20), ("stallbox-boot@.service", 10), ("stallbox-helper@.service", 22)]
)
def test_systemd_finds_the_sandbox_tight(unit: str, exposure: int) -> None:
    """`systemd-analyze security` gives the daemon at most 2.0 of 10, the boot page less, root's helper hardly more."""
    checked = run(tool("systemd-analyze"), "security", "--offline=true", f"--threshold={exposure}", UNITS / unit)
    assert checked.returncode == 0, checked.stdout[-200:] + checked.stderr


@pytest.mark.parametrize("rules", ["stallbox-usb.rules", "stallbox-boot.rules"])
def test_udev_accepts_the_rule(rules: str) -> None:
    """`udevadm verify` finds nothing to say, where this systemd has it (254)."""
    udevadm = tool("udevadm")
    if "verify" not in run(udevadm, "--help").stdout:
        pytest.skip("this udevadm cannot verify rules")
    checked = run(udevadm, "verify", UNITS / rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_systemd_makes_the_account_and_the_data_directory(tmp_path: Path) -> None:
    """The sysusers and tmpfiles lines are understood by the tools that read them at boot."""
    (tmp_path / "etc").mkdir()
    account = run(tool("systemd-sysusers"), f"--root={tmp_path}", UNITS / "stallbox.sysusers")
    assert account.returncode == 0, account.stderr
    assert "stallbox:" in (tmp_path / "etc" / "passwd").read_text()
    made = run(tool("systemd-tmpfiles"), f"--root={tmp_path}", "--create", UNITS / "stallbox.tmpfiles")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "var/lib/stallbox").stat().st_mode & 0o777 == 0o700
