"""The verb `pair`: has the running box show the code that pairs a further phone."""

from __future__ import annotations

import argparse

from appliance.commands.common import Add, print_json
from appliance.doors import open_door


def register(add: Add) -> None:
    parser = add("pair", _pair, "show the code that pairs another phone", "stallbox pair")
    parser.add_argument("--json", action="store_true", help="for scripts")


async def _pair(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        invitation = await door.pair()
    if options.json:
        print_json(invitation)
        return
    print(f"The code is on the box's displays for {invitation['seconds']} seconds; it stands for {invitation['url']}")
    print("Scan it with the new phone, on the stall's Wi-Fi. Then allow it on the console of a paired phone.")
