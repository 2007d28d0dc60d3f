"""`stallbox mirror` and `stallbox adopt`: beside the running daemon and without one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.__main__ import main
from tests.box import CARD
from tests.running import Daemon, Json, selling


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


def test_running_and_stopped(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mirror is prepared on the running box, kept by a command that sells without it, and adopted."""
    stick, spare = tmp_path / "stick", tmp_path / "spare"
    daemon.open()
    answer = _json(capsys, "mirror", "--prepare", stick, "--sync", "--card", CARD, "--dir", daemon.data)
    assert (answer["mirror"], answer["sync"], answer["fault"]) == ("kept", True, None)
    daemon.sell()
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
    _json(capsys, "mirror", "--prepare", tmp_path / "stick", "--sync", "--card", CARD, "--dir", daemon.data)
    assert _json(capsys, "adopt", tmp_path / "stick", "--card", CARD, "--dir", tmp_path / "spare")["blocked"] is True
    assert main(["mirror", "--stop", "--dir", str(daemon.data)]) == 0
    assert "keeps no mirror" in capsys.readouterr().out
