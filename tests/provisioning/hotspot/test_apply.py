"""`stallbox-hotspot --root`: an image gets its network, the card's request is taken once, and there is a way back."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from provisioning.hotspot import request
from provisioning.hotspot.__main__ import main
from provisioning.hotspot.box import Box
from provisioning.hotspot.render import OURS
from tests.provisioning.hotspot.boxes import EXTERNAL, NAMED, OPEN, WPA2, image, skip_without, toml
from tests.provisioning.hotspot.test_render import golden

HOTSPOT = "etc/NetworkManager/system-connections/stallbox-hotspot.nmconnection"


@pytest.fixture(autouse=True)
def _tools() -> None:
    skip_without("nmcli", "dnsmasq", "nft")


def hotspot(box: Box, *more: str) -> int:
    return main(["--root", str(box.root), "--dir", "/var/lib/stallbox", *more])


def ours(box: Box) -> dict[str, str]:
    return {path: (box.root / path).read_text() for path in OURS if (box.root / path).exists()}


def everything(box: Box) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in box.root.rglob("*") if path.is_file()}


def test_an_image_gets_every_file_and_the_switches(tmp_path: Path) -> None:
    """The golden files lie in their places, the keyfile for root alone; country and switches are set."""
    box = image(tmp_path, toml(WPA2))
    assert hotspot(box) == 0
    assert ours(box) == golden("2.4 GHz WPA2")
    assert (tmp_path / HOTSPOT).stat().st_mode & 0o777 == 0o600
    cmdline = (tmp_path / "boot/firmware/cmdline.txt").read_text()
    assert cmdline == "console=tty1 root=PARTUUID=1-02 rootwait cfg80211.ieee80211_regdom=DE\n"
    assert "WirelessEnabled=true" in (tmp_path / "var/lib/NetworkManager/NetworkManager.state").read_text()
    switches = tmp_path / "var/lib/systemd/rfkill"
    assert {path.name: path.read_text() for path in switches.iterdir()} == {
        "platform-fe300000.mmcnr:wlan": "0\n",
        "platform-soc:bluetooth": "1\n",
    }


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    """It may run at every start."""
    box = image(tmp_path, toml(WPA2))
    hotspot(box)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*")}
    assert hotspot(box) == 0
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*")} == before


def test_a_box_without_hotspot_stays_as_it_is(tmp_path: Path) -> None:
    """Not one file appears, goes or changes."""
    box = image(tmp_path, toml(""))
    before = everything(box)
    assert hotspot(box) == 0
    assert everything(box) == before


def test_files_that_the_settings_no_longer_ask_for_go(tmp_path: Path) -> None:
    """From the own radio with a tether to an access point, and to nothing."""
    box = image(tmp_path, toml(WPA2))
    hotspot(box)
    box.settings.write_text(toml(EXTERNAL, NAMED))
    hotspot(box)
    assert not any("tether" in path or "modprobe" in path for path in ours(box))
    box.settings.write_text(toml(""))
    hotspot(box)
    assert ours(box) == {}


def machines_own(root: Path) -> dict[str, bytes]:
    """What is in the image and the box did not bring."""
    data, card = root / "var/lib/stallbox", root / "boot/firmware/stallbox-hotspot.toml"
    return {
        str(path): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path != card and not path.is_relative_to(data)
    }


@pytest.mark.parametrize("later", [WPA2, OPEN, EXTERNAL, ""], ids=["one country", "another", "external", "no network"])
def test_everything_goes_again(tmp_path: Path, later: str) -> None:
    """After `--remove` the machine is as it was before its first network, the words of others too; settings stay."""
    box = image(tmp_path, toml(WPA2))
    before = machines_own(tmp_path)
    cmdline = tmp_path / "boot/firmware/cmdline.txt"
    hotspot(box)
    box.settings.write_text(toml(later))
    hotspot(box)
    assert hotspot(box, "--remove") == 0
    after = machines_own(tmp_path)
    assert sorted(after.pop(str(cmdline)).split()) == sorted(before.pop(str(cmdline)).split())
    assert after == before
    assert not list(tmp_path.glob("etc/stallbox")) + list(tmp_path.glob("var/lib/stallbox-*"))
    assert box.settings.read_text() == toml(later)
    assert hotspot(box, "--remove") == 0, "there may be nothing left"


def test_what_others_changed_since_stays(tmp_path: Path) -> None:
    """Only our own word goes from a file of others; a removal needs no settings, nor a file that is still there."""
    box = image(tmp_path, toml(WPA2))
    cmdline = tmp_path / "boot/firmware/cmdline.txt"
    cmdline.write_text("console=tty1 rootwait init=/resize\n")
    hotspot(box)
    cmdline.write_text(cmdline.read_text().replace(" init=/resize", " quiet"))
    (tmp_path / "var/lib/NetworkManager/NetworkManager.state").unlink()
    box.settings.unlink()
    assert hotspot(box, "--remove") == 0
    assert cmdline.read_text() == "console=tty1 rootwait quiet\n"


def test_a_card_that_cannot_be_written_costs_nobody_the_network(tmp_path: Path) -> None:
    """The reason for a refusal finds no place; the network of stallbox.toml is made all the same."""
    box = image(tmp_path, toml(WPA2))
    box.card.write_text("[hotspot]\n")
    box.card.with_name(f".{box.card.name}.{os.getpid()}.part").mkdir()
    assert hotspot(box) == 1
    assert ours(box) == golden("2.4 GHz WPA2")


def test_check_tells_and_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each path that would change is named."""
    box = image(tmp_path, toml(WPA2))
    before = everything(box)
    assert hotspot(box, "--check") == 0
    assert f"would write /{HOTSPOT}\n" in capsys.readouterr().out
    assert everything(box) == before


def test_a_request_is_taken_once(tmp_path: Path) -> None:
    """It becomes the settings and the files, and the card's file is emptied; other settings stay."""
    box = image(tmp_path, toml(WPA2, NAMED))
    hotspot(box)
    box.card.write_text(request.HELP + OPEN)
    assert hotspot(box) == 0
    assert ours(box).keys() == golden("5 GHz open").keys()
    assert box.settings.read_text() == toml(OPEN, NAMED)
    assert request.read(box.card.read_bytes()) is None
    assert "Stall 8" in box.card.read_text()


def test_a_refused_request_leaves_all_as_it_was_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the card, in front of the request, and on the terminal; mended, it is taken."""
    box = image(tmp_path, toml(WPA2))
    hotspot(box)
    before = everything(box)
    wrong = OPEN.replace("channel = 149", "channel = 100")
    box.card.write_text(wrong)
    assert hotspot(box) == 1
    assert "hotspot.channel is 100; of 5 GHz an access point in GB may use 36" in capsys.readouterr().err
    after = everything(box)
    said = after.pop(str(box.card)).decode()
    assert after == before
    assert said.startswith("# NOT TAKEN: stallbox.toml: hotspot.channel is 100;")
    assert said.endswith(wrong)
    box.card.write_text(said.replace("channel = 100", "channel = 36"))
    assert hotspot(box) == 0
    assert "channel=36" in ours(box)[HOTSPOT]


def test_a_refused_request_does_not_keep_the_settings_from_being_applied(tmp_path: Path) -> None:
    """What the owner wrote into stallbox.toml counts all the same."""
    box = image(tmp_path, toml(WPA2))
    box.card.write_text("[hotspot]\n")
    assert hotspot(box) == 1
    assert ours(box) == golden("2.4 GHz WPA2")


def test_back_and_back_again(tmp_path: Path) -> None:
    """The network before the last change is put back, in the settings too; a second time the changed one."""
    box = image(tmp_path, toml(WPA2))
    hotspot(box)
    box.card.write_text(OPEN)
    hotspot(box)
    assert hotspot(box, "--back") == 0
    assert ours(box) == golden("2.4 GHz WPA2")
    assert box.settings.read_text() == toml(WPA2)
    assert hotspot(box, "--back") == 0
    assert box.settings.read_text() == toml(OPEN)


def test_there_is_nothing_before_the_first_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Going back is refused on a fresh box."""
    assert hotspot(image(tmp_path, toml(WPA2)), "--back") == 1
    assert "nothing to go back to" in capsys.readouterr().err


def test_wrong_settings_touch_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No country: refused with the fix, and the network that is there stays."""
    box = image(tmp_path, toml(WPA2))
    hotspot(box)
    box.settings.write_text(toml(WPA2.replace('country = "DE"\n', "")))
    before = everything(box)
    assert hotspot(box) == 1
    assert "hotspot.country is missing" in capsys.readouterr().err
    assert everything(box) == before


def test_no_box_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a data directory the command says how to make one."""
    assert hotspot(Box(tmp_path, tmp_path / "var/lib/stallbox")) == 1
    assert "stallbox init" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write as somebody else")
def test_settings_are_written_as_the_one_who_owns_them() -> None:
    """A link that the box's account puts into its own folder leads root nowhere."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to everybody else
        Path(folder).chmod(0o755)
        box = image(Path(folder), toml(WPA2))
        secret = box.root / "secret"
        secret.write_text("root's")
        secret.chmod(0o600)
        for path in (box.data, box.settings):
            os.chown(path, 65534, 65534)
        link = box.data / "stallbox.toml.part"
        link.symlink_to(secret)
        box.card.write_text(OPEN)
        assert hotspot(box) == 1
        assert secret.read_text() == "root's"
        link.unlink()
        assert hotspot(box) == 0
        assert box.settings.read_text() == toml(OPEN)
        assert (box.settings.stat().st_uid, box.settings.stat().st_mode & 0o777) == (65534, 0o600)
