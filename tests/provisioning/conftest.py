"""Small workspaces, and commands as they are typed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from provisioning.__main__ import main
from provisioning.hashing import Advance
from provisioning.quickstart import Plan, Started, quickstart
from provisioning.terms import Terms, parse_prices
from provisioning.workspace import Workspace
from tests.organizer import NOW

Type = Callable[..., Result]


@contextmanager
def unseen(_: str, __: int) -> Iterator[Advance]:
    """A progress bar that nobody watches."""
    yield lambda _: None


@pytest.fixture(scope="session")
def first_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `photos` is a copy of; no test changes it."""
    folder = tmp_path_factory.mktemp("first") / "photos"
    (folder / "night").mkdir(parents=True)
    content = random.Random(7)
    for name in ("01-pier.jpg", "night/02-boats.jpg"):
        (folder / name).write_bytes(content.randbytes(3000))
    Image.effect_noise((64, 64), 90).save(folder / "cover.jpg")
    return folder


@pytest.fixture
def photos(tmp_path: Path, first_photos: Path) -> Path:
    """A creator's folder: two files, one of them in a folder, and a cover."""
    return Path(shutil.copytree(first_photos, tmp_path / "photos"))


@pytest.fixture(scope="session")
def first_started(first_photos: Path) -> Started:
    """The workspace that `started` is a copy of; no test changes it."""
    prices, currency = parse_prices(["8.00EUR", "print=25.00EUR:With signed print:the print:2"])
    plan = Plan(
        folder=first_photos,
        workspace=first_photos.with_name("workspace"),
        organizer="Ana Reyes",
        event="nmb-2026-12",
        box="Stall 7",
        terms=Terms("harbour-lights", "Harbour Lights", prices, currency, 10),
        passphrase=None,
        extra={},
    )
    return quickstart(plan, now=NOW, progress=unseen)


@pytest.fixture
def started(tmp_path: Path, photos: Path, first_photos: Path, first_started: Started) -> Started:
    """A workspace with one creator, one box, one drop of ten copies, and its bundle."""
    first, workspace = first_started.workspace, Workspace(tmp_path / "workspace")
    shutil.copytree(first.folder, workspace.folder)
    source = workspace.drop("harbour-lights") / "source.json"
    source.write_text(source.read_text().replace(str(first_photos), str(photos)))
    return replace(
        first_started,
        workspace=workspace,
        box=replace(first_started.box, folder=workspace.box(first_started.box.box.name)),
        bundle=workspace.folder / first_started.bundle.relative_to(first.folder),
    )


@pytest.fixture
def type_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Types a command in `tmp_path`; `answers` are typed at its questions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STALLBOX_WORKSPACE", raising=False)

    def run(*words: object, answers: str = "") -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=answers)

    return run


def answered(result: Result) -> Any:
    """The JSON object that a command gave, which must have ended well."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)
