"""The verb `sync`: brings the sales to the collector at once."""

from __future__ import annotations

import argparse

from appliance.commands.common import Add, not_synced, print_json
from appliance.doors import open_door


def register(add: Add) -> None:
    parser = add("sync", _sync, "bring the sales to the collector now", "stallbox sync")
    parser.add_argument("--json", action="store_true", help="for scripts")


async def _sync(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.sync()
    if options.json:
        print_json(answer)
    elif answer["sending"]:
        print("The box is still sending. See how it goes: stallbox status")
    else:
        print(f"Sent; {not_synced(answer['unsynced'])}")
