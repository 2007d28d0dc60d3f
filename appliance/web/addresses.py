"""The addresses of the pages: patterns for the router and links for the pages.

The QR codes hold links in upper case, which costs them fewer modules; so every pattern takes both cases.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_PART = re.compile(r"(\{[^{}]+\})")
_WORD = re.compile(r"[A-Za-z][A-Za-z.]*")


def anycase(pattern: str) -> str:
    """aiohttp's pattern for `pattern`, whose words match in upper case as well; `{names}` stay as they are."""
    parts = _PART.split(pattern)
    count = 0
    for at in range(0, len(parts), 2):

        def either(found: re.Match[str]) -> str:
            nonlocal count
            count += 1
            return "{_%d:(?i:%s)}" % (count, re.escape(found[0]))  # noqa: UP031  # braces mean something to both

        parts[at] = _WORD.sub(either, parts[at])
    return "".join(parts)


def claim_path(code: str) -> str:
    """The claim's page."""
    return f"/c/{code}"


def file_path(base: str, path: str) -> str:
    """A file of a drop or claim whose page is `base`; `path` is the manifest's."""
    return f"{base}/files/{quote(path)}"


def drop_path(slug: str) -> str:
    """The drop's page."""
    return f"/drops/{slug}"
