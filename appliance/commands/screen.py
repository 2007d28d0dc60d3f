"""The verb `screen`: which pages there are, one of them as a picture, and the test picture on every display."""

from __future__ import annotations

import argparse
import asyncio
import re
from io import BytesIO
from pathlib import Path

from appliance.commands.common import Add, print_json
from appliance.doors import Json, open_door
from appliance.errors import StoreError
from appliance.files import write_durably
from appliance.screens.examples import EXAMPLES
from appliance.screens.frames import Size, draw
from appliance.screens.pages import Page

_SIZE = re.compile(r"([0-9]{3,4})x([0-9]{3,4})")
_SMALLEST, _LARGEST = (250, 122), (1920, 1080)  # the largest also upright


def register(add: Add) -> None:
    parser = add("screen", _screen, "look at the pages of the screen", "stallbox screen --show claims -o claims.png")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="every page, which of them is due, and the displays")
    what.add_argument("--show", type=_page, metavar="PAGE", help="draw a page with made-up sales")
    what.add_argument("--test", action="store_true", help="show the test picture on every display for some seconds")
    parser.add_argument("--size", type=_size, default=(800, 480), help="of the picture, such as 250x122 (800x480)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the PNG file to write (PAGE.png)")
    parser.add_argument("--json", action="store_true", help="for scripts")


async def _screen(options: argparse.Namespace) -> None:
    if options.show is not None:
        await _show(options)
    elif options.test:
        await _test(options)
    else:
        await _list(options)


async def _list(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        screen = await door.screen()
    if options.json:
        print_json(screen)
        return
    for page in Page:
        print(f"{page}{' (now)' if page == screen['page'] else ''}")
    _print_displays(screen)


async def _show(options: argparse.Namespace) -> None:
    file = options.output or Path(f"{options.show}.png")
    await asyncio.to_thread(_write, file, options.show, options.size)
    if options.json:
        width, height = options.size
        print_json({"page": str(options.show), "width": width, "height": height, "file": str(file)})
    else:
        print(f"{file}: the page “{options.show}” with made-up sales.")


async def _test(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        tested = await door.test_displays()
    if options.json:
        print_json(tested)
        return
    print(f"The test picture is shown for {tested['seconds']} seconds, and a slow panel takes its time to show it.")
    _print_displays(tested)


def _print_displays(answer: Json) -> None:
    displays = answer["displays"]
    assert isinstance(displays, list), "a door answers with a list"
    for place, display in enumerate(displays, start=1):
        print(f"Display {place}, {display['kind']}: {display['fault'] or 'works'}")


def _write(file: Path, page: Page, size: Size) -> None:
    out = BytesIO()
    draw(page, EXAMPLES[page], size, "RGB").save(out, "PNG")
    try:
        write_durably(file, out.getvalue(), 0o644)
    except OSError as error:
        raise StoreError("store", f"{file} cannot be written: {error.strerror}.") from error


def _page(text: str) -> Page:
    try:
        return Page(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"there is no page {text}; there are {', '.join(Page)}") from None


def _size(text: str) -> Size:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no size: write it like 800x480")
    width, height = int(found[1]), int(found[2])
    is_large = width >= _SMALLEST[0] and height >= _SMALLEST[1]
    if not is_large or max(width, height) > _LARGEST[0] or min(width, height) > _LARGEST[1]:
        raise argparse.ArgumentTypeError(f"{text} is too small or too large: pages are drawn from 250x122 to 1920x1080")
    return width, height
