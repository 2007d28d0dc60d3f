"""The verbs `mirror` and `adopt`: keep a mirror, and become the box that kept one."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys

from appliance.adopting import Adopted, adopt
from appliance.commands.common import Add, absolute
from appliance.doors import Door, Json, open_door
from appliance.services.clock import MACHINE

_CARD = "Owner card (26 characters): "
_STATES = {
    "kept": "The mirror has all that was sold.",
    "behind": "The mirror is being brought up.",
    "missing": "The mirror stick is missing. Put it back, or type: stallbox mirror --go-on",
    "without": "The mirror stick is missing, and the box sells without it until it is back.",
}


def register(add: Add) -> None:
    """Adds both verbs."""
    mirror = add("mirror", _mirror, "keep a mirror of the box", "stallbox mirror --prepare /media/stick --sync")
    what = mirror.add_mutually_exclusive_group()
    what.add_argument("--prepare", type=absolute, metavar="FOLDER", help="keep it in FOLDER/STALLBOX/MIRROR")
    what.add_argument("--go-on", action="store_true", help="sell without it until it is back")
    what.add_argument("--stop", action="store_true", help="keep none any more")
    mirror.add_argument("--sync", action="store_true", help="tell no sale before the mirror has it")
    mirror.add_argument("--card", help="the owner card's characters (asked for)")
    mirror.add_argument("--json", action="store_true", help="for scripts")
    take = add("adopt", _adopt, "become the box that kept a mirror", "stallbox adopt /media/stick --dir ~/stall")
    take.add_argument("stick", type=absolute, help="the stick, or its folder MIRROR")
    take.add_argument("--card", help="the owner card's characters (asked for)")
    take.add_argument(
        "--went-on-without",
        choices=("yes", "no"),
        help="whether the old box may have sold while the stick was out of it (asked for; without a terminal: yes)",
    )
    take.add_argument("--json", action="store_true", help="for scripts")


async def _mirror(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await _asked(door, options)
    print(json.dumps(answer) if options.json else _said(answer))


async def _asked(door: Door, options: argparse.Namespace) -> Json:
    if options.prepare is not None:
        card = options.card or getpass.getpass(_CARD)
        return await door.prepare_mirror(options.prepare / "STALLBOX" / "MIRROR", card, is_sync=options.sync)
    if options.go_on:
        return await door.go_on_without_mirror()
    return await (door.stop_mirror() if options.stop else door.mirror())


def _said(answer: Json) -> str:
    state = answer["mirror"]
    said = _STATES[str(state)] if state else "This box keeps no mirror."
    behind = f" It lacks {answer['behind']} entries." if answer["behind"] else ""
    fault = f"\n  ! {answer['fault']}" if answer["fault"] else ""
    return f"{said}{behind}{fault}"


async def _adopt(options: argparse.Namespace) -> None:
    card = options.card or getpass.getpass(_CARD)
    adopted = await asyncio.to_thread(
        adopt, options.stick, options.dir, card, went_on=lambda: _went_on(options), readings=MACHINE
    )
    async with open_door(options.dir) as door:  # loads it once, so that what does not hold is said now
        faults = (await door.status())["faults"]
    if options.json:
        print(json.dumps(_answer(adopted) | {"faults": faults}))
        return
    print(f"{adopted.name} goes on in {options.dir}, with {adopted.sales} sales. Start it: stallbox run")
    if adopted.is_blocked:
        print("Some numbers may have been sold since: they are blocked until you decide on the console.")
    if adopted.missing:
        print(f"{len(adopted.missing)} files were not on the mirror: bring their bundles.")


def _went_on(options: argparse.Namespace) -> bool:
    """In doubt it has: then numbers are blocked until the stall owner decides, and none is sold twice."""
    if options.went_on_without is None and sys.stdin.isatty():
        print("May the old box have sold while this stick was out of it? [y/N] ", end="", flush=True)
        return sys.stdin.readline().strip().lower().startswith("y")
    return str(options.went_on_without) != "no"


def _answer(adopted: Adopted) -> Json:
    return {
        "box": adopted.box,
        "name": adopted.name,
        "sales": adopted.sales,
        "blocked": adopted.is_blocked,
        "missing": list(adopted.missing),
    }
