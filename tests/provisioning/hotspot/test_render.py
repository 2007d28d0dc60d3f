"""What is rendered for three stalls: the golden files, each held against the tool that reads it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from appliance.errors import HotspotError
from appliance.settings import parse
from provisioning.hotspot import country, firewall, firmware, keyfile, names, others, switch
from provisioning.hotspot.checks import check
from provisioning.hotspot.plan import plan
from provisioning.hotspot.render import OURS, mode, render
from tests.provisioning.hotspot.boxes import EXTERNAL, NAMED, OPEN, TABLES, WPA2, image, skip_without, toml

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {".nmconnection": "nmcli", ".nft": "nft"}


def rendered(name: str) -> dict[str, str]:
    return render(parse(toml(TABLES[name], NAMED if name == "external access point" else "")), certified=True)


def golden(name: str) -> dict[str, str]:
    folder = GOLDEN / name.replace(" ", "-")
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def tool_of(path: str) -> str | None:
    return "dnsmasq" if path == names.PATH else SUFFIXES.get(Path(path).suffix)


@pytest.mark.parametrize("name", TABLES)
def test_the_files_are_the_golden_ones(name: str) -> None:
    """The same settings give the same files, to the letter and no other."""
    assert rendered(name) == golden(name)


@pytest.mark.parametrize(
    ("name", "path", "tool"),
    [(name, path, tool) for name in TABLES for path in rendered(name) if (tool := tool_of(path))],
)
def test_its_own_tool_takes_each_file(name: str, path: str, tool: str) -> None:
    """nmcli keeps every word of a connection, dnsmasq and nft find nothing wrong."""
    skip_without(tool)
    check({path: rendered(name)[path]})


def test_phones_are_watched_where_the_pipe_is_held(tmp_path: Path) -> None:
    """dnsmasq logs into the box's pipe and, where none is held, not at all: a file in its place would grow."""
    box = image(tmp_path, toml(WPA2))
    pipe = tmp_path / names.PIPE
    assert "log-" not in plan(box, toml(WPA2)).files[names.PATH]
    pipe.parent.mkdir()
    pipe.write_text("")
    assert "log-" not in plan(box, toml(WPA2)).files[names.PATH]
    pipe.unlink()
    os.mkfifo(pipe)
    text = plan(box, toml(WPA2)).files[names.PATH]
    assert f"log-queries\nlog-facility=/{names.PIPE}\n" in text
    skip_without("dnsmasq")
    check({names.PATH: text})


@pytest.mark.parametrize(
    ("path", "tool", "text", "said"),
    [
        (
            keyfile.path(keyfile.HOTSPOT),
            "nmcli",
            "[connection]\ntype=wifi\n[wifi]\nmode=apx\nssid=S\n",
            "nmcli says: Error",
        ),
        (keyfile.path(keyfile.HOTSPOT), "nmcli", "[connection]\nid=x\ntype=ethernet\nheight=3\n", "connection.height"),
        (names.PATH, "dnsmasq", "adress=/#/198.51.100.1\n", "dnsmasq says: "),
        (firewall.PATH, "nft", "table inet stallbox { chain x { tcp dport eighty accept; }; }\n", "nft says: "),
    ],
)
def test_a_file_that_its_tool_does_not_take_is_refused(path: str, tool: str, text: str, said: str) -> None:
    """The refusal holds what the tool said; a key that NetworkManager would drop in silence is named."""
    skip_without(tool)
    with pytest.raises(HotspotError, match=said):
        check({path: text})


def test_the_drop_in_stands_beside_what_networkmanager_says() -> None:
    """dnsmasq takes the file together with the arguments that NetworkManager gives it."""
    skip_without("dnsmasq")
    arguments = ("--no-hosts", "--bind-interfaces", "--except-interface=lo", "--strict-order", "--clear-on-reload")
    file = GOLDEN / "external-access-point" / names.PATH
    done = subprocess.run(
        ["dnsmasq", "--test", f"--conf-file={file}", *arguments, "--dhcp-range=10.42.0.10,10.42.0.254,60m"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_without_hotspot_there_is_no_file() -> None:
    """A box whose phones come through another network is left alone."""
    assert render(parse(toml("")), certified=True) == {}
    assert others.wanted(None) == {}


@pytest.mark.parametrize(("certified", "more"), [(False, NAMED), (True, "")])
def test_the_api_is_announced_only_with_a_certificate_for_the_name(certified: bool, more: str) -> None:
    """Option 114 needs both: phones ask the API by HTTPS, and a dead address there is worse than none."""
    assert "dhcp-option" not in render(parse(toml(WPA2, more)), certified=certified)[names.PATH]


def test_only_root_can_read_a_connection() -> None:
    """NetworkManager ignores others; all the rest may be read by anybody."""
    assert {mode(path) for path in OURS if "system-connections" in path} == {0o600}
    assert {mode(path) for path in OURS if "system-connections" not in path} == {0o644}


def test_an_open_network_has_no_security_at_all() -> None:
    """An empty security section would make phones ask for a password."""
    assert "[wifi-security]" not in render(parse(toml(OPEN)), certified=False)[keyfile.path(keyfile.HOTSPOT)]


def test_every_path_is_announced() -> None:
    """`OURS` knows all that may be written, so that a change of settings can take it away again."""
    assert {path for name in TABLES for path in rendered(name)} == set(OURS)


def test_cmdline_stays_one_line_with_one_country() -> None:
    """An older country goes, all else stays; a second line would not be read."""
    text = "console=tty1  cfg80211.ieee80211_regdom=US rootwait quiet\n"
    assert country.on_cmdline(text, "DE") == "console=tty1 rootwait quiet cfg80211.ieee80211_regdom=DE\n"
    assert country.on_cmdline(country.on_cmdline(text, "DE"), "DE") == country.on_cmdline(text, "DE")


def test_an_external_access_point_leaves_the_box_s_radio_alone() -> None:
    """No country is forced on it, no switch is turned."""
    assert others.wanted(parse(toml(EXTERNAL)).hotspot) == {}


def test_wi_fi_is_switched_on_and_nothing_else() -> None:
    """The other switches of NetworkManager stay as their owner left them."""
    state = "[main]\nNetworkingEnabled=true\nWirelessEnabled=false\nWWANEnabled=false\n"
    assert switch.on_manager(state, "true") == state.replace("WirelessEnabled=false", "WirelessEnabled=true")


def test_the_firmware_is_the_one_of_its_name() -> None:
    """Whatever folder the system keeps it in; a system without alternatives has none."""
    parsed = parse(toml(OPEN)).hotspot
    assert parsed is not None
    assert parsed.radio is not None
    folder = "/usr/lib/firmware/cypress/cyfmac43455-sdio"
    listed = f"{folder}-standard.bin\n{folder}-minimal.bin\n"
    assert firmware.choose(listed, parsed.radio.firmware) == f"{folder}-minimal.bin"
    assert firmware.choose("", parsed.radio.firmware) is None
