"""The planned archive is a ZIP that others read, and the same bytes however it is cut."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.core.archive import Archive, Member, Papers, personal, plan
from appliance.core.segments import Piece

ISSUED = 1_795_428_125  # 2026-11-23, an odd second
DIGEST = "ab" * 32
GIB = 1 << 30

names = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=12)
folders = st.dictionaries(names, st.binary(max_size=40), max_size=6)


def written(archive: Archive, shelf: dict[str, bytes] | None = None) -> bytes:
    """The bytes of the archive, shelf files taken from `shelf`."""
    return b"".join(taken(piece, shelf or {}) for piece in archive.slice(0, archive.length))


def taken(piece: Piece, shelf: dict[str, bytes]) -> bytes:
    """The bytes of one piece."""
    whole = piece.source if isinstance(piece.source, bytes) else shelf[piece.source]
    return whole[piece.offset : piece.offset + piece.count]


def on_shelf(name: str, data: bytes) -> Member:
    """A member whose bytes lie on the shelf under a digest that is its name."""
    return Member(name, len(data), zlib.crc32(data), "shelf:" + name)


@given(folders, st.integers(0, 5_000_000_000))
def test_zipfile_reads_what_was_planned(files: dict[str, bytes], issued: int) -> None:
    """Python's zipfile finds the same names in the same order, stored, UTF-8, with the same bytes."""
    archive = plan([on_shelf(name, data) for name, data in files.items()], issued)
    whole = written(archive, {"shelf:" + name: data for name, data in files.items()})
    assert len(whole) == archive.length
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert read.namelist() == list(files)
        assert {name: read.read(name) for name in files} == files
        for info in read.infolist():
            assert info.flag_bits == 0x0800
            assert info.compress_type == zipfile.ZIP_STORED
            assert (info.create_version, info.extract_version, info.extra) == (20, 20, b"")


@given(folders, st.data())
def test_every_slice_is_the_slice_of_the_whole(files: dict[str, bytes], data: st.DataObject) -> None:
    """A download resumed at any byte continues with the byte that belongs there."""
    archive = plan([on_shelf(name, content) for name, content in files.items()], ISSUED)
    shelf = {"shelf:" + name: content for name, content in files.items()}
    start = data.draw(st.integers(0, archive.length))
    stop = data.draw(st.integers(start, archive.length))
    part = b"".join(taken(piece, shelf) for piece in archive.slice(start, stop))
    assert part == written(archive, shelf)[start:stop]


@settings(max_examples=20)
@given(st.dictionaries(st.from_regex(r"[a-zä]{1,8}(/[a-zß]{1,8})?\.jpg", fullmatch=True), st.binary(max_size=40)))
@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_finds_no_fault(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    """Info-ZIP's `unzip -t` passes every member without a warning."""
    path = tmp_path_factory.mktemp("unzip") / "all.zip"
    papers = Papers(b"{}", b"png", b"proof", b"CC-BY")
    members = [Member.of_bytes(name, data) for name, data in files.items()]
    path.write_bytes(written(personal("drop", members, papers, ISSUED)))
    done = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No errors detected" in done.stdout


def test_a_personal_archive_has_the_files_first_and_the_papers_at_the_top() -> None:
    """Order, names, times and bytes are those of FORMATS §7, and nothing else is in it."""
    papers = Papers(certificate=b"{}", picture=b"png", receipt=b"proof", licence=b"CC-BY")
    files = [Member.of_bytes("b/two.jpg", b"2"), Member.of_bytes("a.jpg", b"")]
    with zipfile.ZipFile(io.BytesIO(written(personal("harbour", files, papers, ISSUED)))) as read:
        assert {name: read.read(name) for name in read.namelist()} == {
            "harbour/b/two.jpg": b"2",
            "harbour/a.jpg": b"",
            "certificate.json": b"{}",
            "certificate.png": b"png",
            "receipt.tlog-proof": b"proof",
            "LICENSE.txt": b"CC-BY",
        }
        assert read.namelist()[:2] == ["harbour/b/two.jpg", "harbour/a.jpg"]
        when = datetime.fromtimestamp(ISSUED - 1, UTC)
        assert read.infolist()[0].date_time == when.timetuple()[:6]


def test_the_tag_stands_for_names_crcs_and_lengths() -> None:
    """The same members give the same tag; another name, CRC, length or time gives another one."""
    base = Member("a", 5, 7, DIGEST)
    others = [Member("b", 5, 7, DIGEST), Member("a", 6, 7, DIGEST), Member("a", 5, 8, DIGEST)]
    assert plan([base], ISSUED) == plan([base], ISSUED)
    tags = {plan([member], ISSUED).etag for member in [base, *others]} | {plan([base], ISSUED + 2).etag}
    assert len(tags) == 5


@pytest.mark.parametrize("bad", [["a", "a"], [""], ["x" * 65536]])
def test_names_that_a_zip_cannot_hold_are_refused(bad: list[str]) -> None:
    """A name twice, empty or too long is an error, not a broken archive."""
    with pytest.raises(ValueError, match="name"):
        plan([Member(name, 0, 0, b"") for name in bad], ISSUED)


def test_an_empty_archive_is_one_too() -> None:
    """No members at all is still a ZIP that opens."""
    with zipfile.ZipFile(io.BytesIO(written(plan([], ISSUED)))) as read:
        assert read.namelist() == []


def sparse(archive: Archive, path: Path) -> Path:
    """Write the planned bytes and leave a hole where a shelf file would be."""
    with path.open("wb") as file:
        for piece in archive.slice(0, archive.length):
            if isinstance(piece.source, bytes):
                os.pwrite(file.fileno(), taken(piece, {}), piece.position)
        file.truncate(archive.length)
    return path


@pytest.mark.parametrize("length", [4 * GIB - 2, 4 * GIB - 1, 4 * GIB, 5 * GIB])
def test_sizes_and_places_beyond_four_gibibytes_are_read(tmp_path: Path, length: int) -> None:
    """A large member and all that follow it are found; Zip64 stands only where a number needs it."""
    members = [Member("large", length, 1, DIGEST), Member.of_bytes("small", b"at the end")]
    archive = plan(members, ISSUED)
    with zipfile.ZipFile(sparse(archive, tmp_path / "large.zip")) as read:
        large, small = read.infolist()
        assert (large.file_size, large.compress_size, large.CRC) == (length, length, 1)
        assert large.extract_version == (45 if length >= 4 * GIB - 1 else 20)
        assert read.read("small") == b"at the end"
        zip64_extra = 20 if length >= 4 * GIB - 1 else 0
        assert small.header_offset == 30 + len("large") + zip64_extra + length
        assert small.extract_version == 45
        with read.open("large") as file:
            assert file.read(3) == b"\0\0\0"
    cut_at = archive.length - 30
    assert sum(piece.count for piece in archive.slice(cut_at, archive.length)) == 30


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_reads_a_member_behind_four_gibibytes(tmp_path: Path) -> None:
    """Info-ZIP finds the small file behind the large one."""
    members = [Member("large", 5 * GIB, 1, DIGEST), Member.of_bytes("small", b"at the end")]
    path = sparse(plan(members, ISSUED), tmp_path / "large.zip")
    done = subprocess.run(["unzip", "-p", path, "small"], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"at the end", b"")


@pytest.mark.parametrize("count", [65_534, 65_535, 70_000])
def test_more_members_than_sixteen_bits_count(count: int) -> None:
    """The number of members is right on both sides of the old format's limit."""
    whole = written(plan([Member(f"{n}", 0, 0, b"") for n in range(count)], ISSUED))
    assert (b"PK\x06\x06" in whole) == (count >= 65_535)
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert len(read.namelist()) == count
