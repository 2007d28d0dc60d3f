"""`make install` and `make uninstall` where they belong: in a Debian 12 and a Debian 13, fresh from the packages."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.box import make_data
from tests.install.roots import Root, make_root
from tests.organizer import Organizer
from tests.provisioning.hotspot.boxes import WPA2

pytestmark = pytest.mark.install

INSTALL = "cd /checkout && WHEELS=/wheels make install"
ENABLED = (
    "stallbox.socket",
    "stallbox-phones.socket",
    "stallbox.service",
    "stallbox-hotspot.service",
    "stallbox-helper.socket",
)
SERVE = """
export STALLBOX_DIR=/var/lib/stallbox
systemd-socket-activate -E STALLBOX_DIR -l 0.0.0.0:80 -l 0.0.0.0:8443 \\
  setpriv --reuid stallbox --regid stallbox --init-groups --no-new-privs /opt/stallbox/bin/stallbox run \\
  >/tmp/daemon.log 2>&1 &
daemon=$!
i=0
until python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1/healthz", timeout=30)' 2>/dev/null; do
  i=$((i + 1)); [ $i -lt 60 ] || { cat /tmp/daemon.log; exit 1; }
  sleep 0.5
done
setpriv --reuid stallbox --regid stallbox --init-groups stallbox status --json
kill $daemon; wait $daemon
"""


@pytest.fixture(scope="module", params=[("bookworm", "3.11"), ("trixie", "3.13")], ids=["debian12", "debian13"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    """A root in which the box is not installed yet; the tests below follow one another in it."""
    if os.geteuid() != 0:
        pytest.skip("a Debian root is made and entered as root")
    for tool in ("mmdebstrap", "unshare", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("root")
    try:
        yield make_root(*request.param, folder)
    finally:
        shutil.rmtree(folder)


def test_install(root: Root) -> None:
    """A checkout becomes an installed box: units enabled, account and data directory there, and nothing runs."""
    before = root.files()
    said = root.run(INSTALL)
    assert "stallbox init" in said
    assert root.run(f"systemctl --root=/ is-enabled {' '.join(ENABLED)}").split() == ["enabled"] * len(ENABLED)
    assert root.run("stat -c '%U %a' /var/lib/stallbox").split() == ["stallbox", "700"]
    assert {"gpio", "spi", "i2c", "video"} <= set(root.run("getent group | cut -d: -f1").split())
    places = ("/opt/stallbox", "/usr/local/", "/etc/", "/var/")
    assert [path for path in root.files() - before if not path.startswith(places)] == []


def test_again(root: Root) -> None:
    """A second installation changes nothing that can be seen."""
    before = root.files()
    root.run(INSTALL)
    assert root.files() == before


def test_units(root: Root) -> None:
    """This release's systemd and udev accept what is installed, and find the daemon's sandbox tight."""
    units = "/usr/local/lib/systemd/system"
    said = root.run(f"systemd-analyze verify {units}/stallbox* 2>&1")
    assert [line for line in said.splitlines() if "stallbox" in line] == []
    root.run(f"systemd-analyze security --offline=true --threshold=20 {units}/stallbox.service >/dev/null")
    if "verify" in root.run("udevadm --help"):
        root.run("udevadm verify /usr/local/lib/udev/rules.d/99-stallbox-*.rules")


def test_the_daemon_serves(root: Root, tmp_path: Path) -> None:
    """The daemon runs as its own account on ports that systemd's tool hands over, and `stallbox status` answers."""
    organizer = Organizer(tmp_path)
    data = make_data(tmp_path / "data", organizer, port=80, console_port=8443, listen="0.0.0.0")
    shutil.copytree(data, root.path / "var/lib/stallbox", dirs_exist_ok=True)
    root.run("chown -R stallbox:stallbox /var/lib/stallbox && chmod 700 /var/lib/stallbox")
    status = json.loads(root.run(SERVE).splitlines()[-1])
    assert status["box"] == organizer.box.public.id
    assert [fault for fault in status["faults"] if fault["code"] == "settings"] == []


def test_the_helper_answers(root: Root) -> None:
    """The helper serves the box's account in its own process, and refuses what is no order."""
    asked = (
        "import socket, subprocess, os\n"
        "ours, theirs = socket.socketpair()\n"
        "ours.sendall(b'format-card\\n')\n"
        "subprocess.run(['/opt/stallbox/bin/python', '-I', '-m', 'provisioning.helper'], stdin=theirs, check=True)\n"
        "print(ours.recv(500).decode())\n"
    )
    assert root.run(f'python3 -c "{asked}" 2>/dev/null').startswith("refused This is no order")


def test_uninstall(root: Root) -> None:
    """Everything goes but the data and the account that owns it, the network with it; it can be installed again."""
    settings = root.path / "var/lib/stallbox/stallbox.toml"
    settings.write_text(f"{settings.read_text()}\n{WPA2}")
    state = root.path / "var/lib/NetworkManager/NetworkManager.state"
    state.write_text(switched_off := "[main]\nWirelessEnabled=false\n")
    root.run("mkdir /here && mount --bind / /here && stallbox-hotspot --root /here && umount /here && rmdir /here")
    assert "regdom=DE" in (root.path / "etc/modprobe.d/stallbox.conf").read_text()
    assert state.read_text() != switched_off
    ledger = (root.path / "var/lib/stallbox/ledger.db").read_bytes()
    assert "still in /var/lib/stallbox" in root.run("cd /checkout && make uninstall")
    left = {path for path in root.files() if "stallbox" in path and not path.startswith("/var/lib/stallbox")}
    assert left == set()
    assert state.read_text() == switched_off
    assert (root.path / "var/lib/stallbox/ledger.db").read_bytes() == ledger
    assert root.run("stat -c %U /var/lib/stallbox/ledger.db").strip() == "stallbox"
    root.run("cd /checkout && make uninstall")
    root.run(INSTALL)
    assert root.run("systemctl --root=/ is-enabled stallbox.service").strip() == "enabled"
