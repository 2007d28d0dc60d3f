"""Runs a script of this folder with Node.js. What the script does is not known here."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


async def drive(script: str, *arguments: str, given: object = None, within_s: float = 60) -> list[Any]:
    """The JSON values that the script prints, one a line; `given` is a line of JSON that it reads.

    AssertionError with the script's complaint where it fails or takes too long.
    """
    pipe = asyncio.subprocess.PIPE
    command = [shutil.which("node") or "node", str(HERE / script), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(within_s):
            out, err = await process.communicate(json.dumps(given).encode() + b"\n")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()]
