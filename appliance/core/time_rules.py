"""The rules *Clock* and *Window* of FORMATS §3, each a table: the first row that holds decides.

An interval of time in, a verdict out. Whom a verdict stops, and who may override it, is `redeem`'s and `sale`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from appliance.core.clock import Stamp

EARLY_S = 120  # how far an issuer's clock may run ahead


class Validity(StrEnum):
    """Whether a token is valid at a moment."""

    EXPIRED = "expired"
    NOT_YET = "not-yet"
    VALID = "valid"
    UNCERTAIN = "uncertain"


class Window(StrEnum):
    """Whether a sale window is open at a moment."""

    CLOSED = "closed"
    NOT_YET = "not-yet"
    OPEN = "open"
    UNCERTAIN = "uncertain"


CLOCK: Sequence[tuple[Validity, Callable[[Stamp, int, int], bool]]] = (
    (Validity.EXPIRED, lambda at, _iat, exp: at.lo >= exp),
    (Validity.NOT_YET, lambda at, iat, _exp: at.hi is not None and at.hi < iat - EARLY_S),
    (Validity.VALID, lambda at, _iat, exp: at.hi is not None and at.hi < exp),
    (Validity.UNCERTAIN, lambda _at, _iat, _exp: True),
)

WINDOW: Sequence[tuple[Window, Callable[[Stamp, int | None, int | None], bool]]] = (
    (Window.CLOSED, lambda at, _begin, end: end is not None and at.lo >= end),
    (Window.NOT_YET, lambda at, begin, _end: begin is not None and at.hi is not None and at.hi < begin),
    (Window.OPEN, lambda at, begin, end: _has_begun(at, begin) and _is_not_over(at, end)),
    (Window.UNCERTAIN, lambda _at, _begin, _end: True),
)


def _has_begun(at: Stamp, begin: int | None) -> bool:
    return begin is None or at.lo >= begin


def _is_not_over(at: Stamp, end: int | None) -> bool:
    return end is None or (at.hi is not None and at.hi < end)


def validity(at: Stamp, issued: int, expires: int) -> Validity:
    """Of a token with these claims, Unix seconds."""
    return next(verdict for verdict, holds in CLOCK if holds(at, issued, expires))


def window(at: Stamp, begin: int | None, end: int | None) -> Window:
    """Of a sale from `begin` until `end`, Unix seconds; None: without that limit."""
    return next(verdict for verdict, holds in WINDOW if holds(at, begin, end))
