"""The `stallbox` command: the box from a terminal. Parses, asks the box by one of its doors, prints.

Exit code 0: done, 1: refused, 2: wrong usage. Errors go to standard error, in a sentence that says what to do.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from appliance.commands import box, goods, mirror, pair, sales, screen, sync
from appliance.commands.common import Run, print_json
from appliance.errors import StallboxError, StoreError

_VERBS = (
    box.register,
    goods.register,
    sales.register,
    mirror.register,
    pair.register,
    screen.register,
    sync.register,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    run: Run = options.command
    try:
        asyncio.run(run(options))
    except StallboxError as refusal:
        return _refused(options, refusal)
    except OSError as error:
        if error.filename is None:
            raise
        return _refused(options, StoreError("store", f"{error.filename} cannot be used: {error.strerror}."))
    except KeyboardInterrupt:
        return 130
    return 0


def _refused(options: argparse.Namespace, refusal: StallboxError) -> int:
    if getattr(options, "json", False):
        print_json({"code": refusal.code, "title": refusal.title, "detail": refusal.detail})
    print(f"stallbox: {refusal.detail}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stallbox",
        description="A box that sells numbered digital drops at a stall, without internet.",
        epilog="example: stallbox sell harbour-lights --quantity 2 --method card",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for register in (*_VERBS, *(verb.load() for verb in entry_points(group="stallbox.commands"))):
        register(partial(_add, commands))
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Run, text: str, example: str
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


if __name__ == "__main__":
    sys.exit(main())
