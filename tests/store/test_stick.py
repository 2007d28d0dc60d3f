"""Writing onto a stick: whole or not at all, never twice, never through what somebody has put in the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from appliance.errors import PaperError, StoreError
from appliance.store.stick import find, make_folder, put
from appliance.tree import Tree, open_tree

DATA = b"a batch\n" * 1000


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Tree]:
    with open_tree(tmp_path) as tree:
        yield tree


def test_put(out: Tree, tmp_path: Path) -> None:
    """A file is written once; other bytes under its name are replaced, and no part is left behind."""
    (tmp_path / "STALLBOX.PART").write_bytes(b"of a stick that was pulled out")
    assert put(out, "A.NDJSON", DATA)
    inode = (tmp_path / "A.NDJSON").stat().st_ino
    assert not put(out, "A.NDJSON", DATA)
    assert (tmp_path / "A.NDJSON").stat().st_ino == inode
    for other in (b"", DATA[:-1], DATA + b"x", DATA[:-1] + b"x"):
        (tmp_path / "A.NDJSON").write_bytes(other)
        assert put(out, "A.NDJSON", DATA)
    assert [path.name for path in tmp_path.iterdir()] == ["A.NDJSON"]
    assert (tmp_path / "A.NDJSON").read_bytes() == DATA


class Worn(Tree):
    """A folder of a stick that gives back other bytes than it was given."""

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        handle = os.open(path, os.O_WRONLY, dir_fd=self.handle)
        os.pwrite(handle, b"?", 0)
        os.close(handle)
        with super().open(path) as file:
            yield file


def test_read_back(tmp_path: Path) -> None:
    """What was written is read back from the stick, and one that is broken is said to be."""
    with Worn(os.open(tmp_path, os.O_RDONLY), "OUT") as out, pytest.raises(StoreError, match="broken"):
        put(out, "A.NDJSON", DATA)


def test_in_the_way(out: Tree, tmp_path: Path) -> None:
    """A link, a pipe or a folder in a file's place is refused; nothing is written through it."""
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_text("the box's own")
    (tmp_path / "link").symlink_to(secret)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(PaperError):
            put(out, name, DATA)
    assert secret.read_text() == "the box's own"


def test_part_in_the_way(out: Tree, tmp_path: Path) -> None:
    """The name that a file has while it is written may be anything's: it is removed, not written through."""
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_text("the box's own")
    (tmp_path / "STALLBOX.PART").symlink_to(secret)
    assert put(out, "A.NDJSON", DATA)
    assert secret.read_text() == "the box's own"
    assert not (tmp_path / "A.NDJSON").is_symlink()


def test_folders(out: Tree, tmp_path: Path) -> None:
    """A folder is found in any capitals and made where there is none; among endless names by its proper one alone."""
    (tmp_path / "stallbox").mkdir()
    with make_folder(out, "STALLBOX") as found:
        assert found.name == "stallbox"
    with make_folder(out, "OUT") as made:
        assert (tmp_path / made.name).is_dir()
    for n in range(5000):
        os.mknod(tmp_path / str(n))
    assert find(out, "STALLBOX") is None
    assert find(out, "OUT") == "OUT"
