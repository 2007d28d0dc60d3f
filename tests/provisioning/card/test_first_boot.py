"""The script of the first start in a root of empty folders: what would change a machine only writes down its call.

What it does in a real Debian is in `tests/install/test_first_boot.py`.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioning.card.partition import Partition, Release
from provisioning.card.write import Load, write
from provisioning.quickstart import Started
from tests.provisioning.card.cards import CMDLINE, FIRST, bookworm, trixie

PROJECT = Path(__file__).parents[3]
STUB = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'
SETPRIV = STUB + 'while [ "${1#-}" != "$1" ]; do [ "$1" = --init-groups ] || shift; shift; done\nexec "$@"\n'
STALLBOX = (
    '#!/bin/sh\n[ "$1" = init ] && mkdir -p "$4/keys" && cp "$2/stallbox.toml" "$4" && cp "$2/box.key" "$4/keys"\n'
)
SETUP = """\
#!/bin/sh
echo "setup $1 WHEELS=$WHEELS START=$START" >>"$CALLS"
[ ! -e "$BROKEN" ] || { echo "no room"; exit 1; }
"""


@dataclass(frozen=True)
class Pi:
    """A card in a Pi that has not started yet."""

    root: Path
    box: Path
    calls_file: Path
    broken: Path

    @property
    def boot(self) -> Path:
        return self.root / "boot" / "firmware"

    @property
    def data(self) -> Path:
        return self.root / "var" / "lib" / "stallbox"

    def start(self) -> str:
        """Runs the script as systemd or cloud-init would; the log that it leaves on the card."""
        environment = {
            "PATH": f"{self.root / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin",
            "CALLS": str(self.calls_file),
            "BROKEN": str(self.broken),
        }
        script = self.boot / "stallbox" / "first-boot.sh"
        done = subprocess.run(["sh", script, self.root], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return (self.boot / "stallbox-first-start.txt").read_text()

    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []


@pytest.fixture(params=[Release.BOOKWORM, Release.TRIXIE])
def release(request: pytest.FixtureRequest) -> Release:
    assert isinstance(request.param, Release)
    return request.param


@pytest.fixture
def pi(tmp_path: Path, started: Started, release: Release) -> Pi:
    root = tmp_path / "root"
    for name in ("boot", "run", "bin", "var/lib/stallbox", "opt/stallbox/bin", "etc/cloud"):
        (root / name).mkdir(parents=True)
    make = bookworm if release is Release.BOOKWORM else trixie
    boot = make(root / "boot" / "firmware")
    write(Partition(boot, release), Load(started.box.folder, (started.bundle,), (), PROJECT), lambda _: None)
    _program(boot / "stallbox" / "install" / "systemd" / "setup", SETUP)
    _program(root / "opt/stallbox/bin/stallbox", STALLBOX)
    for name, script in {
        "systemctl": STUB,
        "resize2fs": STUB,
        "chown": STUB,
        "findmnt": STUB,
        "setpriv": SETPRIV,
    }.items():
        _program(root / "bin" / name, script)
    return Pi(root, started.box.folder, tmp_path / "calls", tmp_path / "broken")


def _program(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shells_read_it(shell: str) -> None:
    """The script is plain sh."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = PROJECT / "provisioning" / "card" / "first-boot.sh"
    checked = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_it_makes_a_box(pi: Pi, started: Started, release: Release) -> None:
    """Installed from the card's wheels without starting anything, founded with its own key, its bundle in the inbox."""
    assert "This card is a box now." in pi.start()
    calls = pi.calls()
    assert f"setup install WHEELS={pi.boot}/stallbox/wheels START=no" in calls
    assert any(call.startswith("setpriv --reuid stallbox --regid stallbox --init-groups") for call in calls)
    assert (pi.data / "keys" / "box.key").read_bytes() == (started.box.folder / "box.key").read_bytes()
    assert (pi.data / "inbox" / started.bundle.name / "manifest.dsse.json").exists()
    assert f"chown -R stallbox:stallbox {pi.data}/inbox" in calls
    assert ("systemctl --no-block reboot" in calls) == (release is Release.TRIXIE)
    assert list((pi.root / "run").iterdir()) == []


def test_nothing_is_left(pi: Pi, release: Release) -> None:
    """The key is off the card, nothing calls the script again, and the request for another network may be written."""
    pi.start()
    assert not (pi.boot / "stallbox").exists()
    assert not (pi.boot / "vendor-data").exists()
    first, more = (CMDLINE, FIRST) if release is Release.BOOKWORM else (CMDLINE, " resize")
    assert (pi.boot / "cmdline.txt").read_text() == first + more + "\n"
    assert (pi.boot / "stallbox-hotspot.toml").exists()
    assert "PRIVATE" not in (pi.boot / "stallbox-first-start.txt").read_text()


def test_a_failure(pi: Pi, release: Release) -> None:
    """The Pi starts as usual the next time, the card says why it is no box, and may be prepared again."""
    pi.broken.touch()
    log = pi.start()
    assert "no room" in log
    assert "This card did NOT become a box" in log
    assert "systemd.run" not in (pi.boot / "cmdline.txt").read_text()
    assert not (pi.boot / "vendor-data").exists()
    assert not (pi.data / "stallbox.toml").exists()
    pi.broken.unlink()
    assert "This card is a box now." in pi.start()


def test_a_power_cut(pi: Pi, started: Started) -> None:
    """What was done by half is done again: a bundle that was half copied, a box that was founded already."""
    half = pi.data / "inbox" / f".{started.bundle.name}"
    half.mkdir(parents=True)
    (half / "torn").touch()
    (pi.data / "keys").mkdir()
    shutil.copy(started.box.folder / "stallbox.toml", pi.data)
    shutil.copy(started.box.folder / "box.key", pi.data / "keys")
    assert "This card is a box now." in pi.start()
    assert not half.exists()
    assert not (pi.data / "inbox" / started.bundle.name / "torn").exists()


def test_another_box(pi: Pi) -> None:
    """A system that is another box already keeps its key."""
    (pi.data / "keys").mkdir()
    (pi.data / "stallbox.toml").touch()
    (pi.data / "keys" / "box.key").write_text("another key")
    assert "This is another box already" in pi.start()
    assert (pi.data / "keys" / "box.key").read_text() == "another key"


def test_questions_at_the_first_start(pi: Pi) -> None:
    """Raspberry Pi OS does not ask for an account, unless the card brings one."""
    pi.start()
    assert "systemctl --quiet disable userconfig.service" in pi.calls()


def test_an_account_of_the_owner(pi: Pi) -> None:
    """Where the card names an account, Raspberry Pi OS makes it."""
    (pi.boot / "userconf.txt").write_text("ana:$y$j9T$x\n")
    pi.start()
    assert "systemctl --quiet disable userconfig.service" not in pi.calls()


def test_cloud_init_rests(pi: Pi) -> None:
    """With nothing to do for anybody else it does not run again."""
    pi.start()
    assert (pi.root / "etc/cloud/cloud-init.disabled").exists()


def test_cloud_init_has_more_to_do(pi: Pi, release: Release) -> None:
    """What Raspberry Pi Imager asked of it follows at the next start."""
    if release is Release.BOOKWORM:
        pytest.skip("bookworm has no cloud-init")
    (pi.boot / "user-data").write_text("#cloud-config\nhostname: stall-7\n")
    pi.start()
    assert not (pi.root / "etc/cloud/cloud-init.disabled").exists()
