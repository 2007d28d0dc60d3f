"""A purchase in a headless Chromium, and the check that what it brought home is what the creator packed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_PATIENCE_S = 150


@dataclass(frozen=True, slots=True)
class Bought:
    """What the browsers saw. `heard`: what the buyer's page said while it fetched; `sales`: the console's list."""

    number: str
    file: str
    stamp: str
    claim: str
    sales: str
    heard: list[str]
    complaints: list[str]


async def buy(chromium: str, console: str, shop: str, folder: Path, *, width: int = 390, script: bool = True) -> Bought:
    """From the tap on *Sell* to `folder`/archive.zip. `console` may be the owner card's link."""
    plan = {"console": console, "shop": shop, "folder": str(folder), "width": width, "script": script}
    command = [shutil.which("node") or "node", str(HERE / "journey.mjs"), chromium]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(_PATIENCE_S):
        out, err = await process.communicate(json.dumps(plan).encode() + b"\n")
    assert process.returncode == 0, err.decode()
    return Bought(**json.loads(out))


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
