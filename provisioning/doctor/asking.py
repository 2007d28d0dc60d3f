"""Asks a box how it is: a running one by its socket, a stopped one by `stallbox status --json`.

Knows the answer as the API's description has it (schema `Status`), and nothing of how it is made.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.errors import StallboxError, StoreError
from appliance.weblib.control import connect

_PATIENCE_S = 120  # a ledger of a long year is checked before a stopped box answers
_PATH = "/api/v1/status"


@dataclass(frozen=True, slots=True)
class Told:
    """What the box says of itself (`Status` of the API), and whether its daemon said so."""

    status: Mapping[str, Any]
    is_running: bool


async def ask(folder: Path) -> Told:
    """The state of the box whose data directory is `folder`. Raises what keeps it from answering."""
    try:
        async with connect(folder) as control:
            return Told(await control.get(_PATH), is_running=True)
    except (StallboxError, OSError):
        return Told(await _ask_stopped(folder), is_running=False)  # nobody listens; if it is worse, the command says so


async def _ask_stopped(folder: Path) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "appliance", "status", "--json", "--dir", str(folder)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, **_as_owner(folder))
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer, said = await process.communicate()
    except TimeoutError as error:
        raise StoreError("store", f"The box has not answered for {_PATIENCE_S} s. Is its disk failing?") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError as error:
        detail = said.decode(errors="replace").strip().splitlines()
        raise StoreError("store", f"The box does not say how it is: {detail[-1] if detail else 'no word'}") from error
    if process.returncode:
        raise StoreError(str(found["code"]), str(found["detail"]))
    return found


def _as_owner(folder: Path) -> dict[str, Any]:
    """Root opens the data as their owner does: a file that it made would be closed to the box."""
    if os.geteuid() != 0:
        return {}
    owner = folder.stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
