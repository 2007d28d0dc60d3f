"""The verbs `ingest` and `export`: drops and papers come in, the log goes out."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from appliance.commands.common import Add, absolute, count, counted, print_json
from appliance.doors import Door, Json, open_door
from appliance.errors import RequestError
from appliance.files import write_durably


def register(add: Add) -> None:
    ingest = add("ingest", _ingest, "take a bundle in", "stallbox ingest harbour-lights-v1.drop")
    ingest.add_argument("path", type=absolute, help="the bundle's folder, or the file of a paper such as a clock-reset")
    ingest.add_argument("--json", action="store_true", help="for scripts")
    export = add("export", _export, "write the log as sync batches", "stallbox export /media/stick")
    export.add_argument("path", type=Path, help="the folder to write to")
    export.add_argument("--from", dest="first", type=count, default=0, help="the first entry (0)")
    export.add_argument("--json", action="store_true", help="for scripts")


async def _ingest(options: argparse.Namespace) -> None:
    last: Json = {}
    async with open_door(options.dir) as door:
        async for last in door.ingest(options.path):
            if "total" in last and sys.stderr.isatty():
                print(f"\r{last['done']} of {last['total']} bytes", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        print_json(last)
    elif "paper" in last:
        print(f"{last['paper']} {last['version']} {'is taken in' if last['news'] else 'was here already'}.")
    else:
        news = "is on sale now" if last["news"] else "was here already"
        print(f"{last['title']}, version {last['version']}, {news}.")


async def _export(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        await asyncio.to_thread(options.path.mkdir, parents=True, exist_ok=True)
        names = await _write_batches(door, options.path, options.first)
        if not names:
            size = (await door.status())["size"]
            raise RequestError("bad-request", f"The log ends before entry {options.first}: it has {size}.")
    if options.json:
        print_json({"batches": names})
    else:
        print(f"{counted(len(names), 'batch', 'batches')} written to {options.path}.")


async def _write_batches(door: Door, folder: Path, first: int) -> list[str]:
    names = []
    async for name, data in door.export(first):
        await asyncio.to_thread(write_durably, folder / name, data)
        names.append(name)
    return names
