"""The verbs `mirror` and `adopt`: keep a mirror, and become the box that kept one."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import warnings
from collections.abc import Coroutine
from pathlib import Path

from appliance.adopting import Adopted, adopt
from appliance.commands.common import Add, absolute, counted
from appliance.doors import Door, Json, open_door
from appliance.errors import RequestError
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


def _mirror(options: argparse.Namespace) -> Coroutine[None, None, None]:
    if options.prepare is not None:
        return _prepare(options, options.prepare / "STALLBOX" / "MIRROR", _card(options))
    return _look(options)


def _card(options: argparse.Namespace) -> str:
    """Asked for before the event loop runs, which Ctrl-C would not end while a thread reads."""
    if options.card:
        return str(options.card)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", getpass.GetPassWarning)  # a script pipes the card in: nobody looks on
            return getpass.getpass(_CARD)
    except EOFError as error:
        raise RequestError("bad-request", "Nobody is here to type the owner card: give it with --card.") from error


async def _prepare(options: argparse.Namespace, folder: Path, card: str) -> None:
    async with open_door(options.dir) as door:
        before = (await door.mirror())["path"]
        answer = await door.prepare_mirror(folder, card, is_sync=options.sync)
    left = before if before != answer["path"] else None
    if options.json:
        print(json.dumps(answer | {"left": left}))
        return
    print(_said(answer))
    if left is not None:
        print(f"The mirror in {left} is kept up no more.")


async def _look(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await _asked(door, options)
    print(json.dumps(answer) if options.json else _said(answer))


async def _asked(door: Door, options: argparse.Namespace) -> Json:
    if options.go_on:
        return await door.go_on_without_mirror()
    return await (door.stop_mirror() if options.stop else door.mirror())


def _said(answer: Json) -> str:
    state = answer["mirror"]
    said = _STATES[str(state)] if state else "This box keeps no mirror."
    behind = f" It lacks {counted(answer['behind'], 'entry', 'entries')}." if answer["behind"] else ""
    fault = f"\n  ! {answer['fault']}" if answer["fault"] else ""
    return f"{said}{behind}{fault}"


def _adopt(options: argparse.Namespace) -> Coroutine[None, None, None]:
    """Adopts before the event loop runs, so that Ctrl-C ends its questions."""
    card = _card(options)
    adopted = adopt(options.stick, options.dir, card, went_on=lambda: _went_on(options), readings=MACHINE)
    return _loaded(options, adopted)


async def _loaded(options: argparse.Namespace, adopted: Adopted) -> None:
    async with open_door(options.dir) as door:  # loads it once, so that what does not hold is said now
        faults = (await door.status())["faults"]
    if options.json:
        print(json.dumps(_answer(adopted) | {"faults": faults}))
        return
    print(f"{adopted.name} goes on in {options.dir}, with {counted(adopted.sales, 'sale')}. Start it: stallbox run")
    if adopted.is_blocked:
        print("Some numbers may have been sold since: they are blocked until you decide on the console.")
    if adopted.missing:
        files = counted(len(adopted.missing), "file was", "files were")
        print(f"{files} not on the mirror: bring the bundles.")


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
