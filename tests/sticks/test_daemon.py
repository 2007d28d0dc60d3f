"""The daemon itself watches its sticks: what `stallbox run` makes of one that is mounted where it looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.core.documents import write_json
from appliance.core.merkle import Tree, leaf_hash
from appliance.core.tlog import Checkpoint, origin, sign_checkpoint
from tests.answering import signed
from tests.organizer import Organizer
from tests.running import Daemon, selling
from tests.sticks.loops import LoopStick

pytestmark = pytest.mark.sticks


def until(condition: Callable[[], bool], patience_s: float = 20.0) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def slugs(daemon: Daemon) -> list[object]:
    drops = daemon.status()["drops"]
    assert isinstance(drops, list)
    return sorted(drop["slug"] for drop in drops)


def test_bundle(stick: LoopStick, tmp_path: Path) -> None:
    """A bundle on a stick that is put in while the box runs is on sale."""
    with selling(tmp_path, 5) as daemon:
        daemon.start(STALLBOX_STICKS=str(stick.place.parent))
        daemon.wait_open()
        with stick.elsewhere() as home:
            Organizer(tmp_path).drop("zine", None).bundle(home)
        stick.put_in()
        until(lambda: slugs(daemon) == ["harbour-lights", "zine"])
        assert daemon.stop() == 0


def test_another_history(stick: LoopStick, tmp_path: Path) -> None:
    """What the collector has cosigned and the ledger does not hold ends the daemon, which begins anew when started."""
    organizer = Organizer(tmp_path)
    with selling(tmp_path, 5) as daemon:
        daemon.start(STALLBOX_STICKS=str(stick.place.parent))
        daemon.wait_open()
        before = daemon.status()
        box, log = organizer.box, int(str(before["incarnation"]))
        tree = Tree(leaf_hash(b"other %d" % n) for n in range(99))
        note = Checkpoint(origin(box.public.id, log), 99, tree.root())
        text = signed(sign_checkpoint(note, box.sign, box.public.raw), organizer.cosigner)
        lists: dict[str, object] = {"missing": [], "verdicts": [], "papers": []}
        answer = {"spec": 1, "box": box.public.id, "incarnation": log, "checkpoint": text, **lists}
        with stick.elsewhere() as home:
            (home / "ACK").mkdir()
            name = f"STALLBOX-{box.public.id.upper()}-{log:08X}-{98:010}.ACK.JSON"
            (home / "ACK" / name).write_bytes(write_json(answer))
        stick.put_in()
        until(lambda: not daemon.is_open())
        assert daemon.wait() == 1
        assert "numbers in doubt are blocked" in daemon.log()
        stick.take_out()
        daemon.open()
        after = daemon.status()
        assert after["incarnation"] != before["incarnation"]
        drops = after["drops"]
        assert isinstance(drops, list)
        assert [(drop["blocked"], drop["left"]) for drop in drops] == [(5, 0)]
