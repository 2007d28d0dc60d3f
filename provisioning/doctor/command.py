"""The verb `doctor` of the `stallbox` command: looks at box and machine, prints, and exits with 1 on a fault."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from appliance import settings as settings_file
from appliance.errors import RequestError, SettingsError
from appliance.settings import Settings
from provisioning.doctor import phones
from provisioning.doctor.examination import examine
from provisioning.doctor.line import Level
from provisioning.doctor.machine import look
from provisioning.doctor.table import table

Run = Callable[[argparse.Namespace], Coroutine[None, None, None]]
Add = Callable[[str, Run, str, str], argparse.ArgumentParser]


def register(add: Add) -> None:
    """The entry point (group `stallbox.commands`): adds the verb."""
    parser = add("doctor", _doctor, "look at box and machine, and say what to do", "sudo stallbox doctor")
    parser.add_argument("--phones", action="store_true", help="instead, replay what each system's phones ask")
    parser.add_argument("--json", action="store_true", help="for scripts")


async def _doctor(options: argparse.Namespace) -> None:
    settings = _settings(options.dir)
    await (_look_as_phones(settings, options.json) if options.phones else _look(settings, options.dir, options.json))


async def _look(settings: Settings, folder: Path, as_json: bool) -> None:
    hotspot = settings.hotspot
    machine = await asyncio.to_thread(look, hotspot.interface if hotspot and hotspot.radio else None)
    lines = await examine(settings, folder, machine)
    _print(json.dumps([line.as_json() for line in lines], ensure_ascii=False) if as_json else table(lines))
    _refuse([line.about for line in lines if line.level is Level.FAIL], "To be fixed before the market")


async def _look_as_phones(settings: Settings, as_json: bool) -> None:
    rows = await phones.replay(settings)
    _print(json.dumps([row.as_json() for row in rows]) if as_json else phones.table(rows))
    _refuse([row.name for row in rows if row.fault], "Phones will be told the wrong thing")


def _print(text: str) -> None:
    print(text)  # noqa: T201  # this is what the verb is for


def _refuse(bad: Sequence[str], what: str) -> None:
    if bad:
        raise RequestError("fault", f"{what}: {', '.join(dict.fromkeys(bad))}.")


def _settings(folder: Path) -> Settings:
    try:
        return settings_file.parse((folder / "stallbox.toml").read_text())
    except PermissionError as error:
        raise SettingsError("settings", f"{folder} is the box's own. Type: sudo stallbox doctor") from error
    except OSError as error:
        raise SettingsError("settings", f"{folder} is not a box's data directory; name it with --dir.") from error
