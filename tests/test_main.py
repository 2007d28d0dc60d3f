"""The `stallbox` command beside a running daemon and without one: one log, one writer, sentences that help."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.__main__ import main
from appliance.core import batch
from appliance.premises import open_stall_in
from tests import ledgers
from tests.organizer import Organizer, key
from tests.running import ROOT, Daemon, Json, selling

DEEP = "a-data-directory-whose-path-is-longer-than-the-107-bytes-that-a-unix-socket-may-have/" * 2


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A box with numbers 1 to 10 whose daemon does not run yet."""
    with selling(tmp_path, 10) as made:
        yield made


class Commands:
    """Types commands on one data directory and reads what they print."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        self._capsys.readouterr()
        code = main([words[0], "--dir", str(self._data), *words[1:]])
        return code, *self._capsys.readouterr()

    def json(self, *words: str) -> Json:
        code, out, _ = self(*words, "--json")
        assert code == 0
        found: Json = json.loads(out)
        return found


@pytest.fixture
def type_(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(daemon.data, capsys)


def numbers(answer: Json) -> list[object]:
    sales = answer["sales"]
    assert isinstance(sales, list)
    return [sale["number"] for sale in sales]


def test_one_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`sell` beside the daemon, after its end and after its death: one log, no fork, however deep the directory."""
    with selling(tmp_path, 10, DEEP) as daemon:
        assert len(str(daemon.data)) > 107
        type_ = Commands(daemon.data, capsys)
        assert numbers(type_.json("sell", "harbour-lights")) == [1]
        daemon.open()
        assert numbers(type_.json("sell", "harbour-lights", "--quantity", "2")) == [2, 3]
        assert numbers(daemon.sell()) == [4]
        assert type_.json("status")["root"] == daemon.status()["root"]
        assert daemon.stop() == 0
        assert numbers(type_.json("sell", "harbour-lights")) == [5]
        daemon.open()
        daemon.kill()
        assert (daemon.data / "control.sock").exists(), "a killed daemon leaves its socket behind"
        assert numbers(type_.json("sell", "harbour-lights")) == [6]
        ledger = daemon.data / "ledger.db"
        assert len(ledgers.incarnations(ledger)) == 1
        sold = [entry.fields["number"] for entry in ledgers.log(ledger) if entry.type == "sale"]
        assert sold == [1, 2, 3, 4, 5, 6]


def test_second_daemon(daemon: Daemon) -> None:
    """A second daemon on the same data ends at once with exit code 1 and a sentence; the first goes on."""
    daemon.open()
    command = [sys.executable, "-m", "appliance", "run", "--dir", str(daemon.data)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"stallbox: Another stallbox is running on {daemon.data}. Stop that one first."
    ]
    assert numbers(daemon.sell()) == [1]


def test_port_in_use(daemon: Daemon, tmp_path: Path) -> None:
    """A port that another program has ends the daemon with exit code 1 and one sentence that names it."""
    daemon.open()
    other = tmp_path / "other"
    shutil.copytree(daemon.data, other, ignore=shutil.ignore_patterns("control.sock", "lock"))
    command = [sys.executable, "-m", "appliance", "run", "--dir", str(other)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    port = daemon.address.rpartition(":")[2]
    assert done.stderr.splitlines()[-1].startswith(f"stallbox: Port {port} or ")
    assert "Traceback" not in done.stderr


def answers(type_: Commands, bundle: Path, out: Path) -> dict[str, object]:
    """What the box answers to every command that leaves it as it was."""
    code, refusal, sentence = type_("sell", "no-such-drop", "--json")
    return {
        "status": type_("status")[1].splitlines()[1:],
        "ingest": type_.json("ingest", str(bundle)),
        "export": type_.json("export", str(out))["batches"],
        "sell": (code, json.loads(refusal)["code"], sentence),
    }


def test_same_answers(daemon: Daemon, type_: Commands, tmp_path: Path) -> None:
    """Status, ingest, export and refusals are the same through the daemon and without it."""
    bundle = Organizer(tmp_path).bundle(size=10)
    alone = answers(type_, bundle, tmp_path / "alone")
    daemon.open()
    assert answers(type_, bundle, tmp_path / "beside") == alone
    assert alone["status"] == ["  Harbour Lights: 0 sold, 10 left", "5 entries are not synced.", "Buttons: none."]
    assert alone["ingest"] == {"slug": "harbour-lights", "title": "Harbour Lights", "version": 1, "news": False}
    sentence = "stallbox: There is no drop “no-such-drop” on this box; it has harbour-lights.\n"
    assert alone["sell"] == (1, "unknown-drop", sentence)
    for folder in (tmp_path / "alone", tmp_path / "beside"):
        (written,) = folder.iterdir()
        assert [written.name] == alone["export"]
        assert batch.read(written.read_bytes(), key("box").public).last == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sell", "harbour-lights", "--discount", "1.00"], 1, "A discount needs a reason"),
        (["sell", "harbour-lights", "--discount", "some", "--reason", "friend"], 1, "some"),
        (["sell", "harbour-lights", "--price", "poster"], 1, "no price option poster"),
        (["sell", "harbour-lights", "--quantity", "11"], 1, "only 10 left"),
        (["ingest", "/nowhere/x.drop"], 1, "not a bundle"),
        (["ingest", "/"], 1, "`stallbox-organizer drop pack` makes"),
        (["export", "/proc/out"], 1, "/proc/out cannot be used"),
        (["export", __file__], 1, "cannot be used"),
    ],
)
def test_refusals(type_: Commands, words: list[str], code: int, said: str) -> None:
    """What is refused is exit code 1 and one sentence on standard error."""
    found, out, error = type_(*words)
    assert (found, out) == (code, "")
    assert error.startswith("stallbox: ")
    assert said in error
    assert len(error.splitlines()) == 1


def test_usage(type_: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be understood is exit code 2."""
    for words in (["sell"], ["sell", "x", "--quantity", "-1"], ["sing"]):
        with pytest.raises(SystemExit) as ended:
            type_(*words)
        assert ended.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_words_for_people(type_: Commands) -> None:
    """A sale on the terminal says number, pickup number and address; money is written as people write it."""
    words = ["sell", "harbour-lights", "--discount", "1.00", "--reason", "friend", "--tip", "0.50", "--method", "card"]
    code, out, _ = type_(*words)
    assert code == 0
    assert out.startswith("Sold #1: pickup number ")
    assert "HTTP://10.42.0.1/C/" in out


def test_unknown_page(type_: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that there is not is wrong usage, and hears which there are."""
    with pytest.raises(SystemExit):
        type_("screen", "--show", "nope")
    assert "there is no page nope; there are boot, join, shop" in capsys.readouterr().err


def test_one_of_a_thing(type_: Commands, tmp_path: Path) -> None:
    """One entry and one batch are not spoken of as many; a log that ends before what is wanted is said to."""
    assert " entries are not synced." in type_("status")[1]
    assert type_("export", str(tmp_path / "out"))[1].startswith("1 batch written")
    code, _, error = type_("export", str(tmp_path / "out"), "--from", "9999")
    assert (code, "The log ends before entry 9999" in error) == (1, True)


def test_paid_back_is_told(daemon: Daemon, type_: Commands) -> None:
    """The close in words says what was paid back."""
    [sale] = type_.json("sell", "harbour-lights")["sales"]
    asyncio.run(_pay_back(daemon.data, sale["sale"]))
    assert "Paid back €8.00, in 1 refund.\n" in type_("close")[1]


async def _pay_back(data: Path, sale: str) -> None:
    async with open_stall_in(data) as (stall, _):
        await stall.undo.refund(sale, None, "torn", by=None, pin=None)


@pytest.mark.parametrize("place", ["/proc/x", __file__])
def test_nowhere_to_write(place: str, daemon: Daemon, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A data directory that cannot be made is one sentence that names it."""
    for name in ("stallbox.toml", "keys/box.key", "keys/owner-card.json"):
        shutil.copy2(daemon.data / name, tmp_path)
    code, _, error = Commands(Path(place), capsys)("init", str(tmp_path))
    assert (code, error.count("\n")) == (1, 1)
    assert f"{place} cannot be used" in error


def test_sale_on_the_terminal_is_entered(daemon: Daemon, type_: Commands) -> None:
    """Discount, reason, tip, method and receipt number arrive in the entry."""
    words = ["--discount", "1.00", "--reason", "friend", "--tip", "0.50", "--method", "card", "--payment-ref", "R-17"]
    type_.json("sell", "harbour-lights", *words)
    fields = ledgers.log(daemon.data / "ledger.db")[-1].fields
    wanted = {"discount": 100, "discount_reason": "friend", "tip": 50, "method": "card", "payment_ref": "R-17"}
    assert {name: fields[name] for name in wanted} == wanted


def test_init(daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`init` makes a box of the organizer's folder, once; its secrets are for nobody else."""
    folder = tmp_path / "stall-7"
    folder.mkdir()
    for name in ("stallbox.toml", "keys/box.key", "keys/owner-card.json"):
        shutil.copy2(daemon.data / name, folder)
    fresh = tmp_path / "fresh"
    type_ = Commands(fresh, capsys)
    code, out, _ = type_("init", str(folder))
    assert code == 0
    assert key("box").public.id in out
    assert [entry.type for entry in ledgers.log(fresh / "ledger.db")] == ["restart"]
    assert {path.stat().st_mode & 0o077 for path in (fresh / "keys").iterdir()} == {0}
    assert type_("init", str(folder))[0] == 1


def test_no_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is no data directory is refused with what to do, and nothing is made in it."""
    code, _, error = Commands(tmp_path, capsys)("status")
    assert code == 1
    assert "stallbox init" in error
    assert list(tmp_path.iterdir()) == []
