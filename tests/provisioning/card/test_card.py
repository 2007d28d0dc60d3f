"""`stallbox-organizer card`: what is on the boot partition afterwards, and which partitions are refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance import settings
from appliance.errors import WorkspaceError
from provisioning.card import partition
from provisioning.card.partition import MARK, Release
from provisioning.card.wheels import target
from provisioning.card.write import Load, write
from provisioning.hotspot import request
from provisioning.quickstart import Started
from tests.provisioning.card.cards import CMDLINE, FIRST, NEEDED, bookworm, trixie, wheels
from tests.provisioning.conftest import Type, answered

RUN = "systemd.run=/boot/firmware/stallbox/first-boot.sh"
WORDS = f" {RUN} systemd.run_success_action=reboot systemd.unit=kernel-command-line.target"
PROJECT = Path(__file__).parents[3]

Prepare = Callable[..., dict[str, object]]


@pytest.fixture
def prepare(type_: Type, started: Started) -> Prepare:
    """Prepares a partition for the workspace's box; the wheels are for the release that lies on it."""

    def run(boot: Path, *more: str) -> dict[str, object]:
        folder = started.workspace.folder / "wheels"
        if not folder.exists():
            wheels(folder, target(partition.look(boot).release))
        words = ("--workspace", started.workspace.folder, "card", "--boot", boot, "--box", "stall-7", "--json")
        answer = answered(type_(*words, *more))
        assert isinstance(answer, dict)
        return answer

    return run


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_bookworm(tmp_path: Path, prepare: Prepare) -> None:
    """The kernel's command line stays one line and names the script to systemd, after all that stood there."""
    boot = bookworm(tmp_path / "bootfs")
    assert prepare(boot)["release"] == "bookworm"
    assert (boot / "cmdline.txt").read_text() == CMDLINE + FIRST + WORDS + "\n"
    assert not (boot / "vendor-data").exists()


def test_trixie(tmp_path: Path, prepare: Prepare) -> None:
    """cloud-init is told by vendor data; what its owner may write stays as it was, and so does the command line."""
    boot = trixie(tmp_path / "bootfs")
    before = everything(boot)
    assert prepare(boot)["release"] == "trixie"
    after = everything(boot)
    assert {name: after[name] for name in before} == before
    script = "/boot/firmware/stallbox/first-boot.sh"
    assert (boot / "vendor-data").read_text().splitlines()[2:] == [
        "bootcmd:",
        f'- [sh, -c, "[ ! -e {script} ] || exec sh {script}"]',
    ]


@pytest.mark.parametrize("make", [bookworm, trixie])
def test_what_the_first_start_finds(
    tmp_path: Path, prepare: Prepare, started: Started, make: Callable[[Path], Path]
) -> None:
    """Settings, key, the owner card's digest, the bundle, wheels, and all that `make install` puts into place."""
    boot = make(tmp_path / "bootfs")
    answer = prepare(boot)
    here = boot / "stallbox"
    for name in ("stallbox.toml", "box.key", "owner-card.json"):
        assert (here / "box" / name).read_bytes() == (started.box.folder / name).read_bytes()
    assert everything(here / "bundles" / started.bundle.name) == everything(started.bundle)
    assert answer["bundles"] == [started.bundle.name]
    assert len(list((here / "wheels").glob("*.whl"))) == answer["wheels"] == NEEDED
    assert everything(here / "install" / "systemd") == everything(PROJECT / "systemd")
    assert (here / "install" / "constraints.txt").read_bytes() == (PROJECT / "constraints.txt").read_bytes()
    assert (boot / "stallbox-hotspot.toml").read_text() == request.HELP
    assert (here / "first-boot.sh").stat().st_mode & stat.S_IXUSR


def test_the_owner_card_stays_at_home(tmp_path: Path, prepare: Prepare, started: Started) -> None:
    """The secret that pairs phones is on paper, not on the card."""
    boot = trixie(tmp_path / "bootfs")
    prepare(boot)
    assert not any(started.box.card.encode() in data for data in everything(boot).values())


@pytest.mark.parametrize("make", [bookworm, trixie])
def test_again(tmp_path: Path, prepare: Prepare, make: Callable[[Path], Path]) -> None:
    """A second call makes the same card, takes away what it no longer puts there, and leaves a request alone."""
    boot = make(tmp_path / "bootfs")
    prepare(boot)
    first = everything(boot)
    (boot / "stallbox" / "wheels" / "old-1.0-py3-none-any.whl").touch()
    prepare(boot)
    assert everything(boot) == first
    (boot / "stallbox-hotspot.toml").write_text("[hotspot]\n")
    assert prepare(boot, "--no-bundles")["bundles"] == []
    assert not (boot / "stallbox" / "bundles").exists()
    assert (boot / "stallbox-hotspot.toml").read_text() == "[hotspot]\n"


def test_warnings(tmp_path: Path, type_: Type, prepare: Prepare, started: Started) -> None:
    """A key in the open is said, and so is a box that no phone could join."""
    boot = trixie(tmp_path / "bootfs")
    prepare(boot)
    words = ("--workspace", started.workspace.folder, "card", "--boot", boot, "--box", "stall-7")
    result = type_(*words)
    assert "holds the key of Stall 7 in the open" in result.stderr
    assert "have no [hotspot]" in result.stderr
    assert "is ready for Stall 7 (Raspberry Pi OS trixie)" in result.stdout
    path = started.box.folder / "stallbox.toml"
    table = '[hotspot]\nssid = "Stall 7"\nopen = true\ncountry = "DE"\n'
    path.write_text(request.with_table(path.read_text(), table))
    assert settings.parse(path.read_text()).hotspot is not None
    assert "[hotspot]" not in type_(*words).stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda boot: (boot / "cmdline.txt").unlink(),
            "is no boot partition of Raspberry Pi OS: it has no cmdline.txt.",
        ),
        (lambda boot: (boot / "kernel7.img").touch(), "64-bit Raspberry Pi OS Lite"),
        (lambda boot: (boot / "vendor-data").write_text("#cloud-config\n"), "belongs to somebody else"),
        (lambda boot: (boot / "user-data").write_text("#cloud-config\nbootcmd: [x]\n"), "has a bootcmd of its own"),
    ],
)
def test_refused(tmp_path: Path, change: Callable[[Path], object], said: str) -> None:
    """What is no card for a box is refused with a sentence that says what to do."""
    boot = trixie(tmp_path / "bootfs")
    change(boot)
    with pytest.raises(WorkspaceError, match=said):
        partition.look(boot)


def test_imagers_own_script(tmp_path: Path) -> None:
    """On bookworm only one script can run at the first start."""
    boot = bookworm(tmp_path / "bootfs")
    (boot / "cmdline.txt").write_text(f"{CMDLINE} systemd.run=/boot/firstrun.sh systemd.run_success_action=reboot\n")
    with pytest.raises(WorkspaceError, match=r"already runs /boot/firstrun\.sh"):
        partition.look(boot)


def test_imagers_settings_on_trixie(tmp_path: Path, prepare: Prepare) -> None:
    """A name and an account that Raspberry Pi Imager wrote for cloud-init stay, beside what is ours."""
    boot = trixie(tmp_path / "bootfs")
    (boot / "user-data").write_text("#cloud-config\nhostname: stall-7\nruncmd:\n- [true]\n")
    prepare(boot)
    assert "hostname: stall-7" in (boot / "user-data").read_text()
    assert MARK in (boot / "vendor-data").read_text()


def test_the_large_partition(tmp_path: Path) -> None:
    """Who names the wrong one of the two is told which one is meant."""
    (tmp_path / "boot" / "firmware").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="name the small one, bootfs"):
        partition.look(tmp_path)


def test_no_room(tmp_path: Path, started: Started) -> None:
    """A card without room is left as it was; the larger drops may come on a stick."""
    boot = trixie(tmp_path / "bootfs")
    before = everything(boot)
    large = tmp_path / "large-v1.drop"
    large.mkdir()
    with (large / "film").open("wb") as file:
        os.truncate(file.fileno(), 1 << 43)
    load = Load(started.box.folder, (large,), (), PROJECT)
    with pytest.raises(WorkspaceError, match="MB too small"):
        write(partition.Partition(boot, Release.TRIXIE), load, lambda _: None)
    assert everything(boot) == before


def test_no_checkout(tmp_path: Path, started: Started) -> None:
    """Without the project's own files there would be nothing to install from."""
    load = Load(started.box.folder, (), (), tmp_path)
    with pytest.raises(WorkspaceError, match="name one with --checkout"):
        write(partition.Partition(trixie(tmp_path / "bootfs"), Release.TRIXIE), load, lambda _: None)
