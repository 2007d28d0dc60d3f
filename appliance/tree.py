"""A folder that somebody else has filled, such as one on a stick: opened name by name, and no link is followed.

Knows how a file system can lead astray (links, pipes, devices, other disks, names without end) and no content.
Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from appliance.errors import PaperError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe is not waited for
_GONE = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESHUTDOWN, errno.ENOMEDIUM, errno.EUCLEAN})


class Tree:
    """An open folder, used by `with`. Names are looked up in the very folder that was opened, whatever moves meanwhile.

    `handle`: its descriptor, which it owns; `disk`: the device that it lies on.
    """

    def __init__(self, handle: int, name: str) -> None:
        self.handle = handle
        self.name = name
        self.disk = os.fstat(handle).st_dev

    def __enter__(self) -> Tree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.handle)

    def names(self, limit: int) -> list[str]:
        """The names in it, sorted; `doc-too-large` as soon as there are more than `limit`."""
        found: list[str] = []
        with _reading(self.name), os.scandir(self.handle) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) > limit:
                    raise PaperError("doc-too-large", f"{self.name} holds more than {limit} files.")
        return sorted(found)

    def folder(self, name: str) -> Tree:
        """A folder in it. `missing-file` where there is none, `bad-path` where it is a link or on another disk."""
        with _reading(name):
            try:
                tree = Tree(os.open(_segment(name), _FOLDER | os.O_NOFOLLOW, dir_fd=self.handle), name)
            except NotADirectoryError as error:
                raise self._no_folder(name) from error
        if tree.disk != self.disk:
            os.close(tree.handle)
            raise PaperError("bad-path", f"The folder {name} leads to another disk. Copy the folder itself.")
        return tree

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file in it, some folders down, for reading; `missing-file` or `bad-path` where it is no plain file."""
        *folders, name = path.split("/")
        with ExitStack() as stack:
            place = self
            for folder in folders:
                place = stack.enter_context(place.folder(folder))
            yield stack.enter_context(place._file(name))

    def read(self, path: str, max_bytes: int, what: str) -> bytes:
        """A file's bytes; `doc-too-large` beyond `max_bytes`, and no more than that is ever read."""
        with self.open(path) as file, _reading(what):
            is_too_large = os.fstat(file.fileno()).st_size > max_bytes
            data = b"" if is_too_large else file.read(max_bytes + 1)
        if is_too_large or len(data) > max_bytes:
            raise PaperError("doc-too-large", f"{what} has more than {max_bytes} bytes.")
        return data

    def _file(self, name: str) -> BinaryIO:
        with _reading(name):
            handle = os.open(_segment(name), _FILE, dir_fd=self.handle)
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_dev != self.disk:
            os.close(handle)
            raise PaperError("missing-file", f"{_shown(name)} is not a plain file.")
        return os.fdopen(handle, "rb")

    def _no_folder(self, name: str) -> PaperError:
        found = os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            return PaperError("bad-path", f"The folder {_shown(name)} is a link. Copy the folder itself.")
        return PaperError("missing-file", f"{_shown(name)} is not a folder.")


def open_tree(path: Path, disk: tuple[int, int] | None = None) -> Tree:
    """The folder at a path that the box itself has chosen; `missing-file` where there is none.

    `disk`: major and minor of the one that must be mounted there, and may just have been pulled out.
    """
    with _reading(path.name):
        tree = Tree(os.open(path, _FOLDER), path.name)
        if disk is not None and tree.disk != os.makedev(*disk):
            os.close(tree.handle)
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    return tree


def is_gone(error: BaseException | None) -> bool:
    """Whether a refusal comes of a disk that answers no more: a stick was pulled out, or is broken."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _GONE:
            return True
        error = error.__cause__
    return False


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PaperError("missing-file", f"{_shown(what)} is missing or cannot be read ({error.strerror}).") from error


def _segment(name: str) -> str:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise PaperError("bad-path", f"{_shown(name) or 'Nothing'} is no name of a file.")
    return name


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:100])
