"""The commands as they are typed: a whole event by hand, exit codes, JSON, questions and warnings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from appliance.core.keys import is_sealed, read_key_file
from provisioning.__main__ import main
from tests.provisioning.conftest import Type, answered
from tests.running import ROOT

PACK = ("--slug", "hl", "--title", "Harbour Lights", "--price", "8.00EUR", "--edition", "100")


@pytest.fixture
def phrase(tmp_path: Path) -> Path:
    """A file with a pass phrase, as it ends on Windows."""
    path = tmp_path / "phrase.txt"
    path.write_bytes(b"geheim\r\nsecond line\n")
    return path


@pytest.fixture
def event(tmp_path: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one creator, found by the environment."""
    folder = tmp_path / "event"
    answered(type_("init", folder, "--name", "Night Market", "--event", "nmb-2026-12", "--no-passphrase", "--json"))
    monkeypatch.setenv("STALLBOX_WORKSPACE", str(folder))
    answered(type_("key", "new", "creator", "Ana Reyes", "--no-passphrase", "--json"))
    return folder


def test_an_event_by_hand(event: Path, photos: Path, tmp_path: Path, type_: Type) -> None:
    """From the root key to a bundle for the second box, each command as a person would type it."""
    assert answered(type_("trust", "sign", "--json"))["version"] == 1
    assert answered(type_("drop", "pack", photos, *PACK, "--json"))["files"] == 3
    first = answered(type_("box", "add", "stall-7", "--numbers", "hl=1-50", "--json"))
    assert Path(first["card"]).exists()
    added = type_("box", "add", "stall-8", answers="51-60\n")
    assert "Numbers of hl (free: 51-100" in added.stderr + added.stdout
    assert "may sell 51-60" in added.stderr
    made = answered(type_("allot", "hl", "stall-7=1-50,91-100", "stall-8=51-80", "--json"))
    assert made["boxes"] == {"stall-7": "1-50,91-100", "stall-8": "51-80"}
    assert made["epoch"] == 3
    inspected = answered(type_("drop", "inspect", "hl", "--json"))
    assert (inspected["allotted"], inspected["free"]) == (made["boxes"], "81-90")
    bundle = Path(answered(type_("bundle", "hl", "stall-8", "-o", tmp_path / "stick", "--json"))["bundle"])
    assert bundle == tmp_path / "stick" / "hl-v1.drop"
    assert len(next(bundle.glob("certificates.*")).read_bytes().splitlines()) == 30
    assert answered(type_("verify", bundle, "--json"))["findings"][0]["state"] == "holds"


def test_the_page_for_a_lid_is_printed_or_looked_at(event: Path, tmp_path: Path, type_: Type) -> None:
    """PDF or PNG by the name of the file; a box that is not there is refused."""
    answered(type_("trust", "sign", "--json"))
    answered(type_("box", "add", "stall-7", "--json"))
    for name, start in (("lid.pdf", b"%PDF"), ("lid.png", b"\x89PNG")):
        page = Path(answered(type_("lid", "--box", "stall-7", "-o", tmp_path / name, "--json"))["page"])
        assert page.read_bytes().startswith(start)
    assert type_("lid", "--box", "stall-9", "-o", tmp_path / "none.pdf").exit_code == 1
    assert not (tmp_path / "none.pdf").exists()


def test_quickstart_is_one_command(photos: Path, tmp_path: Path, type_: Type, phrase: Path) -> None:
    """Workspace, box folder and bundle, and the next steps for people."""
    words = ("quickstart", photos, "--title", "Harbour Lights", "--price", "8.00EUR", "--edition", "10")
    done = type_(*words, "--name", "Ana Reyes", "--passphrase-file", phrase)
    assert done.exit_code == 0, done.stderr
    workspace = tmp_path / "harbour-lights-organizer"
    for said in (
        "stallbox init stall-1",
        "stallbox ingest harbour-lights-v1.drop",
        "owner-card.pdf",
        "10 certificates",
    ):
        assert said in done.stdout
    assert (workspace / "bundles" / "stall-1" / "harbour-lights-v1.drop").is_dir()
    for key in (workspace / "root.key", workspace / "keys" / "creator-ana-reyes.key"):
        assert read_key_file(key.read_bytes(), "geheim")


def test_bad_names_stop_quickstart_before_it_begins(photos: Path, tmp_path: Path, type_: Type) -> None:
    """Nothing is half made, and all faults are told."""
    (photos / "nul.txt").touch()
    (photos / "a?").touch()
    words = ("quickstart", photos, "--title", "X", "--price", "8.00EUR", "--edition", "10", "--name", "A")
    refused = type_(*words, "--no-passphrase")
    assert refused.exit_code == 1
    assert "nul.txt" in refused.stderr
    assert "a?" in refused.stderr
    assert not (tmp_path / "x-organizer").exists()


def test_a_pass_phrase_is_asked_for_twice(tmp_path: Path, type_: Type) -> None:
    """Two that differ are asked for again; the key opens with the one that was typed twice."""
    made = type_("init", "w", "--name", "N", "--event", "event", answers="one\ntwo\ngood\ngood\n")
    assert made.exit_code == 0
    data = (tmp_path / "w" / "root.key").read_bytes()
    assert is_sealed(data)
    assert read_key_file(data, "good")


def test_no_pass_phrase_only_with_a_warning(tmp_path: Path, type_: Type) -> None:
    """Whoever leaves it out is told on stderr what that means."""
    made = type_("init", "w", "--name", "N", "--event", "event", "--no-passphrase")
    assert made.exit_code == 0
    assert "can sign in your name" in made.stderr
    assert not is_sealed((tmp_path / "w" / "root.key").read_bytes())


def test_both_or_an_empty_pass_phrase_are_refused(tmp_path: Path, type_: Type, phrase: Path) -> None:
    """Nothing is made of a command that contradicts itself."""
    words = ("init", "w", "--name", "N", "--event", "event", "--passphrase-file", phrase)
    assert type_(*words, "--no-passphrase").exit_code == 2
    phrase.write_text("\n")
    refused = type_(*words)
    assert refused.exit_code == 1
    assert "empty" in refused.stderr
    assert not (tmp_path / "w" / "root.key").exists()


def test_a_wrong_pass_phrase_is_a_refusal(tmp_path: Path, type_: Type, phrase: Path) -> None:
    """One sentence on stderr, exit code 1, no traceback."""
    type_("init", "w", "--name", "N", "--event", "event", "--passphrase-file", phrase)
    refused = type_("trust", "sign", "--workspace", "w", answers="anders\n")
    assert refused.exit_code == 1
    assert "pass phrase does not open" in refused.stderr
    assert "Traceback" not in refused.stderr


_QUICK = ("quickstart", "photos", "--title", "T", "--price", "1.00EUR", "--edition", "1", "--workspace", "w")


@pytest.mark.parametrize(
    "words",
    [
        ("init", "w", "--name", "N", "--event", "NO"),
        ("init", "w", "--name", "\t", "--event", "event"),
        (*_QUICK, "--name", "N", "--event", "NO"),
        (*_QUICK, "--name", "N", "--box", "x" * 41),
    ],
)
@pytest.mark.usefixtures("photos")
def test_a_beginning_that_cannot_be_leaves_nothing(tmp_path: Path, type_: Type, words: tuple[str, ...]) -> None:
    """Neither key nor folder: after the correction the same command works."""
    assert type_(*words, "--no-passphrase").exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_somebody_who_cannot_be_listed_leaves_no_key(event: Path, type_: Type) -> None:
    """The name may be used again after the correction."""
    refused = type_("key", "new", "creator", "Ben", "--drops", "a?c", "--no-passphrase")
    assert refused.exit_code == 1
    assert "drops" in refused.stderr
    answered(type_("key", "new", "creator", "Ben", "--no-passphrase", "--json"))


def test_every_role_is_listed(event: Path, type_: Type) -> None:
    """Issuer, cosigner and contact key stand in organizer.json with sensible limits."""
    answered(type_("key", "new", "issuer", "Card reader 1", "--max-count", 500, "--no-passphrase", "--json"))
    answered(type_("key", "new", "cosigner", "Collector", "--no-passphrase", "--json"))
    contact = answered(type_("key", "new", "contact", "aftercare", "--no-passphrase", "--json"))
    roster = json.loads((event / "organizer.json").read_text())
    assert roster["issuers"][0]["max_count"] == 500
    assert roster["cosigners"][0]["note"] == "collector.nmb-2026-12"
    assert roster["contact_key"] == contact["public"]
    assert answered(type_("trust", "sign", "--json"))["signed"] is True
    assert answered(type_("trust", "sign", "--json"))["signed"] is False


def test_a_workspace_is_found_from_inside(event: Path, type_: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the folder one is in, by --workspace before or after the command; without any it is asked for."""
    monkeypatch.delenv("STALLBOX_WORKSPACE")
    refused = type_("trust", "sign")
    assert refused.exit_code == 1
    assert "--workspace" in refused.stderr
    assert type_("--workspace", event, "trust", "sign", "--json").exit_code == 0
    assert type_("trust", "sign", "--workspace", event, "--json").exit_code == 0
    monkeypatch.chdir(event / "keys")
    assert type_("trust", "sign", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("drop", "inspect", "nothing"), 1, "drop pack"),
        (("bundle", "nothing", "stall-7"), 1, "drop pack"),
        (("allot", "nothing", "stall-7=1"), 1, "drop pack"),
        (("allot", "nothing"), 2, "Missing argument"),
        (("drop", "pack", "nowhere", *PACK), 2, "does not exist"),
        (("verify", "nowhere"), 2, "does not exist"),
        (("key", "new", "creator", "???", "--no-passphrase"), 1, "letter"),
        (("box", "add", "x", "--numbers", "hl"), 2, "DROP=1-60"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_refusals_and_wrong_usage_differ(
    event: Path, type_: Type, words: tuple[str, ...], code: int, said: str
) -> None:
    """1 is refused, 2 is wrong usage; stderr says what to do."""
    result = type_(*words)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_an_unwritable_place_is_a_sentence(type_: Type, tmp_path: Path) -> None:
    """What the system refuses is told with the path, not with a traceback."""
    (tmp_path / "file").touch()
    refused = type_("init", tmp_path / "file" / "w", "--name", "N", "--event", "event", "--no-passphrase")
    assert refused.exit_code == 1
    assert str(tmp_path / "file") in refused.stderr


def _commands(group: click.Group, *before: str) -> list[tuple[tuple[str, ...], click.Command]]:
    found = []
    for name, command in group.commands.items():
        words = (*before, name)
        found += _commands(command, *words) if isinstance(command, click.Group) else [(words, command)]
    return found


@pytest.mark.parametrize(
    ("words", "command"), _commands(main), ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_every_command_has_help_with_an_example(words: tuple[str, ...], command: click.Command) -> None:
    """`--help` shows how it is typed."""
    assert command.help is not None
    assert f"Example: stallbox-organizer {' '.join(words)}" in " ".join(command.help.split())


def test_nobody_is_there_to_type(photos: Path, tmp_path: Path) -> None:
    """Without a terminal the sentence names the options to use instead, and nothing else is written."""
    words = ("quickstart", photos, "--title", "Lights", "--price", "8.00EUR", "--name", "Ana", "--edition", "3")
    typed = subprocess.run(
        [sys.executable, "-m", "provisioning", *map(str, words)],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=30,
    )
    assert typed.returncode == 1
    assert "--passphrase-file, or say --no-passphrase" in typed.stderr
    assert "Warning" not in typed.stderr
    assert not (tmp_path / "lights-organizer").exists()
