"""How far a test goes that could go on for ever: a moment, or as far as CI has it go, with STALLBOX_LONG=1."""

from __future__ import annotations

import os
from typing import TypeVar

T = TypeVar("T")
IS_LONG = bool(os.environ.get("STALLBOX_LONG"))


def depth(usual: T, long: T) -> T:
    """One of the two, as this run was asked for."""
    return long if IS_LONG else usual
