"""The shelf: a file is there whole under its digest, or it is not there; papers and the lock beside it."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import PaperError, StallboxError, StoreError
from appliance.files import free_space, open_regular
from appliance.store.lock import data_lock
from appliance.store.papers import PaperShelf
from appliance.store.shelf import Shelf, Shelved
from appliance.store.writing import writing
from tests.store.books import DROP

DATA = b"the pier at night " * 100_000  # more than one chunk
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", reserve=0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "pier.jpg").write_bytes(DATA)
    return tmp_path / "pier.jpg"


def take(shelf: Shelf, source: Path, length: int = len(DATA), digest: str = DIGEST) -> Shelved:
    with os.fdopen(open_regular(source, source.name), "rb") as file:
        return shelf.take(file, source.name, length, digest, lambda count: None)


def files(shelf: Shelf) -> list[Path]:
    """Everything that lies on the shelf, hidden or not."""
    folder = shelf.path(DIGEST).parent.parent
    return [path for path in folder.rglob("*") if path.is_file()]


def refused(shelf: Shelf, source: Path, length: int = len(DATA), digest: str = DIGEST) -> str:
    """The code of the refusal; nothing is on the shelf after it."""
    with pytest.raises(StallboxError) as refusal:
        take(shelf, source, length, digest)
    assert files(shelf) == []
    return refusal.value.code


def test_taken(shelf: Shelf, source: Path) -> None:
    """A file that is what was signed lies under its digest, with length and CRC-32, and progress was told."""
    heard: list[int] = []
    with source.open("rb") as file:
        taken = shelf.take(file, source.name, len(DATA), DIGEST, heard.append)
    assert taken == Shelved(DIGEST, len(DATA), zlib.crc32(DATA))
    assert sum(heard) == len(DATA)
    assert len(heard) > 1
    assert shelf.holds(DIGEST, len(DATA))
    assert not shelf.holds(DIGEST, len(DATA) - 1)
    with shelf.open(DIGEST) as file:
        assert file.read() == DATA
    assert files(shelf) == [shelf.path(DIGEST)]


def test_short(shelf: Shelf, source: Path) -> None:
    """A file that is not whole yet is `missing-file`: it may still be copied."""
    source.write_bytes(DATA[:-1])
    assert refused(shelf, source) == "missing-file"


def test_long(shelf: Shelf, source: Path) -> None:
    """A file that is too long is not the one that was signed."""
    assert refused(shelf, source, len(DATA) - 1) == "wrong-digest"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_other_bytes(shelf: Shelf, source: Path, at: int, change: int) -> None:
    """One changed byte anywhere, and the file never gets to the shelf."""
    data = bytearray(DATA)
    data[at] ^= change
    source.write_bytes(data)
    assert refused(shelf, source) == "wrong-digest"


def test_no_plain_file(shelf: Shelf, source: Path, tmp_path: Path) -> None:
    """Links are not followed, a FIFO is not waited for, folders and absent files are said."""
    (tmp_path / "link").symlink_to(source)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name in ("link", "fifo", "folder", "nothing"):
        assert refused(shelf, tmp_path / name) == "missing-file"


def test_read_error(shelf: Shelf, source: Path) -> None:
    """A stick that is pulled out while its file is read is the file's fault and not the shelf's."""
    assert refused(shelf, Path("/proc/self/mem"), 1 << 62) == "missing-file"


def test_swept(tmp_path: Path, shelf: Shelf, source: Path) -> None:
    """What a power cut left half written is swept at the next start; whole files stay."""
    take(shelf, source)
    part = shelf.path(DIGEST).with_name(f".{DIGEST}.4711.part")
    part.write_bytes(b"half")
    again = Shelf(tmp_path / "shelf", reserve=0)
    assert not part.exists()
    assert again.check(DIGEST) is not None


def test_replaced(shelf: Shelf, source: Path) -> None:
    """A file that rotted under its name is made good by bringing it again."""
    take(shelf, source)
    shelf.path(DIGEST).write_bytes(b"\0" * len(DATA))
    assert shelf.check(DIGEST) is None
    assert not shelf.is_whole(DIGEST)
    take(shelf, source)
    assert shelf.is_whole(DIGEST)


def test_put(shelf: Shelf) -> None:
    """Bytes made on the box are shelved the same way; again changes nothing."""
    first, again = shelf.put(b"cover"), shelf.put(b"cover")
    assert first == again == shelf.check(hashlib.sha256(b"cover").hexdigest())


def test_quarantine(shelf: Shelf, source: Path) -> None:
    """A file in quarantine is not served and not thrown away; one that is gone is no error."""
    take(shelf, source)
    shelf.quarantine(DIGEST)
    shelf.quarantine(DIGEST)
    assert not shelf.holds(DIGEST, len(DATA))
    assert shelf.check(DIGEST) is None
    with pytest.raises(StoreError) as refusal:
        shelf.open(DIGEST)
    assert refusal.value.code == "not-ready"
    assert [path.parent.name for path in files(shelf)] == ["quarantine"]


def test_reserve(tmp_path: Path) -> None:
    """The ledger's reserve stays free: a drop that would use it up is `no-space`, and the sentence has both numbers."""
    shelf = Shelf(tmp_path / "shelf", reserve=64 << 20)
    shelf.check_room(1)
    with pytest.raises(PaperError, match=r"needs .* MB and .* MB are free. Sales go on") as refusal:
        shelf.check_room(free_space(tmp_path))
    assert refusal.value.code == "no-space"


@pytest.mark.parametrize(
    ("number", "error", "code"),
    [
        (errno.ENOSPC, PaperError, "no-space"),
        (errno.EDQUOT, PaperError, "no-space"),
        (errno.EROFS, StoreError, "not-ready"),
        (errno.EIO, StoreError, "not-ready"),
    ],
)
def test_disk_that_refuses(number: int, error: type[StallboxError], code: str) -> None:
    """A full disk is `no-space`, a failing or read-only one `not-ready`; both say that sales go on."""
    with pytest.raises(error, match="Sales go on") as refusal, writing("The file pier.jpg"):
        raise OSError(number, os.strerror(number))
    assert refusal.value.code == code


def test_limited_by_the_kernel(tmp_path: Path) -> None:
    """A write that the kernel refuses half way leaves nothing on the shelf and is said."""
    program = (
        "import pathlib, resource, sys\n"
        "from appliance.errors import StallboxError\n"
        "from appliance.store.shelf import Shelf\n"
        "shelf = Shelf(pathlib.Path(sys.argv[1]), 0)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n    shelf.put(bytes(200_000))\n"
        "except StallboxError as refusal:\n    print(refusal.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "no-space\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_papers(tmp_path: Path) -> None:
    """Papers come back as the bytes they were, in order of version, the tenth after the ninth."""
    papers = PaperShelf(tmp_path / "papers")
    for version in (10, 9, 1):
        papers.keep_trust(version, b"trust %d" % version)
        papers.keep_drop(DROP, (version, b"manifest %d" % version), {version: b"epoch"}, [b"one", b"two"])
    assert papers.trust() == [b"trust 1", b"trust 9", b"trust 10"]
    assert papers.drops() == [DROP]
    assert papers.manifests(DROP) == [b"manifest 1", b"manifest 9", b"manifest 10"]
    assert len(papers.allotments(DROP)) == 3
    assert papers.certificates(DROP) == [b"one", b"two"]


def test_papers_without_certificates(tmp_path: Path) -> None:
    """A drop of an open edition has no certificates, and none is not one empty line."""
    papers = PaperShelf(tmp_path / "papers")
    papers.keep_drop(DROP, (1, b"manifest"), {}, [])
    assert papers.certificates(DROP) == []
    assert papers.certificates("f" * 16) == papers.manifests("f" * 16) == []


def test_strange_files_among_papers(tmp_path: Path) -> None:
    """Other files and half written ones are no papers."""
    papers = PaperShelf(tmp_path / "papers")
    papers.keep_trust(1, b"trust")
    for name in ("trust.01.dsse.json", "trust.x.dsse.json", ".trust.2.dsse.json.7.part", "notes.txt"):
        (tmp_path / "papers" / name).write_bytes(b"x")
    (tmp_path / "papers" / "holiday").mkdir()
    assert papers.trust() == [b"trust"]
    assert papers.drops() == []


def test_lock(tmp_path: Path) -> None:
    """One process at a time has the directory; the next is refused at once, and gets it when the first ends."""
    with data_lock(tmp_path):
        with pytest.raises(StoreError, match="Another stallbox is running") as refusal, data_lock(tmp_path):
            pass
        assert refusal.value.code == "busy"
    with data_lock(tmp_path):
        pass


def test_lock_of_a_killed_process(tmp_path: Path) -> None:
    """A process that was killed holds nothing."""
    program = (
        "import os, pathlib, signal, sys\n"
        "from appliance.store.lock import data_lock\n"
        "with data_lock(pathlib.Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode < 0
    with data_lock(tmp_path):
        pass


def test_no_directory(tmp_path: Path) -> None:
    """A data directory that is not there is said."""
    with pytest.raises(StoreError, match="cannot be used"), data_lock(tmp_path / "nothing"):
        pass
