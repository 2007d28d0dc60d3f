"""On a running machine: what is told to whom, in which order, and what happens when the network does not start.

The machine's tools are stood in for by little programs that write down how they were called.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.errors import HotspotError, SettingsError
from provisioning.hotspot import firewall
from provisioning.hotspot.apply import go_back, settle, take_away
from provisioning.hotspot.box import Box
from provisioning.hotspot.tools import find
from tests.provisioning.hotspot.boxes import EXTERNAL, OPEN, WPA2, image, toml

_TOOL = """\
#!/bin/sh
here={here}
echo "${{0##*/}} $*" >>"$here/calls"
case "${{0##*/}} $*" in
  "nmcli --offline "*) cat ;;
  "nmcli "*RUNNING*) cat "$here/manager" ;;
  "nmcli "*--active) cat "$here/active" ;;
  "nmcli "*"connection up "*)
    if [ -e "$here/broken" ] && grep -q "$(cat "$here/broken")" "$here/root/etc/NetworkManager/system-connections/"*
    then echo "Error: Connection activation failed" >&2; exit 4; fi
    echo stallbox-hotspot >"$here/active" ;;
  "update-alternatives "*--query*) cat "$here/alternatives" ;;
  "update-alternatives "*--list*) echo /lib/cyfmac43455-sdio-standard.bin; echo /lib/cyfmac43455-sdio-minimal.bin ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A box, and what its tools were asked; `manager` says whether NetworkManager runs."""

    folder: Path
    box: Box

    def calls(self) -> list[str]:
        """What was called since the last time, but for the checks of files."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in lines if not any(word in line for word in ("--offline", "--test", "--check"))]

    def settle(self) -> list[str]:
        return settle(self.box, live=True)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("nmcli", "dnsmasq", "nft", "iw", "update-alternatives"):
        (tools / name).write_text(_TOOL.format(here=tmp_path))
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    (tmp_path / "manager").write_text("running\n")
    (tmp_path / "active").write_text("home\n")
    return Machine(tmp_path, image(tmp_path / "root", toml(WPA2)))


START = [
    "nft --file {rules}",
    "iw reg set DE",
    "nmcli --terse --fields RUNNING general",
    "nmcli general reload conf",
    "nmcli connection reload",
    "nmcli radio wifi on",
]
UP = "nmcli --wait 35 connection up stallbox-hotspot"
ACTIVE = "nmcli --terse --fields NAME connection show --active"


def start(machine: Machine) -> list[str]:
    return [line.format(rules=machine.box.root / firewall.PATH) for line in START]


def test_rules_come_before_the_network(machine: Machine) -> None:
    """A new network is brought up once its rules are loaded and the radio knows its country."""
    machine.settle()
    assert machine.calls() == [*start(machine), UP]


def test_phones_stay_joined_when_nothing_changed(machine: Machine) -> None:
    """The second time loads rules and country again and leaves the running network alone."""
    machine.settle()
    machine.calls()
    machine.settle()
    rules = start(machine)[0]
    assert machine.calls() == [rules, *start(machine), ACTIVE]


def test_a_network_that_has_fallen_is_brought_up(machine: Machine) -> None:
    """Nothing changed, but it is not up: so it is started."""
    machine.settle()
    (machine.folder / "active").write_text("")
    machine.calls()
    machine.settle()
    assert machine.calls()[-2:] == [ACTIVE, UP]


def test_before_networkmanager_runs_nobody_is_told(machine: Machine) -> None:
    """Early at boot the files are enough; rules and country are set all the same."""
    (machine.folder / "manager").write_text("not running\n")
    machine.settle()
    assert machine.calls() == start(machine)[:3]


def test_blocked_radios_are_switched_on(machine: Machine) -> None:
    """Every Wi-Fi radio, and no other."""
    radios = {"rfkill0": "bluetooth", "rfkill1": "wlan"}
    for name, kind in radios.items():
        folder = machine.box.root / "sys/class/rfkill" / name
        folder.mkdir(parents=True)
        (folder / "type").write_text(f"{kind}\n")
        (folder / "soft").write_text("1\n")
    machine.settle()
    switches = machine.box.root / "sys/class/rfkill"
    assert (switches / "rfkill0/soft").read_text() == "1\n"
    assert (switches / "rfkill1/soft").read_text() == "0"


def test_a_network_that_does_not_start_is_taken_back(machine: Machine) -> None:
    """The one before runs again, is what the settings say, and the request on the card tells why it was not taken."""
    machine.settle()
    before = {path: path.read_text() for path in (machine.box.root / "etc").rglob("*") if path.is_file()}
    machine.calls()
    (machine.folder / "broken").write_text("Stall 8")
    machine.box.card.write_text(OPEN)
    with pytest.raises(HotspotError, match=r"Connection activation failed. The network before was put back\."):
        machine.settle()
    assert {path: path.read_text() for path in (machine.box.root / "etc").rglob("*") if path.is_file()} == before
    assert machine.box.settings.read_text() == toml(WPA2)
    assert machine.calls().count(UP) == 2
    assert b"# NOT TAKEN: nmcli says: Error: Connection activation failed" in machine.box.card.read_bytes()


def test_what_was_taken_back_can_be_tried_again(machine: Machine) -> None:
    """Going back after a failure leads to the network that failed, which may do by now."""
    machine.settle()
    (machine.folder / "broken").write_text("Stall 8")
    machine.box.settings.write_text(toml(OPEN))
    with pytest.raises(HotspotError):
        machine.settle()
    (machine.folder / "broken").unlink()
    go_back(machine.box, live=True)
    assert machine.box.settings.read_text() == toml(OPEN)


def test_the_first_network_stays_when_it_does_not_start(machine: Machine) -> None:
    """There is none before it, and the next start tries again."""
    (machine.folder / "broken").write_text("Stall 7")
    with pytest.raises(HotspotError, match=r"activation failed\.$"):
        machine.settle()
    assert machine.box.settings.read_text() == toml(WPA2)
    assert (machine.box.root / firewall.PATH).exists()


def test_rules_are_loaded_even_where_the_settings_are_wrong(machine: Machine) -> None:
    """NetworkManager will start the network whose files are there: it must never be open."""
    machine.settle()
    machine.calls()
    machine.box.settings.write_text(toml("[hotspot]\n"))
    with pytest.raises(SettingsError, match=r"hotspot\.ssid is missing"):
        machine.settle()
    assert machine.calls() == start(machine)[:1]


DOWN = [
    "nmcli --terse --fields RUNNING general",
    ACTIVE,
    "nmcli --wait 35 connection down stallbox-hotspot",
    "nmcli general reload conf",
    "nmcli connection reload",
    "nmcli radio wifi off",
    "nft --file -",
]


def test_a_network_that_is_no_longer_wanted_goes_down(machine: Machine) -> None:
    """Its rules go once it is down, so that it is never open; a radio that was off before is off again."""
    machine.settle()
    machine.calls()
    machine.box.settings.write_text(toml(""))
    machine.settle()
    assert machine.calls() == [start(machine)[0], *DOWN]
    machine.settle()
    assert machine.calls() == []


def test_taken_away(machine: Machine) -> None:
    """The running network goes down as well, though the settings still ask for it."""
    machine.settle()
    machine.calls()
    take_away(machine.box, live=True)
    assert machine.calls() == DOWN
    take_away(machine.box, live=True)
    assert machine.calls() == []


def test_an_access_point_on_ethernet_needs_no_radio(machine: Machine) -> None:
    """No country, no switch; its owner is told what the box cannot do in its stead."""
    machine.box.settings.write_text(toml(EXTERNAL))
    said = machine.settle()
    assert not any(word in call for call in machine.calls() for word in ("iw ", "radio"))
    assert "client isolation on" in said[-1]


def test_the_other_firmware_is_linked_where_there_is_one(machine: Machine) -> None:
    """By the system's own alternatives; a system without them says so and goes on."""
    machine.box.settings.write_text(toml(OPEN))
    assert "no “minimal” firmware to choose" in machine.settle()[1]
    link = machine.box.root / "etc/alternatives/cyfmac43455-sdio.bin"
    link.parent.mkdir()
    link.symlink_to("/lib/cyfmac43455-sdio-standard.bin")
    (machine.folder / "alternatives").write_text("Status: auto\n")
    assert "from the next start on" in machine.settle()[1]
    root = machine.box.root
    chosen = f"update-alternatives --root {root} --set cyfmac43455-sdio.bin /lib/cyfmac43455-sdio-minimal.bin"
    assert chosen in machine.calls()


@pytest.mark.parametrize(
    ("before", "back"),
    [("Status: auto\nValue: /lib/standard.bin", "--auto {}"), ("Status: manual\nValue: /x.bin", "--set {} /x.bin")],
)
def test_the_firmware_of_before_is_put_back(machine: Machine, before: str, back: str) -> None:
    """Whether the system had chosen it or its owner."""
    link = machine.box.root / "etc/alternatives/cyfmac43455-sdio.bin"
    link.parent.mkdir(parents=True)
    link.symlink_to("/lib/cyfmac43455-sdio-standard.bin")
    (machine.folder / "alternatives").write_text(f"Name: cyfmac43455-sdio.bin\n{before}\n")
    machine.box.settings.write_text(toml(OPEN))
    machine.settle()
    (machine.folder / "alternatives").write_text("Status: manual\nValue: /lib/cyfmac43455-sdio-minimal.bin\n")
    machine.settle()
    machine.calls()
    take_away(machine.box, live=True)
    wanted = f"update-alternatives --root {machine.box.root} {back.format('cyfmac43455-sdio.bin')}"
    assert [call for call in machine.calls() if call.startswith("update-")] == [wanted]


def test_a_missing_tool_is_named_with_the_line_to_type() -> None:
    """Whoever set the box up need not know which package it is in."""
    with pytest.raises(HotspotError, match=r"nonesuch is missing here\. Type: sudo apt-get install nonesuch"):
        find("nonesuch")
