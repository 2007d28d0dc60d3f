"""`make run`: a stall on this machine, with everything that it takes made on the way.

Knows what a demo may do and a market may not: keys without pass phrase, this machine's own address in every link.
The box itself is the `stallbox` command, called like anybody would call it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from appliance.draw.qr import terminal
from provisioning import pack, roster
from provisioning.commands.common import counted, keyring, now, progress, refusals, say
from provisioning.photos import TITLE, draw_series
from provisioning.quickstart import Plan, quickstart, stock
from provisioning.terms import Terms, composed, parse_prices
from provisioning.workspace import Workspace, slug_of

Web = Mapping[str, str | int]  # the settings' table of addresses and ports

_PHOTOS = 20
_EDITION = 100
_CREATOR = "Ana Reyes"
_BOX = "Stall 1"
_PRICES = ("8.00EUR", "print=25.00EUR:With signed print:the print:20")


def prepare(folder: Path, drop: Path | None, web: Web) -> Workspace:
    """Brings `folder` to where the box can run: each step is done once, and again where it was cut short."""
    workspace = Workspace(folder.resolve() / "organizer")
    if not workspace.roster.exists():
        _organize(folder, workspace, drop, web)
    if drop is not None and not list(workspace.bundles.glob(f"*/{slug_of(drop.name)}-v*.drop")):
        _add_drop(workspace, drop)
    if not (folder / "stallbox.toml").exists():
        _stallbox("init", str(workspace.box(_BOX)), "--dir", str(folder))
    for bundle in sorted(workspace.bundles.glob("*/*.drop")):
        _ingest_once(bundle, folder)
    _readdress(folder / "stallbox.toml", web)
    return workspace


def _organize(folder: Path, workspace: Workspace, drop: Path | None, web: Web) -> None:
    plan = Plan(
        folder=drop or _draw(folder / "photos"),
        workspace=workspace.folder,
        organizer=_CREATOR,
        event="demo-event",
        box=_BOX,
        terms=_terms(TITLE if drop is None else drop.name),
        passphrase=None,
        extra={"web": web, "display": {"kind": "file"}},
    )
    quickstart(plan, now=now(), progress=progress)
    say("The demo's keys have no pass phrase: use this workspace for nothing else.")


def _add_drop(workspace: Workspace, drop: Path) -> None:
    """One more drop for a stall that sells already."""
    held = roster.load(workspace)
    creator = roster.creator_named(held, _CREATOR)
    key = keyring(None).of(workspace, creator.key)
    job = pack.prepare(drop, _terms(drop.name))
    stock(workspace, roster.box_named(held, _BOX), job, creator, key, now=now(), progress=progress)


def _terms(title: str) -> Terms:
    prices, currency = parse_prices(_PRICES)
    return Terms(slug_of(title), composed(title), prices, currency, _EDITION)


def _ingest_once(bundle: Path, folder: Path) -> None:
    done = bundle.with_suffix(".ingested")
    if not done.exists():
        _stallbox("ingest", str(bundle), "--dir", str(folder))
        done.touch()


def _draw(folder: Path) -> Path:
    with counted("Drawing photos", _PHOTOS + 1) as advance:
        draw_series(folder, _PHOTOS, drawn=lambda _: advance(1))
    return folder


def _stallbox(*arguments: str) -> None:
    """One command of the box; its refusal is ours."""
    command = [sys.executable, "-m", "appliance", *arguments]
    code = subprocess.run(command, check=False).returncode  # noqa: S603  # our own program, no shell
    if code != 0:
        raise SystemExit(code)


def _readdress(settings: Path, web: Web) -> None:
    """A laptop's address changes from place to place, and so may the ports that were asked for."""
    text = settings.read_text("utf-8")
    for name, value in web.items():
        shown = f'"{value}"' if isinstance(value, str) else value
        text = re.sub(rf"^{name} *=.*$", f"{name} = {shown}", text, count=1, flags=re.MULTILINE)
    settings.write_text(text, "utf-8")


def own_address() -> str:
    """This machine's address on the network that it would use; the loopback where it is in none. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that is nobody's (RFC 5737)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _tell(workspace: Workspace, web: Web) -> None:
    """What the box itself does not say when it opens: it prints its addresses."""
    say(terminal(f"http://{web['public']}:{web['port']}/".upper()))
    say(f"Links and QR codes hold this machine's own network address, {web['public']}: phones must be in that network.")
    say(f"A phone is paired with the owner card, {workspace.card(_BOX, 'png')}.")
    say("Ctrl-C ends the box; its sales are kept.")


def _run(folder: Path) -> None:
    command = [sys.executable, "-m", "appliance", "run", "--dir", str(folder)]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606  # the signals that end a demo are then the box's own
    raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603  # our own program, no shell


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STALLBOX_DIR",
    default=Path("var"),
    show_default=True,
    help="The box's data directory; the organizer's workspace is made in it, too.",
)
@click.option("--drop", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Sell this folder instead.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--console-port", default=8443, show_default=True, type=click.IntRange(1, 65535))
def main(folder: Path, drop: Path | None, port: int, console_port: int) -> None:
    """Run a demo stall on this machine.

    Example: python -m provisioning.demo --dir var --port 8080
    """
    web: Web = {"public": own_address(), "port": port, "console_port": console_port}
    with refusals():
        folder.mkdir(parents=True, exist_ok=True)
        workspace = prepare(folder, None if drop is None else drop.resolve(), web)
    _tell(workspace, web)
    _run(folder)


if __name__ == "__main__":
    main()
