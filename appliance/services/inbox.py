"""The inbox: a folder whose bundles, and papers without a drop, are taken in as they arrive.

Size and time never mean complete: length, digest and signature do. What is not whole is waited for; what is bad
is set aside with a WHY.txt once nothing has been written for a minute. What cannot be removed is said, and left.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from appliance.core.status import Fault, fault_beside
from appliance.core.stick import PAPER_ENDING
from appliance.errors import PaperError, StallboxError, StoreError
from appliance.files import write_durably

_log = logging.getLogger(__name__)
_SETTLE_S = 1.0
_PATIENCE_S = 60.0
_INCOMPLETE = frozenset({"missing-file"})
_MAYBE_INCOMPLETE = frozenset({"wrong-digest", "doc-malformed", "doc-gap"})
_REFUSED = "refused"

Ingest = Callable[[Path], Awaitable[object]]
Note = Callable[[str, Fault | None], None]


class Inbox:
    """`settle_s`: how long a bundle must be quiet to be tried; `patience_s`: until a bad one is set aside."""

    def __init__(
        self, folder: Path, ingest: Ingest, note: Note, settle_s: float = _SETTLE_S, patience_s: float = _PATIENCE_S
    ) -> None:
        self._folder = folder
        self._ingest = ingest
        self._note = note
        self._settle_s = settle_s
        self._patience_s = patience_s
        self._written: dict[str, float] = {}  # bundle -> monotonic time of the last write seen
        self._tried: dict[str, float] = {}  # bundle -> the last write that was taken into account
        self._left: set[str] = set()  # bundles that were judged and cannot be removed
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        # Before it is observed: watchdog takes what moves into a folder that it has just seen for a second of its kind.
        (self._folder / _REFUSED).mkdir(parents=True, exist_ok=True)
        with _observing(self._folder, lambda name: loop.call_soon_threadsafe(self._touch, name, loop.time())):
            while True:
                await self._look(loop.time())
                try:
                    async with asyncio.timeout(self._settle_s):
                        await self._changed.wait()
                        self._changed.clear()
                        await asyncio.sleep(self._settle_s)
                except TimeoutError:
                    continue

    def _touch(self, name: str, now: float) -> None:
        if name.endswith((".drop", PAPER_ENDING)) and not name.startswith(".") and name not in self._left:
            self._written[name] = now
            self._changed.set()

    async def _look(self, now: float) -> None:
        for name in [name for name in self._left if not _is_there(self._folder / name)]:
            self._left.discard(name)
            self._note(f"left {name}", None)
        for path in self._folder.iterdir():  # what was here before, and what came while events were lost
            if path.name not in self._written:
                self._touch(path.name, now)
        for name, written in list(self._written.items()):
            quiet = now - written
            if quiet < self._settle_s:
                continue
            if self._tried.get(name) != written:
                self._tried[name] = written
                await self._try(name, is_final=False)
            elif quiet >= self._patience_s:
                await self._try(name, is_final=True)

    async def _try(self, name: str, *, is_final: bool) -> None:
        path = self._folder / name
        try:
            if _is_there(path):
                _check_form(path)
                await self._ingest(path)
                _log.info("%s was taken in", name)
                self._note(_about_refusal(name), None)
                await self._clear(path, "was taken in", _remove)
            self._forget(name)
        except StallboxError as refusal:
            await self._refused(path, refusal, is_final=is_final)
        except OSError as error:  # of the bundle's files: what the box's own disk refuses is a StoreError
            unreadable = StoreError("store", f"It cannot be read ({error.strerror}). See whose files these are.")
            await self._refused(path, unreadable, is_final=is_final)

    async def _clear(self, path: Path, what: str, take_away: Callable[[Path], None]) -> None:
        """Takes a judged bundle out of the inbox; where that fails, says so once and leaves it alone from then on."""
        name = path.name
        try:
            await asyncio.to_thread(take_away, path)
        except OSError as error:
            text = f"{name} {what}, but cannot be taken out of the inbox ({error.strerror}). Remove it yourself."
            _log.error("%s", text)
            self._left.add(name)
            self._note(f"left {name}", Fault("device", text))

    async def _refused(self, path: Path, refusal: StallboxError, *, is_final: bool) -> None:
        name = path.name
        waiting = refusal.code in _INCOMPLETE or (refusal.code in _MAYBE_INCOMPLETE and not is_final)
        if waiting:
            self._note(f"bundle {name}", Fault(refusal.code, f"{name} is not whole yet: {refusal.detail}"))
            if is_final:
                self._tried.pop(name, None)
                self._written[name] = asyncio.get_running_loop().time()
            return
        if not isinstance(refusal, PaperError) or refusal.code == "no-space":
            self._note(f"bundle {name}", fault_beside(refusal.code, f"{name} is kept waiting: {refusal.detail}"))
            self._tried.pop(name, None)
            self._written[name] = asyncio.get_running_loop().time()
            return
        _log.warning("%s was refused (%s): %s", name, refusal.code, refusal.detail)
        await self._clear(path, "was refused", partial(_set_aside, refusal=refusal))
        self._forget(name)
        self._note(_about_refusal(name), Fault(refusal.code, f"{name} was refused: {refusal.detail}"))

    def _forget(self, name: str) -> None:
        self._written.pop(name, None)
        self._tried.pop(name, None)
        self._note(f"bundle {name}", None)


def _is_there(path: Path) -> bool:
    """Also for a link that leads nowhere."""
    return os.path.lexists(path)


def _check_form(path: Path) -> None:
    """A bundle is a folder: a file of its name would be waited for in vain."""
    if path.name.endswith(".drop") and (path.is_symlink() or not path.is_dir()):
        raise PaperError(
            "doc-malformed", f"{path.name} is no folder, and a bundle is one. Was it packed? Then unpack it first."
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _about_refusal(name: str) -> str:
    """What the screen is told about under its own name, since it stays when the bundle has gone from the inbox."""
    return f"refused {name}"


def _set_aside(path: Path, refusal: StallboxError) -> None:
    """Moves the bundle to `refused` with its WHY.txt: inside where it is a folder, beside it where it is not."""
    folder = path.parent / _REFUSED
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    is_folder = path.is_dir() and not path.is_symlink()
    if _is_there(target):
        _remove(target)
    why = f"{refusal.title} ({refusal.code})\n\n{refusal.detail}\n"
    write_durably(path / "WHY.txt" if is_folder else folder / f"{path.name}.WHY.txt", why.encode())
    path.rename(target)


class _Handler(FileSystemEventHandler):
    """Tells which bundle an event is about. Runs in the observer's thread."""

    def __init__(self, folder: Path, touched: Callable[[str], object]) -> None:
        self._folder = folder
        self._touched = touched

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in {"opened", "closed_no_write"}:
            return  # reading, ours included, is no change
        for text in (event.src_path, event.dest_path):
            path = Path(str(text))
            if text and path != self._folder and path.is_relative_to(self._folder):
                self._touched(path.relative_to(self._folder).parts[0])


@contextmanager
def _observing(folder: Path, touched: Callable[[str], object]) -> Iterator[None]:
    observer = Observer()
    observer.schedule(_Handler(folder, touched), str(folder), recursive=True)
    observer.start()
    try:
        yield
    finally:
        observer.stop()
        observer.join()
