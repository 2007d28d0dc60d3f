"""The inbox: what is whole is taken in, what is not is waited for, what is bad is set aside and said."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from appliance.core.status import Fault
from appliance.errors import PaperError, StallboxError, StoreError
from appliance.services.inbox import Inbox
from appliance.stall.stall import Stall
from tests.box import make_data, stall_with
from tests.organizer import PHOTOS, Drop, Organizer

SETTLE, PATIENCE = 0.1, 0.8

# watchdog looks at a folder half a second after it came, and warns where it has moved on: these tests wait for less.
pytestmark = pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")


class Faults:
    """What the screen would show."""

    def __init__(self) -> None:
        self.shown: dict[str, Fault] = {}

    def note(self, about: str, fault: Fault | None) -> None:
        if fault is None:
            self.shown.pop(about, None)
        else:
            self.shown[about] = fault

    @property
    def codes(self) -> list[str]:
        return [fault.code for fault in self.shown.values()]


class Mouth:
    """Takes bundles in, or refuses each with the next of `refusals`."""

    def __init__(self, *refusals: StallboxError | OSError) -> None:
        self._refusals = list(refusals)
        self.tried: list[str] = []

    async def ingest(self, bundle: Path) -> None:
        self.tried.append(bundle.name)
        if self._refusals:
            raise self._refusals.pop(0)


@contextlib.asynccontextmanager
async def running(inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(inbox.run())
    await asyncio.sleep(0.02)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], patience_s: float = 5.0) -> None:
    """Waits for what must happen; AssertionError where it does not."""
    end = asyncio.get_running_loop().time() + patience_s
    while not condition():
        assert asyncio.get_running_loop().time() < end, "it did not happen"
        await asyncio.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def inbox_over(folder: Path, mouth: Mouth, faults: Faults, settle_s: float = SETTLE) -> Inbox:
    return Inbox(folder, mouth.ingest, faults.note, settle_s, PATIENCE)


def put(folder: Path, name: str = "zine-v1.drop") -> Path:
    bundle = folder / name
    bundle.mkdir(parents=True)
    (bundle / "manifest.dsse.json").write_text("{}")
    return bundle


async def test_taken_in(folder: Path) -> None:
    """A bundle that is dropped in is taken in once it is quiet, and then it is gone; the inbox makes its folder."""
    mouth, faults = Mouth(), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: not bundle.exists())
        await asyncio.sleep(3 * SETTLE)
    assert mouth.tried == ["zine-v1.drop"]
    assert faults.shown == {}


async def test_there_already(folder: Path) -> None:
    """What was dropped in while the box was off is taken in at its start."""
    bundle, mouth = put(folder), Mouth()
    async with running(inbox_over(folder, mouth, Faults())):
        await until(lambda: not bundle.exists())
    assert mouth.tried == ["zine-v1.drop"]


async def test_other_files(folder: Path) -> None:
    """Files and folders of other names are left alone."""
    mouth = Mouth()
    async with running(inbox_over(folder, mouth, Faults())):
        for name in ("holiday", ".hidden.drop", "zine.zip"):
            put(folder, name)
        await asyncio.sleep(4 * SETTLE)
    assert mouth.tried == []
    assert {path.name for path in folder.iterdir()} == {"holiday", ".hidden.drop", "zine.zip", "refused"}


async def test_still_being_copied(folder: Path) -> None:
    """While files keep arriving the bundle is not tried."""
    mouth = Mouth()
    async with running(inbox_over(folder, mouth, Faults(), settle_s=1.0)):
        bundle = put(folder)
        for number in range(30):
            (bundle / f"{number}.jpg").write_bytes(b"x")
            await asyncio.sleep(0.05)
            assert mouth.tried == []
        await until(lambda: not bundle.exists())


async def test_half_copied(folder: Path) -> None:
    """A bundle without some file is waited for, however long, and said; when the file is there, it is taken in."""
    missing = PaperError("missing-file", "The file pier.jpg is missing.")
    mouth, faults = Mouth(*[missing] * 2), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: faults.codes == ["missing-file"])
        assert "zine-v1.drop is not whole yet" in faults.shown["bundle zine-v1.drop"].text
        await until(lambda: len(mouth.tried) == 2)
        assert bundle.exists()
        (bundle / "pier.jpg").write_bytes(b"x")
        await until(lambda: not bundle.exists())
        await until(lambda: faults.shown == {})


async def test_taken_away(folder: Path) -> None:
    """A half copied bundle that its owner takes away again is forgotten."""
    mouth, faults = Mouth(PaperError("missing-file", "x")), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: faults.codes == ["missing-file"])
        (bundle / "manifest.dsse.json").unlink()
        bundle.rmdir()
        await until(lambda: faults.shown == {})


@pytest.mark.parametrize("code", ["wrong-digest", "doc-malformed", "doc-gap"])
async def test_perhaps_not_whole(folder: Path, code: str) -> None:
    """What may be bad only because it is still being written gets its patience; then it is set aside, with WHY.txt."""
    mouth, faults = Mouth(*[PaperError(code, "The file pier.jpg is not the one.")] * 9), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        began = asyncio.get_running_loop().time()
        bundle = put(folder)
        await until(lambda: faults.codes == [code])
        assert bundle.exists()
        why = folder / "refused" / "zine-v1.drop" / "WHY.txt"
        await until(why.exists)
        assert asyncio.get_running_loop().time() - began >= PATIENCE
    assert mouth.tried == ["zine-v1.drop"] * 2
    assert not bundle.exists()
    assert f"({code})\n\nThe file pier.jpg is not the one.\n" in why.read_text()


async def test_bad(folder: Path) -> None:
    """A bundle that no more bytes can mend is set aside at once; the screen says so until a good one comes."""
    mouth, faults = Mouth(PaperError("doc-signature", "Nobody signed this.")), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: faults.codes == ["doc-signature"])
        await asyncio.sleep(4 * SETTLE)
        assert not bundle.exists()
        assert faults.codes == ["doc-signature"]
        assert "zine-v1.drop was refused: Nobody signed this." in str(faults.shown)
        assert (folder / "refused" / "zine-v1.drop" / "manifest.dsse.json").exists()
        bundle = put(folder)
        await until(lambda: not bundle.exists())
        await until(lambda: faults.shown == {})


async def test_bad_again(folder: Path) -> None:
    """A second bad bundle of the same name takes the place of the first; a plain file gets its WHY.txt beside it."""
    refusal = PaperError("doc-role", "x")
    async with running(inbox_over(folder, Mouth(*[refusal] * 3), Faults())):
        for number in range(2):
            bundle = put(folder)
            (bundle / f"{number}").touch()
            await until((folder / "refused" / "zine-v1.drop" / f"{number}").exists)
        (folder / "plain.drop").touch()
        await until((folder / "refused" / "plain.drop.WHY.txt").exists)
    names = {path.name for path in (folder / "refused" / "zine-v1.drop").iterdir()}
    assert names == {"manifest.dsse.json", "1", "WHY.txt"}


@pytest.mark.parametrize("refusal", [PaperError("no-space", "Full."), StoreError("not-ready", "The disk fails.")])
async def test_fault_of_the_box(folder: Path, refusal: StallboxError) -> None:
    """Where the box is at fault the bundle stays, the screen says why, sales go on, and it is tried again."""
    mouth, faults = Mouth(refusal, refusal), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: faults.shown != {})
        [fault] = faults.shown.values()
        assert "kept waiting" in fault.text
        assert not fault.stops_sales
        await until(lambda: not bundle.exists())
        await until(lambda: faults.shown == {})
    assert len(mouth.tried) == 3


async def test_file_in_the_place_of_a_folder(folder: Path) -> None:
    """A file that is called like a bundle gets its patience, then it is set aside with what to do; so is a link."""
    folder.mkdir()
    (folder / "zine.drop").write_bytes(b"PK")
    (folder / "link.drop").symlink_to(folder)
    mouth, faults = Mouth(), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        for name in ("zine.drop", "link.drop"):
            why = folder / "refused" / f"{name}.WHY.txt"
            await until(why.exists)
            assert "unpack it first" in why.read_text()
        await until(lambda: {path.name for path in folder.iterdir()} == {"refused"})
        put(folder, "zine.drop")
        await until(lambda: not (folder / "zine.drop").exists())
        await until(lambda: "refused zine.drop" not in faults.shown)
    assert mouth.tried == ["zine.drop"]


@contextlib.contextmanager
def held_fast(bundle: Path) -> Iterator[None]:
    """Nothing can be put into the bundle or taken out of it: by its mode, for root by its attribute (chattr(1))."""
    is_root = os.geteuid() == 0
    hold, free = (["chattr", "+i"], ["chattr", "-i"]) if is_root else (["chmod", "a-w"], ["chmod", "u+w"])
    if shutil.which(hold[0]) is None:
        pytest.skip(f"{hold[0]} is not on this machine")
    if subprocess.run([*hold, str(bundle)], check=False, capture_output=True).returncode:
        pytest.skip("this file system holds nothing fast against root")
    try:
        yield
    finally:
        subprocess.run([*free, str(bundle)], check=True)


@pytest.mark.parametrize("refusal", [None, PaperError("doc-signature", "Nobody signed this.")])
async def test_cannot_be_removed(folder: Path, refusal: PaperError | None) -> None:
    """A judged bundle that the disk keeps is said once and left alone, until somebody takes it away."""
    bundle = put(folder)
    mouth, faults = Mouth(*filter(None, [refusal])), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        with held_fast(bundle):
            await until(lambda: "left zine-v1.drop" in faults.shown)
            assert "Remove it yourself" in faults.shown["left zine-v1.drop"].text
            await asyncio.sleep(2 * PATIENCE)
            assert mouth.tried == ["zine-v1.drop"]
            assert bundle.exists()
        shutil.rmtree(bundle)
        await until(lambda: "left zine-v1.drop" not in faults.shown)


async def test_cannot_be_read(folder: Path) -> None:
    """A bundle whose files the box may not read is said and kept waiting, and the inbox goes on with others."""
    mouth, faults = Mouth(PermissionError(errno.EACCES, "Permission denied")), Faults()
    async with running(inbox_over(folder, mouth, faults)):
        bundle = put(folder)
        await until(lambda: faults.codes == ["device"])
        assert "cannot be read (Permission denied)" in str(faults.shown)
        await until(lambda: not bundle.exists())
        await until(lambda: faults.shown == {})


@contextlib.asynccontextmanager
async def real(tmp_path: Path) -> AsyncIterator[tuple[Stall, Drop, Path]]:
    """A stall whose inbox takes real bundles."""
    organizer = Organizer(tmp_path)
    data = make_data(tmp_path / "data", organizer)
    async with stall_with(data, organizer) as stall:
        inbox = Inbox(data / "inbox", stall.papers.ingest, stall.house.note, SETTLE, PATIENCE)
        async with running(inbox):
            yield stall, organizer.drop(size=3), data / "inbox"


async def test_real_bundle_file_by_file(tmp_path: Path) -> None:
    """A real bundle that arrives file by file, the last one in two halves, is on sale when it is whole."""
    async with real(tmp_path) as (stall, drop, folder):
        whole = drop.bundle(tmp_path)
        bundle = folder / whole.name
        for path in sorted(path for path in whole.rglob("*") if path.is_file()):
            target = bundle / path.relative_to(whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            target.write_bytes(data[: len(data) // 2])
            await asyncio.sleep(3 * SETTLE)
            target.write_bytes(data)
        await until(lambda: not bundle.exists())
        await until(lambda: stall.house.faults == {})
        assert [held.manifest.slug for held in stall.catalogue.drops] == ["harbour-lights"]
        assert list((folder / "refused").iterdir()) == []


async def test_real_bundle_with_other_bytes(tmp_path: Path) -> None:
    """A file of full length with other bytes is given time, then the bundle is set aside and nothing is sold."""
    async with real(tmp_path) as (stall, drop, folder):
        data = PHOTOS["01-pier.jpg"]
        bundle = drop.bundle(folder, files={**PHOTOS, "01-pier.jpg": data[:-1] + b"?"})
        await until(lambda: bool(stall.house.faults))
        assert bundle.exists()
        why = folder / "refused" / bundle.name / "WHY.txt"
        await until(why.exists)
        assert not bundle.exists()
        assert "01-pier.jpg is not the one that the creator signed" in why.read_text()
        assert stall.catalogue.drops == ()
