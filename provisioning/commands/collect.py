"""`collect`: take the sales from sticks, or from boxes nearby with a laptop in their Wi-Fi and without internet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import click

from appliance.core.keys import PrivateKey
from appliance.errors import StoreError
from provisioning import trust
from provisioning.collector import books, carried, database
from provisioning.collector.carried import Take
from provisioning.collector.forwarding import Elsewhere
from provisioning.collector.ingest import Taken
from provisioning.collector.serve import Place, opened
from provisioning.commands.at_collector import dir_option, key_option, only_cosigner, papers_of
from provisioning.commands.common import (
    Refused,
    keyring,
    now,
    passphrase_file_option,
    say,
    warn,
    workspace_option,
)
from provisioning.workspace import Workspace

PORT = 8091


@click.command("collect")
@click.argument("sticks", metavar="[STICK]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@dir_option("Where the sales are kept, as of `collector run`")
@click.option("--port", default=PORT, type=click.IntRange(0, 65535), help="The port that boxes come to (8091).")
@click.option("--once", "is_once", is_flag=True, help="End when every box that was heard has nothing more.")
@click.option(
    "--to", "address", metavar="URL", help="Hand sticks on to the collector there instead of keeping them here."
)
@key_option("cosigner's key")
@passphrase_file_option
@workspace_option
def collect(
    workspace: Workspace,
    sticks: tuple[Path, ...],
    folder: Path,
    port: int,
    is_once: bool,
    address: str | None,
    key_file: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Take the sales from sticks, and lay the answers on them for the boxes; also from what `stallbox export` wrote.

    Without a STICK: take them from boxes nearby. Join a box's Wi-Fi, or the network that it is on, and run this.

    Example: stallbox-organizer collect /media/you/STICK

    Example: stallbox-organizer collect --once
    """
    if address is not None and not sticks:
        raise click.UsageError("--to is for sticks: name one.")
    chain = trust.chain(workspace)
    names = {box.key.id: box.name for version in chain.versions for box in version.boxes}
    if address is not None:
        asyncio.run(_carry(sticks, Elsewhere(address).take, names))
        return
    key = keyring(passphrase_file).open(key_file or only_cosigner(workspace))
    place = Place(folder, papers_of(workspace), None, "0.0.0.0", port)  # noqa: S104  # boxes
    if sticks:
        asyncio.run(_carry_here(place, key, sticks, names))
        return
    from provisioning.collector import nearby  # noqa: PLC0415  # zeroconf, which no other command needs

    silent = asyncio.run(
        nearby.run(
            place,
            key,
            chain.current.organizer,
            told=partial(_tell, names),
            ready=_ready,
            is_once=is_once,
            is_ours=names.__contains__,
        )
    )
    _tell_silent(place, names, silent)


async def _carry_here(place: Place, key: PrivateKey, sticks: Sequence[Path], names: dict[str, str]) -> None:
    async with opened(place, key, now) as house:

        async def take(data: bytes, name: str) -> dict[str, object]:
            taken, papers = await house.take(data, name)
            return taken.answer(papers)

        await _carry(sticks, take, names)


async def _carry(sticks: Sequence[Path], take: Take, names: dict[str, str]) -> None:
    refused = 0
    for stick in sticks:
        try:
            async for each in carried.take(stick, take):
                if each.answer is not None:
                    _tell_answer(names, each.answer)
                elif each.refusal is not None:
                    refused += 1
                    warn(f"{each.path.name}: {each.refusal.detail}")
        except StoreError as refusal:
            if len(sticks) == 1:
                raise
            refused += 1
            warn(refusal.detail)
    if refused:
        raise Refused("What was refused is still on the stick; all the rest is taken.")
    say("The answers are on the stick: put it into the boxes again, so that they know.")


def _ready(address: str) -> None:
    say(f"Boxes may come. The dashboard: {address.replace('0.0.0.0', 'localhost')}")  # noqa: S104  # not a listener


def _tell(names: dict[str, str], box: str, taken: Taken | None) -> None:
    """A line for a box that is here, and for each of its batches."""
    if box not in names:
        say(f"Box {box} is here, too, and not ours: no trust document of this event lists it.")
        return
    if taken is None:
        say(f"{names[box]} is here.")
        return
    _tell_answer(names, taken.answer(()))


def _tell_silent(place: Place, names: dict[str, str], silent: Collection[str]) -> None:
    """Why nothing came of boxes that were here."""
    with database.looking(place.database) as db:
        held = {log.box for log in books.logs(db) if log.held}
    for box in sorted(silent, key=names.__getitem__):
        if box in held:
            say(f"{names[box]}: nothing new.")
        else:
            say(
                f"{names[box]}: nothing came. Its earlier sales are with another collector; or it does not know this "
                "one yet, and a bundle with the newest trust document tells it."
            )


def _tell_answer(names: dict[str, str], answer: dict[str, object]) -> None:
    verdicts = answer["verdicts"]
    assert isinstance(verdicts, list), "FORMATS §6"
    counts = Counter(str(verdict["verdict"]) for verdict in verdicts)
    said = [f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]]
    if answer["missing"]:
        said.append(
            "earlier ones are not here yet: if they do not follow, its earlier sales are with another collector"
        )
    box = str(answer["box"])
    say(f"{names.get(box, box)}: {', '.join(said)}.")


_WORDS = {
    "accepted": "entries taken",
    "duplicate": "were here before",
    "conflict": "are in a case: see the dashboard",
    "rejected": "cannot be read",
}
