"""Files that are either whole or absent: durable writes, bounded reads, secrets that nobody else may read.

Knows the file system's promises (rename is atomic; data and names reach the disk only by fsync) and no content.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import KeyFileError, PaperError

HAS_MODES = sys.platform != "win32"


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replaces `path` by `data`: after a power cut there is the old file or the new one, never a part."""
    with durable_file(path, mode) as handle:
        write_all(handle, data)


@contextmanager
def durable_file(path: Path, mode: int = 0o644) -> Iterator[int]:
    """A descriptor to write to; on a clean exit what was written becomes `path`, on an error nothing does.

    An OSError names `path`, where it cannot be written: nobody knows the temporary file.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        try:
            yield handle
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def write_all(handle: int, data: bytes) -> None:
    """Writes every byte: a single write may take only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Makes a folder, and those above it, where they are missing: their names are durable when this returns."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=mode, exist_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Makes the names in a folder durable, where the system can."""
    if HAS_MODES:
        sync_file(path)


def sync_file(path: Path) -> None:
    """Makes what was written to a file durable, whoever wrote it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_limited(path: Path, max_bytes: int, what: str) -> bytes:
    """The file's bytes; `doc-too-large` beyond `max_bytes`, and `missing-file` where it is no regular file.

    No link is followed, and a FIFO or a device is not waited for.
    """
    handle = open_regular(path, what)
    with os.fdopen(handle, "rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise PaperError("doc-too-large", f"{what} has more than {max_bytes} bytes.")
    return data


def open_regular(path: Path, what: str) -> int:
    """A read-only descriptor of a regular file that is not a link; `missing-file` otherwise."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise PaperError("missing-file", f"{what} is missing or cannot be read ({error.strerror}).") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise PaperError("missing-file", f"{what} is not a plain file.")
    return handle


def read_secret(path: Path, max_bytes: int = 4096) -> bytes:
    """A secret's bytes; KeyFileError where it is absent or, where modes exist, readable by group or others."""
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError("key-file", f"The key file {path} cannot be read ({error.strerror}).") from error
    if HAS_MODES and mode & 0o077:
        raise KeyFileError("key-file", f"Others can read {path}. Type: chmod 600 {path}")
    if len(data) > max_bytes:
        raise KeyFileError("key-file", f"{path} is not a key file: it is too large.")
    return data


def free_space(path: Path) -> int:
    """Bytes that may still be written where `path` lies."""
    return shutil.disk_usage(path).free
