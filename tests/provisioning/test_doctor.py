"""`stallbox doctor`, and with --phones: what it finds on a good box, and that it finds what is wrong on a bad one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from appliance import settings as settings_file
from appliance.__main__ import main
from appliance.core.probes import PROBES, Apple, System
from appliance.errors import StoreError
from appliance.settings import Settings
from provisioning.doctor.phones import replay, table
from provisioning.doctor.verdict import Answer, Verdict, verdict
from tests.running import ROOT, Daemon, selling
from tests.web.served import Box, running_box


def settings_of(box: Box, **portal: object) -> Settings:
    """The settings of a running box, with the port that it got."""
    read = settings_file.parse((box.folder / "stallbox.toml").read_text())
    port = int(box.shop.rpartition(":")[2])
    return replace(read, web=replace(read.web, port=port), portal=replace(read.portal, **portal))  # type: ignore[arg-type]


class TestReplay:
    @pytest.mark.parametrize("apple", Apple)
    async def test_a_good_box(self, tmp_path: Path, apple: Apple) -> None:
        """Every row of the table is asked, and nothing is wrong; a second time as well, and no phone is left behind."""
        async with running_box(tmp_path, more=f'[portal]\napple = "{apple}"') as box:
            for _ in range(2):
                rows = await replay(settings_of(box))
                assert [row.fault for row in rows] == [None] * len(PROBES)
            assert [row.name for row in rows] == [probe.name for probe in PROBES]
            found = {row.name: (row.first, row.after) for row in rows}
            first = Verdict.INTERNET if apple is Apple.QUIET else Verdict.SIGN_IN
            assert found["apple"] == (first, Verdict.INTERNET)
            assert found["android"] == (Verdict.SIGN_IN, Verdict.SIGN_IN)
            assert found["windows"] == found["firefox"] == found["gnome"] == (Verdict.SIGN_IN, Verdict.INTERNET)
            assert box.visits.all() == ()

    async def test_not_as_set(self, box: Box) -> None:
        """A box that answers otherwise than its settings say is found out, and the table says what should be."""
        rows = await replay(settings_of(box, apple=Apple.POPUP))
        bad = {row.name: row.fault for row in rows if row.fault}
        assert bad == {"apple": "at first it should find: sign in"}
        assert "! at first it should find: sign in" in table(rows).splitlines()[2]

    async def test_another_server(self, stranger: Settings) -> None:
        """A server that says 404 to everything is no portal: every phone finds a dead network, and the rows say so."""
        rows = await replay(stranger)
        assert all(row.fault for row in rows)
        assert next(row for row in rows if row.name == "android").first == Verdict.DEAD

    async def test_nobody_there(self, box: Box) -> None:
        """Where nothing listens, the sentence says what to do."""
        nowhere = settings_of(box)
        with pytest.raises(StoreError, match="Start the box"):
            await replay(replace(nowhere, web=replace(nowhere.web, port=9)))


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    async with running_box(tmp_path) as running:
        yield running


@pytest.fixture
async def stranger(box: Box) -> AsyncIterator[Settings]:
    """A server that is no stallbox, and settings that lead to it."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    read = settings_of(box)
    yield replace(read, web=replace(read.web, port=runner.addresses[0][1]))
    await runner.cleanup()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entry points as pyproject.toml has them, whether or not this checkout is installed as it is now."""
    folder = tmp_path / "site" / "stallbox-0.dist-info"
    folder.mkdir(parents=True)
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["stallbox.commands"]
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: stallbox\nVersion: 0\n")
    lines = [f"{name} = {value}" for name, value in points.items()]
    (folder / "entry_points.txt").write_text("[stallbox.commands]\n" + "\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(folder.parent))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with selling(tmp_path, 3) as made:
        yield made


Type = Callable[..., int]


@pytest.mark.usefixtures("installed")
class TestCommand:
    def test_beside_the_daemon(self, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
        """`stallbox doctor --phones` prints a line for each probe and ends with 0; with --json the same for scripts."""
        daemon.open()
        assert main(["doctor", "--phones", "--dir", str(daemon.data)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["phone", "at", "first", "after", "Continue", "asks"]
        assert len(lines) == 1 + len(PROBES)
        assert main(["doctor", "--phones", "--json", "--dir", str(daemon.data)]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert rows[0] == {
            "name": "apple",
            "asks": "http://captive.apple.com/hotspot-detect.html",
            "first": "internet",
            "after": "internet",
            "fault": None,
        }

    def test_a_faulty_box(self, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
        """Faults are exit code 1 and a sentence that names them."""
        daemon.open()
        settings = daemon.data / "stallbox.toml"
        settings.write_text(settings.read_text() + '\n[portal]\napple = "popup"\n')
        assert main(["doctor", "--phones", "--dir", str(daemon.data)]) == 1
        assert "wrong thing: apple" in capsys.readouterr().err

    def test_a_stopped_box(self, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
        """A box that does not run is exit code 1 and what to do."""
        assert main(["doctor", "--phones", "--dir", str(daemon.data)]) == 1
        assert "Start the box" in capsys.readouterr().err

    def test_the_examination(self, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
        """A line for each subject, of a stopped box and of a running one; the same for scripts; 0 without a fault."""
        assert main(["doctor", "--dir", str(daemon.data)]) == 0
        assert "the box is stopped" in capsys.readouterr().out.splitlines()[0]
        daemon.open()
        assert main(["doctor", "--dir", str(daemon.data)]) == 0
        assert capsys.readouterr().out.splitlines()[0].split() == ["✓", "ok", "service", "runs"]
        assert main(["doctor", "--json", "--dir", str(daemon.data)]) == 0
        lines = {line["about"]: line for line in json.loads(capsys.readouterr().out)}
        assert lines["drops"] == {"about": "drops", "level": "ok", "text": "Harbour Lights (3 left)", "fix": ""}
        assert {"radio", "seats", "disk", "clock", "papers", "screen", "buttons", "power", "synced"} <= lines.keys()

    def test_a_box_that_cannot_say(self, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
        """A box that cannot even open its data is exit code 1, and its own sentence is the fix."""
        (daemon.data / "keys" / "box.key").chmod(0o644)
        assert main(["doctor", "--dir", str(daemon.data)]) == 1
        said = capsys.readouterr()
        assert "chmod 600" in said.out
        assert "To be fixed before the market: box." in said.err

    def test_no_box(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A folder that is no data directory is refused."""
        assert main(["doctor", "--phones", "--dir", str(tmp_path)]) == 1
        assert "--dir" in capsys.readouterr().err


WAY = {"location": "http://10.42.0.1/captive-portal", "content-length": "90"}


@pytest.mark.parametrize(
    ("system", "status", "headers", "body", "wanted"),
    [
        (System.APPLE, 302, WAY, b"", Verdict.SIGN_IN),
        (System.APPLE, 200, {}, b"<p>Success", Verdict.SIGN_IN),
        (System.APPLE, 404, {}, b"", Verdict.SIGN_IN),
        (System.ANDROID, 204, {}, b"", Verdict.INTERNET),
        (System.ANDROID, 302, WAY, b"", Verdict.SIGN_IN),
        (System.ANDROID, 200, {"content-length": "5"}, b"12345", Verdict.SIGN_IN),
        (System.ANDROID, 200, {"content-length": "4"}, b"1234", Verdict.DEAD),
        (System.ANDROID, 200, {}, b"", Verdict.DEAD),
        (System.ANDROID, 404, {}, b"nothing here", Verdict.DEAD),
        (System.ANDROID, 511, {}, b"sign in here", Verdict.DEAD),
        (System.WINDOWS, 200, {}, b"Microsoft Connect Test\n", Verdict.SIGN_IN),
        (System.WINDOWS, 200, {}, b"Microsoft Connect Test", Verdict.INTERNET),
        (System.FIREFOX, 200, {}, b"success\n", Verdict.INTERNET),
        (System.FIREFOX, 200, {}, b"success", Verdict.SIGN_IN),
        (System.LINUX, 200, {}, b"NetworkManager is online\n", Verdict.INTERNET),
        (System.LINUX, 204, {"x-networkmanager-status": "online"}, b"", Verdict.INTERNET),
        (System.LINUX, 302, WAY, b"", Verdict.SIGN_IN),
        (System.LINUX, 500, {}, b"", Verdict.DEAD),
    ],
)
def test_verdicts(system: System, status: int, headers: dict[str, str], body: bytes, wanted: Verdict) -> None:
    """Each system's own reading of an answer."""
    assert verdict(system, Answer(status, headers, body)) is wanted
