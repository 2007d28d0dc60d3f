"""What the screen says of a stick: the sentences, how long they stay, and how far a stick is read or written."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

from appliance.board import Board
from appliance.core.scene import Stick, StickDoing
from appliance.core.status import Fault, fault_beside
from appliance.errors import StallboxError, StoreError
from appliance.stall.carrying import Found, Say
from appliance.tree import is_gone

SAFE_MS = 60_000
FAILED_MS = 600_000
_STEP_S = 0.25  # between two words on how far it is
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

NO_STICK = "There is no stick in the box. Put one in."
MIRROR = "The stick in the box is a mirror and stays in. Put another one in for the sales."
PULLED = "The stick was pulled out too early, or is broken. Put it in again: nothing is lost."
NOT_MOUNTED = "The stick was pulled out, or cannot be written. Put it in again, or take another: nothing is lost."
LOCKED = "The stick cannot be written: it may be locked. Take another."
_PULLED_WRITING = f"{PULLED} Then press the button once more, unless it is a courier of the organizer's."
_NOTHING = "There is nothing for this box on it: bundles lie in a folder STALLBOX."
_MAY_GO = "You may pull it out."

Note = Callable[[str, Fault | None], None]


class Notices:
    """`note` puts a fault on the screen, which stays until the next stick."""

    def __init__(self, board: Board, note: Note, boottime_ms: Callable[[], int]) -> None:
        self._board = board
        self._note = note
        self._boottime_ms = boottime_ms

    def begin(self, doing: StickDoing) -> Say:
        """A stick is read or written from now on; hears, also from threads, how far that is."""
        self._note("stick", None)
        self._say(doing, "")
        loop = asyncio.get_running_loop()
        said = ("", 0.0)

        def show(text: str, done: int, total: int) -> None:
            shown = self._board.scene.stick
            if shown is not None and shown.doing is doing:  # a word from a thread may come late
                self._board.change(stick=Stick(doing, text, done, total))

        def say(text: str, done: int, total: int) -> None:
            nonlocal said
            now = loop.time()
            if text != said[0] or now - said[1] >= _STEP_S or done == total:
                said = (text, now)
                loop.call_soon_threadsafe(show, text, done, total)

        return say

    def found(self, found: Found, *, is_safe: bool, written: int | None = None) -> None:
        """A stick was read: what it held, and that it may go, where that is so. `written`: files, if it was asked."""
        may_go = [_MAY_GO] if is_safe else []
        done = [] if written is None else [_written(written)]
        if found.refused:
            name, refused = found.refused[0]
            more = f" ({len(found.refused) - 1} more were refused, too.)" if len(found.refused) > 1 else ""
            text = f"{name}: {refused.detail}{more}"
            self._note("stick", fault_beside(refused.code, f"On the stick, {text}"))
            self._say(StickDoing.REFUSED, " ".join([text, *found.news, *done, *may_go]), FAILED_MS)
        elif not is_safe:
            self.clear()  # what may still be written must not be called safe
        elif found.is_empty:
            self._say(StickDoing.NOTHING, " ".join([_NOTHING, *may_go]), SAFE_MS)
        else:
            news = found.news or ["All that is on it was here already."]
            self._say(StickDoing.SAFE, " ".join([*news, *done, *may_go]), SAFE_MS)

    def written(self, count: int) -> None:
        """So many files were written, and the stick was unmounted."""
        self._say(StickDoing.SAFE, f"{_written(count)} {_MAY_GO}", SAFE_MS)

    def safe(self) -> None:
        self._say(StickDoing.SAFE, _MAY_GO, SAFE_MS)

    def failed(self, refusal: StallboxError) -> None:
        self._note("stick", fault_beside(refusal.code, refusal.detail))
        self._say(StickDoing.FAILED, refusal.detail, FAILED_MS)

    def gone(self) -> None:
        """No stick is in any more. That one was pulled out too early stays to be read."""
        shown = self._board.scene.stick
        if shown is not None and shown.doing is not StickDoing.FAILED:
            self.clear()

    def clear(self) -> None:
        self._board.change(stick=None)

    def _say(self, doing: StickDoing, text: str, stays_ms: int | None = None) -> None:
        until_ms = None if stays_ms is None else self._boottime_ms() + stays_ms
        self._board.change(stick=Stick(doing, text, until_ms=until_ms))


def _written(count: int) -> str:
    if not count:
        return "All sales were on it already."
    return "The sales were written." if count == 1 else f"The sales were written, in {count} files."


def not_written(error: Exception) -> StallboxError:
    """What to say of a stick that could not be written."""
    cause = error if isinstance(error, OSError) else error.__cause__
    is_shut = isinstance(cause, OSError) and cause.errno == errno.EROFS  # by the kernel: it was mounted to be written
    if is_gone(error) or is_shut:
        return StoreError("not-ready", _PULLED_WRITING)
    if isinstance(cause, OSError) and cause.errno in _FULL:
        return StoreError("no-space", "The stick is full. Make room on it, or take another; nothing is lost.")
    why = cause.strerror if isinstance(cause, OSError) else str(error)
    return StoreError("store", f"The stick cannot be written ({why}). Take one formatted as FAT or exFAT.")
