"""`card`: the boot partition of a Raspberry Pi OS card, prepared for a box."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.settings import Settings
from provisioning import roster, trust
from provisioning.card import partition, wheels
from provisioning.card.write import HOTSPOT, Load, check, size, write
from provisioning.commands.common import answer, json_option, progress, warn, workspace_option
from provisioning.workspace import Workspace

_CHECKOUT = Path(__file__).parents[2]


@click.command("card")
@click.option(
    "--boot",
    required=True,
    metavar="MOUNTPOINT",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the card's small partition, bootfs, shows up on this computer.",
)
@click.option("--box", required=True, help="The box that the card is for.")
@click.option(
    "--wheels",
    "wheel_folder",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the wheels are; else the folder wheels in the workspace.",
)
@click.option("--no-bundles", is_flag=True, help="Leave the drops out: they come on a stick.")
@click.option(
    "--checkout",
    metavar="DIR",
    default=_CHECKOUT,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The checkout of stallbox to install from; else the one that this command is run from.",
)
@json_option
@workspace_option
def card_command(
    *,
    workspace: Workspace,
    boot: Path,
    box: str,
    wheel_folder: Path | None,
    no_bundles: bool,
    checkout: Path,
    as_json: bool,
) -> None:
    """Prepare a card so that its first start makes a box of it, without a network.

    The card: a fresh 64-bit Raspberry Pi OS Lite (bookworm or trixie) that has not been started yet. Besides what is
    put onto it, the first start uses what that has installed: Python with python3-venv, NetworkManager with
    dnsmasq-base, nftables, iw. It takes a few minutes and starts the Pi anew; stallbox-first-start.txt on the card
    then says how it went. A second call replaces what the first one wrote.

    The wheels are those of stallbox and its libraries, for a Pi. In a checkout, with 3.11 instead of 3.13 for bookworm:

    \b
      pip wheel --no-deps --wheel-dir wheels .
      pip download --dest wheels --find-links wheels --constraint constraints.txt \\
        --only-binary=:all: --python-version 3.13 \\
        --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64 stallbox

    Example: stallbox-organizer card --boot /media/ana/bootfs --box stall-7
    """
    member = roster.box_named(trust.chain(workspace).current, box)
    card = partition.look(boot)
    chosen = wheels.choose(wheel_folder or workspace.folder / "wheels", wheels.target(card.release))
    folder = workspace.box(member.name)
    bundles = () if no_bundles else tuple(sorted((workspace.bundles / folder.name).glob("*.drop")))
    load = Load(folder, bundles, chosen, checkout)
    _warn_about(check(load), member.name, has_bundles=bool(bundles) or no_bundles)
    with progress("Copying", size(load)) as advance:
        write(card, load, advance)
    answer(
        as_json,
        {
            "box": member.key.id,
            "boot": str(boot),
            "release": card.release.value,
            "bundles": [bundle.name for bundle in bundles],
            "wheels": len(chosen),
        },
        f"{boot} is ready for {member.name} (Raspberry Pi OS {card.release}). Eject it, put it into the Pi, and wait.",
        f"Another network is asked for in {HOTSPOT} on the card, now or later.",
    )


def _warn_about(settings: Settings, name: str, *, has_bundles: bool) -> None:
    warn(f"The card holds the key of {name} in the open until its first start: keep it like a key.")
    if settings.hotspot is None:
        warn(f"The settings of {name} have no [hotspot]: write one into {HOTSPOT} on the card, or no phone can join.")
    if not has_bundles:
        warn(f"There is no bundle for {name} yet: `stallbox-organizer bundle` makes one, or bring it on a stick.")
