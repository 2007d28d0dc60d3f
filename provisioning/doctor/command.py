"""The verb `doctor` of the `stallbox` command: asks the running box, prints a table, and exits with 1 on a fault."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from appliance import settings as settings_file
from appliance.errors import RequestError, SettingsError
from appliance.settings import Settings
from provisioning.doctor.phones import Row, replay

Run = Callable[[argparse.Namespace], Coroutine[None, None, None]]
Add = Callable[[str, Run, str, str], argparse.ArgumentParser]

_HEADINGS = ("phone", "at first", "after Continue", "asks")


def register(add: Add) -> None:
    """The entry point (group `stallbox.commands`): adds the verb."""
    parser = add("doctor", _doctor, "look at the running box as phones do", "stallbox doctor --phones")
    parser.add_argument("--phones", action="store_true", required=True, help="replay what each system's phones ask")
    parser.add_argument("--json", action="store_true", help="for scripts")


async def _doctor(options: argparse.Namespace) -> None:
    rows = await replay(_settings(options.dir))
    print(json.dumps([row.as_json() for row in rows]) if options.json else table(rows))  # noqa: T201
    bad = [row.name for row in rows if row.fault]
    if bad:
        raise RequestError("fault", f"Phones will be told the wrong thing: {', '.join(bad)}.")


def _settings(folder: Path) -> Settings:
    try:
        return settings_file.parse((folder / "stallbox.toml").read_text())
    except OSError as error:
        raise SettingsError("settings", f"{folder} is not a box's data directory; name it with --dir.") from error


def table(rows: Sequence[Row]) -> str:
    """The rows for people, a fault under its row."""
    lines = [_HEADINGS, *((row.name, row.first, row.after, row.asks) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS))]
    printed = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]
    for at in reversed(range(len(rows))):
        if fault := rows[at].fault:
            printed.insert(at + 2, f"  ! {fault}")
    return "\n".join(printed)
