"""One writer: only the process that holds the lock on the data directory may open its ledger.

The kernel lets go of the lock when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import StoreError


@contextlib.contextmanager
def data_lock(folder: Path) -> Iterator[None]:
    """Holds the directory for this process; StoreError `busy` where another stallbox has it."""
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError("store", f"The data directory {folder} cannot be used ({error.strerror}).") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError("busy", f"Another stallbox is running on {folder}. Stop that one first.") from error
        yield
    finally:
        os.close(handle)
