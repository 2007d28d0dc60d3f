"""The `stallbox` command: the box from a terminal. Parses, asks the box by one of its doors, prints.

Exit code 0: done, 1: refused, 2: wrong usage. Errors go to standard error, in a sentence that says what to do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from appliance import daemon, founding, mirror_commands
from appliance.commands import pair, screen, sync
from appliance.core.money import format_money, parse_amount
from appliance.doors import Door, Json, open_door
from appliance.errors import SaleError, StallboxError
from appliance.files import write_durably
from appliance.settings import Settings

_RANGE = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")

Command = Callable[[argparse.Namespace], Coroutine[None, None, None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    run: Command = options.command
    try:
        asyncio.run(run(options))
    except StallboxError as refusal:
        if getattr(options, "json", False):
            _print_json({"code": refusal.code, "title": refusal.title, "detail": refusal.detail})
        print(f"stallbox: {refusal.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stallbox",
        description="A box that sells numbered digital drops at a stall, without internet.",
        epilog="example: stallbox sell harbour-lights --quantity 2 --method card",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    init = _add(commands, "init", _init, "set a box up", "stallbox init boxes/stall-7 --dir ~/stall")
    init.add_argument("box_folder", type=Path, help="the folder that `stallbox-organizer box add` made")
    _add(commands, "run", _run, "open the stall", "stallbox run --dir ~/stall")
    status = _add(commands, "status", _status, "say how the box is", "stallbox status --json")
    status.add_argument("--json", action="store_true", help="for scripts")
    ingest = _add(commands, "ingest", _ingest, "take a bundle in", "stallbox ingest harbour-lights-v1.drop")
    ingest.add_argument(
        "path", type=_absolute, help="the bundle's folder, or the file of a paper such as a clock-reset"
    )
    ingest.add_argument("--json", action="store_true", help="for scripts")
    export = _add(commands, "export", _export, "write the log as sync batches", "stallbox export /media/stick")
    export.add_argument("path", type=Path, help="the folder to write to")
    export.add_argument("--from", dest="first", type=_count, default=0, help="the first entry (0)")
    export.add_argument("--json", action="store_true", help="for scripts")
    _add_sell(commands)
    redeem = _add(commands, "redeem", _redeem, "redeem a payment token", "stallbox redeem 2KCE3IQBE4CEQ… --json")
    redeem.add_argument("text", help="the token, or a link to it")
    redeem.add_argument("--json", action="store_true", help="for scripts")
    release = _add(commands, "release", _release, "give numbers up", "stallbox release harbour-lights 41-50,60")
    release.add_argument("slug", help="the drop")
    release.add_argument("ranges", type=_ranges, help="the numbers, such as 41-50,60")
    release.add_argument("--json", action="store_true", help="for scripts")
    close = _add(commands, "close", _close, "close the day", "stallbox close --json > monday.json")
    close.add_argument("--json", action="store_true", help="for scripts")
    mirror_commands.register(partial(_add, commands))
    for register in (pair.register, screen.register, sync.register):
        register(partial(_add, commands))
    for verb in entry_points(group="stallbox.commands"):
        verb.load()(partial(_add, commands))
    return parser


def _add_sell(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sell = _add(commands, "sell", _sell, "sell a copy", "stallbox sell harbour-lights --price print --json")
    sell.add_argument("slug", help="the drop")
    sell.add_argument("--price", help="the price option (the first)")
    sell.add_argument("--quantity", type=_count, default=1, help="how many copies (1)")
    sell.add_argument("--method", choices=("cash", "card"), default="cash", help="how it was paid (cash)")
    sell.add_argument("--discount", default="0", help="off the whole order, such as 1.00")
    sell.add_argument("--reason", help="why there is a discount")
    sell.add_argument("--tip", default="0", help="on the whole order, such as 1.00")
    sell.add_argument("--payment-ref", help="the card reader's receipt number")
    sell.add_argument("--json", action="store_true", help="for scripts")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Command, text: str, example: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text.capitalize()}.", epilog=f"example: {example}")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(os.environ.get("STALLBOX_DIR", "/var/lib/stallbox")),
        help="the box's data directory (STALLBOX_DIR, else /var/lib/stallbox)",
    )
    parser.set_defaults(command=run)
    return parser


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _ranges(text: str) -> list[list[int]]:
    """`41-50,60` as inclusive ranges; which numbers there are, the box knows."""
    found = [_RANGE.fullmatch(part) for part in text.split(",")]
    return [[int(match[1]), int(match[2] or match[1])] if match else _no_range(text) for match in found]


def _no_range(text: str) -> list[int]:
    raise argparse.ArgumentTypeError(f"{text} is no list of numbers: write it like 41-50,60")


async def _init(options: argparse.Namespace) -> None:
    settings = founding.found(options.box_folder, options.dir)
    async with open_door(options.dir) as door:
        box = (await door.status())["box"]
    print(f"{settings.name} is set up in {options.dir}; its box id is {box}.")


async def _run(options: argparse.Namespace) -> None:
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
        _print_json(status)
        return
    print(f"Box {status['box']}, ledger of {status['size']} entries, clock by {_field(status, 'clock', 'quality')}.")
    for drop in _objects(status["drops"]):
        left = "any number" if drop["left"] is None else drop["left"]
        print(f"  {drop['title']}: {drop['sold']} sold, {left} left")
    unsynced = _field(status, "unsynced", "count")
    print(f"{unsynced} entries are not synced.")
    for case in _objects(status["cases"]):
        print(f"{case['entries']} entries are in the organizer's case {case['case'] or '?'} ({case['reason'] or '?'}).")
    if status["seats"]:
        of = _field(status, "seats", "of")
        print(f"{_field(status, 'seats', 'taken')}{f' of {of}' if of else ''} phones are on the Wi-Fi.")
    print(f"Buttons: {', '.join(_texts(status['buttons'])) or 'none'}.")
    for fault in _objects(status["faults"]):
        print(f"  ! {fault['text']}")


async def _sell(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        currency = _currency(await door.status(), options.slug)
        answer = await door.sell(
            {
                "drop": options.slug,
                "price": options.price,
                "quantity": options.quantity,
                "method": options.method,
                "discount": parse_amount(options.discount, currency),
                "discount_reason": options.reason,
                "tip": parse_amount(options.tip, currency),
                "payment_ref": options.payment_ref,
            }
        )
    if options.json:
        _print_json(answer)
        return
    for sale in _objects(answer["sales"]):
        print(f"Sold {_handed_over(sale, ':')}")


async def _redeem(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.redeem(options.text.strip())
    if options.json:
        _print_json(answer)
        return
    for sale in _objects(answer["sales"]):
        before = "Redeemed before" if answer["again"] else "Redeemed"
        mark = ", marked" if answer["marked"] else ""
        print(f"{before}, {answer['tier']}{mark}: {_handed_over(sale, ',')}")


def _handed_over(sale: Mapping[str, object], then: str) -> str:
    """Which copy, and how its buyer gets it; an opened claim has no pickup number any more."""
    number = f"#{sale['number']}" if sale["number"] else "a copy"
    pickup = f"pickup number {sale['pickup']}, or " if sale["pickup"] else ""
    return f"{number}{then} {pickup}{sale['url']}"


async def _release(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.release(options.slug, options.ranges)
    if options.json:
        _print_json(answer)
    else:
        print(f"Released under {answer['entry']}. Export the log: with it the creator can give the numbers away anew.")


async def _close(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.close()
        titles = {drop["drop"]: drop["title"] for drop in _objects((await door.status())["drops"])}
    if options.json:
        _print_json(answer)
        return
    print(f"The day is closed under {answer['entry']}. This is no fiscal record.")
    for row in _objects(_field(answer, "totals", "rows")):
        print(f"  {titles.get(row['drop'], row['drop'])}: {_row(row)}")
    print(f"Voided {_field(answer, 'totals', 'voids')}, owed {_field(answer, 'totals', 'owed')}.")
    print(f"{_field(answer, 'totals', 'unsynced')} entries are not synced.")
    if way := _field(answer, "funnel", "all"):
        print(_passed(way))


def _passed(way: object) -> str:
    assert isinstance(way, dict), "a funnel has counts"
    return (
        f"Phones: {way['joined']} on the Wi-Fi, {way['page']} opened a page, {way['paid']} paid, "
        f"{way['files']} have their files."
    )


def _row(row: Json) -> str:
    amount, discount, tip = (int(str(row[name])) for name in ("amount", "discount", "tip"))
    tier = f", {row['tier']}" if row["tier"] else ""
    paid = format_money(amount - discount + tip, str(row["currency"]))
    return f"{row['price']}, {row['method']}{tier}: {row['count']} for {paid}"


def _currency(status: Json, slug: str) -> str:
    for drop in _objects(status["drops"]):
        if drop["slug"] == slug:
            return str(drop["currency"])
    known = ", ".join(str(drop["slug"]) for drop in _objects(status["drops"])) or "none yet"
    raise SaleError("unknown-drop", f"There is no drop “{slug}” on this box; it has {known}.")


async def _ingest(options: argparse.Namespace) -> None:
    last: Json = {}
    async with open_door(options.dir) as door:
        async for last in door.ingest(options.path):
            if "total" in last and sys.stderr.isatty():
                print(f"\r{last['done']} of {last['total']} bytes", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        _print_json(last)
    elif "paper" in last:
        print(f"{last['paper']} {last['version']} {'is taken in' if last['news'] else 'was here already'}.")
    else:
        news = "is on sale now" if last["news"] else "was here already"
        print(f"{last['title']}, version {last['version']}, {news}.")


async def _export(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        await asyncio.to_thread(options.path.mkdir, parents=True, exist_ok=True)
        names = await _write_batches(door, options.path, options.first)
    if options.json:
        _print_json({"batches": names})
    else:
        print(f"{len(names)} batches written to {options.path}.")


async def _write_batches(door: Door, folder: Path, first: int) -> list[str]:
    names = []
    async for name, data in door.export(first):
        await asyncio.to_thread(write_durably, folder / name, data)
        names.append(name)
    return names


def _print_json(value: Json) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _field(value: Json, name: str, inner: str) -> object:
    found = value[name]
    return found[inner] if isinstance(found, dict) else None


def _texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


if __name__ == "__main__":
    sys.exit(main())
