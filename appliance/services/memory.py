"""Keeps the box small: what a frame or a picture took goes back to the system as soon as it is drawn.

Knows one setting of glibc's malloc; where there is another C library it does nothing.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3  # <malloc.h>
_LARGE_BYTES = 128 * 1024  # glibc's own first value; once set it no longer grows with what was freed (mallopt(3))


def give_back_large_buffers() -> None:
    """Every later buffer of 128 KiB or more is returned when it is freed, instead of being kept for the next one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
