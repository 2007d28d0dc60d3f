"""The verbs `init`, `run` and `status`: a box is set up, opens, and says how it is."""

from __future__ import annotations

import argparse
from pathlib import Path

from appliance import founding
from appliance.commands.common import Add, counted, field, not_synced, objects, print_json, texts
from appliance.doors import open_door
from appliance.settings import Settings


def register(add: Add) -> None:
    init = add("init", _init, "set a box up", "stallbox init boxes/stall-7 --dir ~/stall")
    init.add_argument("box_folder", type=Path, help="the folder that `stallbox-organizer box add` made")
    add("run", _run, "open the stall", "stallbox run --dir ~/stall")
    status = add("status", _status, "say how the box is", "stallbox status --json")
    status.add_argument("--json", action="store_true", help="for scripts")


async def _init(options: argparse.Namespace) -> None:
    settings = founding.found(options.box_folder, options.dir)
    async with open_door(options.dir) as door:
        box = (await door.status())["box"]
    print(f"{settings.name} is set up in {options.dir}; its box id is {box}.")


async def _run(options: argparse.Namespace) -> None:
    from appliance import daemon  # noqa: PLC0415  # every device and service, which no other command needs

    await daemon.run(options.dir, _announce)


def _announce(settings: Settings) -> None:
    web = settings.web
    print(f"{settings.name} is open.")
    print(f"  shop     {web.base}/")
    print(f"  console  https://{web.public}:{web.console_port}/console")
    print(f"           http://127.0.0.1:{web.port}/console (on this machine)")
    print(f"  display  http://127.0.0.1:{web.port}/display")
    print(f"  status   http://127.0.0.1:{web.port}/api/v1/status", flush=True)


async def _status(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        status = await door.status()
    if options.json:
        print_json(status)
        return
    print(f"Box {status['box']}, ledger of {status['size']} entries, clock by {field(status, 'clock', 'quality')}.")
    for drop in objects(status["drops"]):
        left = "any number" if drop["left"] is None else drop["left"]
        print(f"  {drop['title']}: {drop['sold']} sold, {left} left")
    print(not_synced(field(status, "unsynced", "count")))
    if field(status, "sync", "doing") == "waiting":
        print(f"  ! {field(status, 'sync', 'text')}")
    for case in objects(status["cases"]):
        entries = counted(case["entries"], "entry is", "entries are")
        print(f"{entries} in the organizer's case {case['case'] or '?'} ({case['reason'] or '?'}).")
    if status["seats"]:
        taken, of = field(status, "seats", "taken"), field(status, "seats", "of")
        print(
            f"{taken} of {of} phones are on the Wi-Fi."
            if of
            else f"{counted(taken, 'phone is', 'phones are')} on the Wi-Fi."
        )
    print(f"Buttons: {', '.join(texts(status['buttons'])) or 'none'}.")
    for fault in objects(status["faults"]):
        print(f"  ! {fault['text']}")
