"""`stallbox mirror` and `stallbox adopt`: beside the running daemon and without one."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.premises import open_stall_in
from tests.box import CARD
from tests.running import ROOT, Daemon, Json, selling


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box whose daemon does not run yet."""
    with selling(tmp_path, 10) as made:
        yield made


def _json(capsys: pytest.CaptureFixture[str], *words: object) -> Json:
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


def _wait_for_files(stick: Path, *names: str) -> None:
    """Until the box has copied them, which it does beside the sales."""
    end = time.monotonic() + 30
    while not set(names) <= {path.name for path in stick.rglob("*")}:
        assert time.monotonic() < end, "the files do not come"
        time.sleep(0.02)


def test_running_and_stopped(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mirror is prepared on the running box, kept by a command that sells without it, and adopted."""
    stick, spare = tmp_path / "stick", tmp_path / "spare"
    stick.mkdir()
    daemon.open()
    answer = _json(capsys, "mirror", "--prepare", stick, "--sync", "--card", CARD, "--dir", daemon.data)
    assert (answer["mirror"], answer["sync"], answer["fault"]) == ("kept", True, None)
    daemon.sell()
    _wait_for_files(stick, "01-pier.jpg", "02-boats.jpg")
    assert daemon.stop() == 0
    assert main(["sell", "harbour-lights", "--dir", str(daemon.data)]) == 0
    stick.rename(tmp_path / "pulled")
    assert main(["sell", "harbour-lights", "--dir", str(daemon.data)]) == 1
    assert "Put it back" in capsys.readouterr().err
    assert _json(capsys, "mirror", "--go-on", "--dir", daemon.data)["mirror"] == "without"
    assert main(["sell", "harbour-lights", "--dir", str(daemon.data)]) == 0
    (tmp_path / "pulled").rename(stick)
    assert _json(capsys, "mirror", "--dir", daemon.data)["mirror"] == "kept"
    words = ("adopt", stick, "--card", CARD, "--went-on-without", "no", "--dir", spare)
    adopted = _json(capsys, *words)
    assert (adopted["sales"], adopted["blocked"], adopted["missing"]) == (3, False, [])
    assert main(["sell", "harbour-lights", "--dir", str(spare)]) == 0
    assert "#4" in capsys.readouterr().out
    assert main(["sell", "harbour-lights", "--dir", str(daemon.data)]) == 1
    assert "adopted" in capsys.readouterr().err


def test_nobody_to_ask(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word on whether the old box went on, numbers are blocked; a folder without a mirror is refused."""
    assert main(["adopt", str(tmp_path), "--card", CARD, "--dir", str(tmp_path / "spare")]) == 1
    assert "no mirror" in capsys.readouterr().err
    (tmp_path / "stick").mkdir()
    _json(capsys, "mirror", "--prepare", tmp_path / "stick", "--sync", "--card", CARD, "--dir", daemon.data)
    assert _json(capsys, "adopt", tmp_path / "stick", "--card", CARD, "--dir", tmp_path / "spare")["blocked"] is True
    assert main(["mirror", "--stop", "--dir", str(daemon.data)]) == 0
    assert "keeps no mirror" in capsys.readouterr().out


def test_where_it_may_lie(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there, or lies in the box's own data, is no place; that another is left is said."""
    words = ("--card", CARD, "--dir", str(daemon.data))
    for place, said in ((tmp_path / "typo", "There is no folder"), (daemon.data, "lost with it")):
        assert main(["mirror", "--prepare", str(place), *words]) == 1
        assert said in capsys.readouterr().err
        assert not (place / "STALLBOX").exists()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert main(["mirror", "--prepare", str(tmp_path / "one"), *words]) == 0
    assert "no more" not in capsys.readouterr().out
    assert main(["mirror", "--prepare", str(tmp_path / "two"), *words]) == 0
    assert f"The mirror in {tmp_path / 'one'}/STALLBOX/MIRROR is kept up no more." in capsys.readouterr().out


def test_card_that_is_not_typed(daemon: Daemon, tmp_path: Path) -> None:
    """Where nobody can type the owner card, one sentence says how to give it."""
    words = ["mirror", "--prepare", str(tmp_path), "--dir", str(daemon.data)]
    done = subprocess.run(
        [sys.executable, "-m", "appliance", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
        start_new_session=True,
    )
    assert done.returncode == 1
    assert "give it with --card" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_the_question(daemon: Daemon, tmp_path: Path) -> None:
    """Ctrl-C at the question for the owner card ends `adopt` and `mirror` at once."""
    for words in (["adopt", str(tmp_path)], ["mirror", "--prepare", str(tmp_path)]):
        pid, terminal = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may have it ignored
            os.chdir(ROOT)
            os.execv(sys.executable, [sys.executable, "-m", "appliance", *words, "--dir", str(daemon.data)])
        asked = b""
        while b"Owner card" not in asked:
            asked += os.read(terminal, 1024)
        os.write(terminal, b"\x03")
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        assert os.waitstatus_to_exitcode(status) == 130


def test_another_card(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A card of another box is refused in one sentence that speaks of owner cards alone."""
    (tmp_path / "stick").mkdir()
    _json(capsys, "mirror", "--prepare", tmp_path / "stick", "--card", CARD, "--dir", daemon.data)
    assert main(["adopt", str(tmp_path / "stick"), "--card", "0" * 26, "--dir", str(tmp_path / "spare")]) == 1
    error = capsys.readouterr().err
    assert "This owner card does not open the mirror" in error
    assert "pass phrase" not in error


def test_void_sales_are_not_counted(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`adopt` counts the sales that stand, as the status does."""
    (tmp_path / "stick").mkdir()
    _json(capsys, "mirror", "--prepare", tmp_path / "stick", "--sync", "--card", CARD, "--dir", daemon.data)
    sale = _json(capsys, "sell", "harbour-lights", "--quantity", "2", "--dir", daemon.data)["sales"][0]["sale"]
    asyncio.run(_void(daemon.data, sale))
    words = ("adopt", tmp_path / "stick", "--card", CARD, "--went-on-without", "no", "--dir", tmp_path / "spare")
    assert _json(capsys, *words)["sales"] == 1


async def _void(data: Path, sale: str) -> None:
    async with open_stall_in(data) as (stall, _):
        await stall.undo.void(sale, "a mistake", by=None)
