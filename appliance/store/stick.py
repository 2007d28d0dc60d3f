"""Writes files onto a stick so that each is there whole or not at all, and is read back from the stick itself.

Knows the order of syncs, and folders that others have made; what is written and where, is said by others. Everything
here blocks: call it in a thread.
"""

from __future__ import annotations

import contextlib
import os

from appliance.core.stick import MAX_NAMES, own_name
from appliance.errors import PaperError, StoreError
from appliance.files import write_all
from appliance.tree import Tree

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PART = "STALLBOX.PART"


def find(place: Tree, name: str) -> str | None:
    """How the folder `name` is written there: in capitals, or otherwise where a look at the names can tell."""
    if _is_there(place, name):
        return name
    try:
        return own_name(place.names(MAX_NAMES), name)
    except PaperError as refusal:
        if refusal.code == "doc-too-large":
            return None  # somebody's disk of many files: on it, ours is found by its proper name
        raise


def make_folder(place: Tree, name: str) -> Tree:
    """The folder of that name, in capitals or not; made where there is none. OSError where the stick refuses."""
    found = find(place, name)
    if found is None:
        os.mkdir(name, dir_fd=place.handle)
        os.fsync(place.handle)
    return place.folder(found or name)


def put(folder: Tree, name: str, data: bytes) -> bool:
    """Writes a file, unless the stick holds these very bytes under this name; whether it wrote.

    What a stick that was pulled out has kept of an earlier try is replaced. OSError where the stick refuses;
    StoreError `store` where it gives back other bytes than were written.
    """
    if _holds(folder, name, data):
        return False
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_PART, dir_fd=folder.handle)
    handle = os.open(_PART, _NEW, 0o644, dir_fd=folder.handle)
    try:
        write_all(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(_PART, name, src_dir_fd=folder.handle, dst_dir_fd=folder.handle)
    os.fsync(folder.handle)
    if not _holds(folder, name, data):
        raise StoreError("store", "The stick gives back other bytes than were written: it is broken. Take another.")
    return True


def _holds(folder: Tree, name: str, data: bytes) -> bool:
    """Asked of the stick, not of the kernel's memory: that is told to forget what it knows of the file first."""
    if not _is_there(folder, name):
        return False
    with folder.open(name) as file:
        if os.fstat(file.fileno()).st_size != len(data):
            return False
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read(len(data) + 1) == data


def _is_there(folder: Tree, name: str) -> bool:
    """Also for a link that leads nowhere."""
    try:
        os.stat(name, dir_fd=folder.handle, follow_symlinks=False)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise PaperError("missing-file", f"{name} cannot be read ({error.strerror}).") from error
    return True
