"""`init`, `trust sign`, `box add`: the event, its trust document, its boxes."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning import boxes, drops, roster, trust
from provisioning import workspace as places
from provisioning.allot import Wish, allot, free_numbers, parse_numbers, show_numbers
from provisioning.boxes import Added
from provisioning.commands.common import (
    answer,
    json_option,
    keyring,
    new_key_options,
    new_passphrase,
    now,
    passphrase_file_option,
    say,
    warn,
    workspace_option,
)
from provisioning.drops import DropFolder
from provisioning.keys import Keyring, new_signing_key
from provisioning.people import enlist
from provisioning.workspace import Workspace


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", required=True, help="The organizer's name, as buyers see it.")
@click.option("--event", required=True, help="A short name: a–z, 0–9, dots and dashes, for example nmb-2026-12.")
@new_key_options
@json_option
def init(
    *, folder: Path, name: str, event: str, passphrase_file: Path | None, no_passphrase: bool, as_json: bool
) -> None:
    """Make a workspace with the root key, which everything else is trusted by.

    Example: stallbox-organizer init night-market --name "Night Market Berlin" --event nmb-2026-12
    """
    places.check_free(folder)
    key = new_signing_key()
    founded = roster.new(name, event, key.public)
    phrase = new_passphrase(passphrase_file, no_passphrase, "the root key")
    workspace = places.create(folder)
    enlist(workspace, founded, workspace.root_key, key, phrase)
    answer(
        as_json,
        {"workspace": str(workspace.folder), "root": key.public.did},
        f"{workspace.folder} is ready. Keep a copy of root.key in a safe place: without it no box can be added.",
        "Next: go there and make a creator's key with `stallbox-organizer key new creator NAME`.",
    )


@click.group("trust")
def trust_group() -> None:
    """The trust document: who may sign what."""


@trust_group.command("sign")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it is valid.")
@passphrase_file_option
@json_option
@workspace_option
def trust_sign(workspace: Workspace, days: int, passphrase_file: Path | None, as_json: bool) -> None:
    """Sign the next trust document from organizer.json; does nothing where the last one still says the same.

    Example: stallbox-organizer trust sign --days 180
    """
    root = keyring(passphrase_file).root(workspace)
    document, made = trust.sign(workspace, [root], now(), days * 86_400)
    said = "signed" if made else "still says what organizer.json says: nothing to sign"
    answer(
        as_json,
        {"version": document.version, "sha256": document.digest, "signed": made},
        f"Trust document {document.version} {said}.",
        *(["Bundles made from now on carry it to the boxes."] if made else []),
    )


@click.group("box")
def box_group() -> None:
    """The boxes that stand at the stalls."""


@box_group.command("add")
@click.argument("name")
@click.option("--numbers", multiple=True, metavar="DROP=1-60", help="Numbers it gets, without being asked.")
@click.option("--no-numbers", is_flag=True, help="It gets no numbers now, and nothing is asked.")
@passphrase_file_option
@json_option
@workspace_option
def box_add(
    *,
    workspace: Workspace,
    name: str,
    numbers: tuple[str, ...],
    no_numbers: bool,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make a box's key, settings and owner card, and list it in a new trust document.

    Asks for each numbered drop which numbers the box gets.

    Example: stallbox-organizer box add stall-7 --numbers harbour-lights=1-60
    """
    ring = keyring(passphrase_file)
    asks = not (numbers or no_numbers or as_json)
    given = _ask_numbers(workspace) if asks else _given(workspace, numbers)
    added = boxes.add(workspace, name, ring.root(workspace), now=now())
    for folder, wanted in given:
        _give(workspace, ring, folder, added, wanted)
    answer(
        as_json,
        {
            "box": added.box.key.id,
            "name": added.box.name,
            "folder": str(added.folder),
            "pin": added.pin,
            "card": str(workspace.card(name, "pdf")),
        },
        f"{added.box.name} is box {added.box.key.id}.",
        f"Print its owner card, {workspace.card(name, 'pdf')}, and keep it like a key: it pairs the first phone.",
        f"Copy {added.folder} to the box and run there: stallbox init {added.folder.name}",
    )


def _given(workspace: Workspace, numbers: tuple[str, ...]) -> list[tuple[DropFolder, frozenset[int]]]:
    """What --numbers says, checked before anything is made."""
    found = []
    for text in numbers:
        slug, equals, spans = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r}: write --numbers DROP=1-60.")
        found.append((drops.packed_drop(workspace, slug)[0], parse_numbers(spans)))
    return found


def _ask_numbers(workspace: Workspace) -> list[tuple[DropFolder, frozenset[int]]]:
    found = []
    for folder in drops.all_drops(workspace):
        _, packed, _ = drops.packed_drop(workspace, folder.slug)
        if packed.size is None:
            continue
        chain = trust.chain(workspace) if trust.envelopes(workspace) else None
        free = free_numbers(packed, None if chain is None else folder.epochs(packed, chain))
        if not free:
            say(f"All numbers of {folder.slug} are given out.")
            continue
        asked = f"Numbers of {folder.slug} (free: {show_numbers(free)}; empty for none)"
        found.append((folder, parse_numbers(click.prompt(asked, default="", show_default=False))))
    return found


def _give(workspace: Workspace, ring: Keyring, folder: DropFolder, added: Added, wanted: frozenset[int]) -> None:
    if not wanted:
        return
    _, packed, _ = drops.packed_drop(workspace, folder.slug)
    signer = roster.creator_of(roster.load(workspace), packed.origin)
    allot(workspace, folder, packed, [Wish(added.box.name, wanted)], key=ring.of(workspace, signer.key), now=now())
    warn(f"{added.box.name} may sell {show_numbers(wanted)} of {folder.slug}.")
