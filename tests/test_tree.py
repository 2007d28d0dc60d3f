"""A folder of somebody else's: what leads out of it, waits for ever or has no end is refused, and nothing is hung."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import PaperError
from appliance.tree import Tree, is_gone, open_tree


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder on a stick, with a secret outside of it."""
    (tmp_path / "secret").write_text("the box's own")
    (tmp_path / "stick" / "a" / "b").mkdir(parents=True)
    (tmp_path / "stick" / "a" / "b" / "pier.jpg").write_bytes(b"pier")
    return tmp_path / "stick"


@pytest.fixture
def tree(place: Path) -> Iterator[Tree]:
    with open_tree(place) as opened:
        yield opened


def refused(tree: Tree, path: str) -> str:
    """The code with which a file is not opened."""
    with pytest.raises(PaperError) as refusal, tree.open(path):
        pass
    return refusal.value.code


def test_read(tree: Tree) -> None:
    """A plain file some folders down is read; a folder lists its names."""
    assert tree.read("a/b/pier.jpg", 4, "The pier") == b"pier"
    with tree.folder("a") as inner:
        assert inner.names(1) == ["b"]


def test_limit(tree: Tree, place: Path) -> None:
    """A file of a terabyte that takes no room is refused by its length, unread; so is one byte too many."""
    with (place / "huge").open("wb") as file:
        file.truncate(1 << 40)
    for name, limit in (("huge", 1 << 20), ("a/b/pier.jpg", 3)):
        with pytest.raises(PaperError) as refusal:
            tree.read(name, limit, "It")
        assert refusal.value.code == "doc-too-large"


def test_links(tree: Tree, place: Path) -> None:
    """No link is followed: not the file itself, no folder on the way, not one that points at its own folder."""
    (place / "file").symlink_to(place.parent / "secret")
    (place / "out").symlink_to(place.parent)
    (place / "loop").symlink_to(place)
    assert refused(tree, "file") == "missing-file"
    assert refused(tree, "out/secret") == "bad-path"
    assert refused(tree, "loop/loop/a/b/pier.jpg") == "bad-path"


def test_no_plain_file(tree: Tree, place: Path) -> None:
    """A pipe is not waited for; a socket, a folder and nothing are no files."""
    os.mkfifo(place / "pipe")
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        listener.bind("socket")
    assert [refused(tree, name) for name in ("pipe", "socket", "a", "nothing")] == ["missing-file"] * 4


@pytest.mark.parametrize("name", ["..", ".", "", "a/../../secret", "/etc/passwd", "a//b", "a\0b"])
def test_ways_out(tree: Tree, name: str) -> None:
    """A name cannot lead up, to the root, or nowhere."""
    assert refused(tree, name) == "bad-path"


def test_other_disk(tree: Tree) -> None:
    """What is mounted inside is another disk's, and is not entered."""
    with open_tree(Path("/")) as root, pytest.raises(PaperError, match="another disk"):
        root.folder("proc")
    assert tree.names(9) == ["a"]


def test_not_mounted_any_more(place: Path) -> None:
    """What is left of a stick's place once it was pulled out is a folder of the box's own, and is not taken for it."""
    device = place.stat().st_dev
    with open_tree(place, (os.major(device), os.minor(device))) as tree:
        assert tree.names(9) == ["a"]
    with pytest.raises(PaperError) as refusal:
        open_tree(place, (8, 1))
    assert is_gone(refusal.value)


def test_moved(place: Path, tree: Tree) -> None:
    """What is put in the folder's place after it was opened is not looked at."""
    place.rename(place.with_name("moved"))
    place.symlink_to("/etc")
    assert tree.read("a/b/pier.jpg", 4, "The pier") == b"pier"


def test_many_names(tree: Tree, place: Path) -> None:
    """A folder of more names than are looked at is refused as soon as that shows."""
    for n in range(20):
        (place / str(n)).touch()
    with pytest.raises(PaperError, match="more than 5"):
        tree.names(5)


def test_hostile_names(tree: Tree, place: Path) -> None:
    """Names with line ends, control characters or no text at all are listed and shown without harm."""
    for name in (b"line\nend", b"bell\x07", b"\xff\xfe", "ümlaut".encode()):
        (Path(os.fsdecode(bytes(place))) / os.fsdecode(name)).mkdir()
        with pytest.raises(PaperError) as refusal:
            tree.read(os.fsdecode(name), 9, "It")
        assert refusal.value.detail.isprintable()
    assert len(tree.names(9)) == 5


@pytest.mark.parametrize(("number", "gone"), [(errno.EIO, True), (errno.ENODEV, True), (errno.ENOENT, False)])
def test_gone(number: int, gone: bool) -> None:
    """A disk that answers no more is told from a file that is not there."""
    refusal = PaperError("missing-file", "x")
    assert not is_gone(refusal)
    refusal.__cause__ = OSError(number, "x")
    assert is_gone(refusal) is gone
