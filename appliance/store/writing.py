"""What is said when a disk refuses to take a file: that it is full, or that it cannot be written."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from appliance.errors import PaperError, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def writing(what: str) -> Iterator[None]:
    """Turns OSError into PaperError `no-space` where the disk is full, else into StoreError `not-ready`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            text = f"{what} does not fit: the disk is full. Sales go on; remove something or use a larger card."
            raise PaperError("no-space", text) from error
        text = f"{what} cannot be written ({error.strerror}). Sales go on; look at the card."
        raise StoreError("not-ready", text) from error
