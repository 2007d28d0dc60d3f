"""A headless Chromium that looks at one page after another: what a page says, breaks and looks like.

Knows no stall; `look.mjs` does the looking.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
_LINE_BYTES = 16 * 1024 * 1024
_PATIENCE_S = 60

Doing = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at: size in CSS pixels, language, colour scheme, text in per cent, with a script or not.

    `forced`: the browser puts its own few colours in place of ours, as for people who need more contrast."""

    width: int = 390
    height: int = 844
    locale: str = "en"
    dark: bool = False
    text: int = 100
    script: bool = True
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What the browser saw. `wide`: elements beyond the right edge; `violations`: of WCAG 2.2 AA, by axe-core."""

    policy: str
    title: str
    said: str
    fields: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a browser goes and what it does there: ("fill", selector, text), ("tap", selector), ("send", selector) of a
    button that leads to another page, ("see", selector) waits for something, ("open", selector) of what unfolds,
    ("tell", address) asks an address, outside the page, so that a test hears how far it is.

    `is_still`: the page is kept from going on by itself.
    """

    address: str
    doing: Doing = ()
    agent: str = ""
    is_still: bool = False


class Looker:
    """The browser. One page at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def look(
        self, visit: Visit, view: View = View(), *, axe: bool = False, picture: Path | None = None, full: bool = True
    ) -> Seen:
        """Raises AssertionError where the page cannot be reached or a step not be done."""
        plan = {"address": visit.address, "doing": visit.doing, "still": visit.is_still, "axe": axe, "full": full}
        plan |= asdict(view) | ({"userAgent": visit.agent} if visit.agent else {})
        plan |= {"picture": str(picture)} if picture else {}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(plan).encode() + b"\n")
        line = await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE_S)
        answer = json.loads(line or b'{"fault": "the browser ended"}')
        assert "fault" not in answer, f"{visit.address}: {answer['fault']}"
        return Seen(**{name: tuple(value) if isinstance(value, list) else value for name, value in answer.items()})


@contextlib.asynccontextmanager
async def looker(chromium: str) -> AsyncIterator[Looker]:
    """Ends the browser at the end of the block."""
    command = [shutil.which("node") or "node", str(HERE / "look.mjs"), chromium]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_BYTES)
    try:
        yield Looker(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
