"""Long lists in parts: a drop may have thousands of files, and a page must stay small on a shared radio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from appliance.errors import RequestError

T = TypeVar("T")

FIRST = 6
"""How many stand on the page itself; the rest has pages of its own."""

PER_PAGE = 100
_MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One page of a list. `page` counts from 1; `first` is the place of its first item in the whole, from 1."""

    items: Sequence[T]
    page: int
    pages: int
    first: int
    total: int


def part(items: Sequence[T], asked: str | None) -> Part[T]:
    """The page that `?page=` asks for, the first where it does not say; `not-found` beyond the last."""
    pages = max(1, -(-len(items) // PER_PAGE))
    page = _page(asked or "1")
    if not 1 <= page <= pages:
        raise RequestError("not-found", "This list has no such page.", status_hint=404)
    start = (page - 1) * PER_PAGE
    return Part(items[start : start + PER_PAGE], page, pages, start + 1, len(items))


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0
