"""The first start of a prepared card: its script in a Debian 12 and, called by the real cloud-init, in a Debian 13."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from provisioning.card import partition
from provisioning.card.wheels import choose, target
from provisioning.card.write import Load, write
from provisioning.quickstart import Plan, Started, quickstart
from provisioning.terms import Terms, parse_prices
from tests.install.roots import PROJECT, Root, make_root
from tests.install.test_install import ENABLED
from tests.provisioning.card.cards import bookworm, trixie
from tests.provisioning.conftest import unseen

pytestmark = pytest.mark.install

BY_SYSTEMD = "/boot/firmware/stallbox/first-boot.sh"
# As Raspberry Pi OS sets it up (pi-gen, stage2/04-cloud-init), without the modules that touch disks and the host name.
CLOUD_INIT = """\
datasource_list: [NoCloud, None]
datasource: {NoCloud: {seedfrom: 'file:///boot/firmware'}}
network: {config: disabled}
cloud_init_modules: [seed_random, bootcmd, write_files]
"""
BY_CLOUD_INIT = "cloud-init init --local && cloud-init init"
NO_RESTART = """\
#!/bin/sh
# There is no systemd here to start this root anew.
case "$*" in *reboot) exit 0 ;; esac
exec /usr/bin/systemctl "$@"
"""
SERVE = """
export STALLBOX_DIR=/var/lib/stallbox
as_box="setpriv --reuid stallbox --regid stallbox --init-groups"
systemd-socket-activate -E STALLBOX_DIR -l 0.0.0.0:80 -l 0.0.0.0:8443 $as_box stallbox run >/tmp/daemon.log 2>&1 &
daemon=$!
python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1/healthz", timeout=60)' >/dev/null
i=0
until $as_box stallbox status --json | grep harbour-lights; do
  i=$((i + 1)); [ $i -lt 60 ] || { cat /tmp/daemon.log; exit 1; }
  sleep 0.5
done
kill $daemon; wait $daemon
"""


@dataclass(frozen=True)
class Pi:
    root: Root
    started: Started
    first_start: str


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def pi(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pi]:
    """A root with its card prepared, which has not started yet; the tests below follow one another in it."""
    if os.geteuid() != 0:
        pytest.skip("a Debian root is made and entered as root")
    for tool in ("mmdebstrap", "unshare", "ip"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("card")
    is_new = request.param == "trixie"
    try:
        root = make_root(request.param, "3.13" if is_new else "3.11", folder, *(["cloud-init"] if is_new else []))
        (root.path / "boot").mkdir(exist_ok=True)
        boot = (trixie if is_new else bookworm)(root.path / "boot" / "firmware")
        if is_new:
            (root.path / "etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg").write_text(CLOUD_INIT)
            (root.path / "usr/local/bin/systemctl").write_text(NO_RESTART)
            (root.path / "usr/local/bin/systemctl").chmod(0o755)
        started = _workspace(folder)
        card = partition.look(boot)
        wheels = choose(root.path / "wheels", target(card.release, platform.machine()))
        write(card, Load(started.box.folder, (started.bundle,), wheels, PROJECT), lambda _: None)
        shutil.rmtree(root.path / "wheels")
        shutil.rmtree(root.path / "checkout")
        yield Pi(root, started, BY_CLOUD_INIT if is_new else BY_SYSTEMD)
    finally:
        shutil.rmtree(folder)


def _workspace(folder: Path) -> Started:
    photos = folder / "photos"
    photos.mkdir()
    Image.effect_noise((64, 64), 90).save(photos / "cover.jpg")
    (photos / "01-pier.jpg").write_bytes(os.urandom(3000))
    prices, currency = parse_prices(["8.00EUR"])
    plan = Plan(
        folder=photos,
        workspace=folder / "workspace",
        organizer="Ana Reyes",
        event="nmb-2026-12",
        box="Stall 7",
        terms=Terms("harbour-lights", "Harbour Lights", prices, currency, 10),
        passphrase=None,
        extra={},
    )
    return quickstart(plan, now=int(time.time()), progress=unseen)


def test_it_becomes_a_box(pi: Pi) -> None:
    """Without any network it is installed and founded, and nothing of the key is left where everybody reads."""
    boot = pi.root.path / "boot" / "firmware"
    said = pi.root.run(pi.first_start)
    log = boot / "stallbox-first-start.txt"
    assert log.exists(), said
    assert "This card is a box now." in log.read_text(), log.read_text()
    assert not (boot / "stallbox").exists()
    assert not (boot / "vendor-data").exists()
    assert "systemd.run" not in (boot / "cmdline.txt").read_text()
    assert pi.root.run(f"systemctl --root=/ is-enabled {' '.join(ENABLED)}").split() == ["enabled"] * len(ENABLED)
    key = pi.root.run("stat -c '%U %a' /var/lib/stallbox/keys/box.key /var/lib/stallbox")
    assert key.split() == ["stallbox", "600", "stallbox", "700"]


def test_it_sells(pi: Pi) -> None:
    """At its next start the box takes its bundle in and has the drop on sale."""
    status = json.loads(pi.root.run(SERVE).splitlines()[0])
    assert status["box"] == pi.started.box.box.key.id
    assert [drop["slug"] for drop in status["drops"]] == ["harbour-lights"]
    assert status["faults"] == [] or {fault["code"] for fault in status["faults"]} <= {"clock", "window"}


def test_nothing_is_left_to_do(pi: Pi) -> None:
    """Another start finds nothing to run, and cloud-init rests for good."""
    if pi.first_start is BY_CLOUD_INIT:
        assert (pi.root.path / "etc/cloud/cloud-init.disabled").exists()
    before = pi.root.files()
    if pi.first_start is BY_CLOUD_INIT:
        pi.root.run(pi.first_start)
    assert {path for path in pi.root.files() ^ before if path.startswith(("/boot", "/opt", "/etc/systemd"))} == set()
