"""The `stallbox-hotspot` command: gives the machine it runs on, or an image, the network that the box's settings say.

Exit code 0: done, 1: refused, 2: wrong usage. Errors go to standard error, in a sentence that says what to do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import HotspotError, StallboxError
from provisioning.hotspot.apply import foresee, go_back, settle, take_away
from provisioning.hotspot.box import Box


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code."""
    options = _parser().parse_args(arguments)
    os.umask(0o022)
    try:
        for line in _run(options):
            print(line)
    except StallboxError as refusal:
        print(f"stallbox-hotspot: {refusal.detail}", file=sys.stderr)
        return 1
    except OSError as error:  # a full or read-only card, or a file that only root may read
        print(f"stallbox-hotspot: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> list[str]:
    box = Box(options.root, options.root / str(options.dir).lstrip("/"))
    live = options.root == Path("/")
    if options.check:
        changes = foresee(box).changes
        return [f"{'would write' if text is not None else 'would remove'} /{path}" for path, text in changes.items()]
    if live and os.geteuid() != 0:
        raise HotspotError("hotspot", "Only root may change the network. Type: sudo stallbox-hotspot")
    if options.remove:
        return take_away(box, live=live)
    return go_back(box, live=live) if options.back else settle(box, live=live)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stallbox-hotspot",
        description="Give this box the network that its stallbox.toml, or the file on its card, asks for.",
        epilog="example: sudo stallbox-hotspot --check",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--check", action="store_true", help="check everything, say what would change, change nothing")
    act.add_argument("--back", action="store_true", help="put back the network before the last change")
    act.add_argument("--remove", action="store_true", help="take everything away again; the settings stay")
    parser.add_argument(
        "--root", type=_folder, default=Path("/"), metavar="DIR", help="an image's root instead of this machine"
    )
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(os.environ.get("STALLBOX_DIR", "/var/lib/stallbox")),
        help="the box's data directory below the root (STALLBOX_DIR, else /var/lib/stallbox)",
    )
    return parser


def _folder(text: str) -> Path:
    path = Path(text).resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return path


if __name__ == "__main__":
    sys.exit(main())
