"""Purchases in a headless Chromium, and the check that what they brought home is what the creator packed."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.browser.driving import drive

_PATIENCE_S = 150


@dataclass(frozen=True, slots=True)
class Plan:
    """One purchase. `way`: how the buyer comes to the claim, by its name in journey.mjs; `console` may be the owner
    card's link; the archive becomes `folder`/archive.zip; `token` is a payment token as text."""

    console: str
    shop: str
    folder: str
    way: str = "number"
    width: int = 390
    script: bool = True
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """What the browser saw. `heard`: what the buyer's page said while it fetched."""

    file: str
    stamp: str
    claim: str
    heard: list[str]
    complaints: list[str]


async def buy(chromium: str, *plans: Plan) -> list[Bought]:
    """All at once, each with phones of its own."""
    given = [asdict(plan) for plan in plans]
    return [Bought(**seen) for seen in await drive("journey.mjs", chromium, given=given, within_s=_PATIENCE_S)]


async def check_archive(path: Path, slug: str, files: Mapping[str, str]) -> None:
    """`unzip -t` is content, and every file has the digest that was signed."""
    process = await asyncio.create_subprocess_exec("unzip", "-tqq", path, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    with zipfile.ZipFile(path) as archive:
        digests = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    assert {name.removeprefix(f"{slug}/"): digest for name, digest in digests.items() if "/" in name} == dict(files)
    assert any("certificate" in name for name in digests)


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
