"""`drop pack`, `drop inspect`, `allot`, `bundle`: what is sold, and what each box gets of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import click

from appliance.core.allotment import Allotment, numbers_of
from appliance.core.documents import format_time
from appliance.core.manifest import Manifest
from appliance.core.money import format_money
from provisioning import allot, bundle, drops, pack, roster, trust
from provisioning.collector import database, releases
from provisioning.collector.releases import Release
from provisioning.commands.at_collector import database_at
from provisioning.commands.common import (
    answer,
    json_option,
    keyring,
    now,
    passphrase_file_option,
    progress,
    warn,
    workspace_option,
)
from provisioning.commands.terms_options import Given, make_terms, terms_options
from provisioning.pack import Packed
from provisioning.papers import manifest_fields
from provisioning.workspace import Workspace


@click.group("drop")
def drop_group() -> None:
    """Drops: folders of files, packed and signed."""


@drop_group.command("pack")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--slug", required=True, help="Its short name in links: a–z, 0–9 and dashes.")
@click.option("--creator", "creator_name", metavar="NAME", help="Who signs; needed where there are several.")
@terms_options
@passphrase_file_option
@json_option
@workspace_option
def drop_pack(
    *,
    workspace: Workspace,
    folder: Path,
    slug: str,
    creator_name: str | None,
    passphrase_file: Path | None,
    as_json: bool,
    **given: Unpack[Given],
) -> None:
    """Hash and sign a folder as the next version of a drop, with the certificates of a new edition.

    Example: stallbox-organizer drop pack photos --slug harbour-lights --title "Harbour Lights" --price 8.00EUR
    --price "print=25.00EUR:With signed print:the print:20" --edition 100
    """
    job = pack.prepare(folder, make_terms(slug, given))
    who = roster.creator_named(roster.load(workspace), creator_name)
    signer = keyring(passphrase_file).of(workspace, who.key)
    with progress("Hashing", job.size) as advance:
        packed = pack.pack(workspace, job, who, signer, now=now(), advance=advance)
    tell_skipped(packed)
    made = packed.manifest
    answer(as_json, _summary(made) | {"skipped": packed.skipped}, *packed_sentences(packed), *_next(workspace, made))


def tell_skipped(packed: Packed) -> None:
    """Files that the system left in the folder, on stderr."""
    if packed.skipped:
        warn(f"Skipped, because systems leave them behind: {', '.join(packed.skipped)}")


def packed_sentences(packed: Packed) -> list[str]:
    made = packed.manifest
    signed = f" {packed.certificates} certificates were signed." if packed.certificates else ""
    return [
        f"{made.slug} version {made.version}: {len(made.files)} files, {made.total} bytes, "
        f"signed until {format_time(made.expires)}.{signed}"
    ]


def _next(workspace: Workspace, made: Manifest) -> Sequence[str]:
    if not trust.envelopes(workspace) or trust.chain(workspace).current.creator(made.origin.did) is None:
        return ["Next: list its creator in a trust document with `stallbox-organizer trust sign`."]
    return []


@drop_group.command("inspect")
@click.argument("slug", metavar="DROP")
@json_option
@workspace_option
def drop_inspect(workspace: Workspace, slug: str, as_json: bool) -> None:
    """Show what a drop's newest manifest says, and who has which numbers.

    Example: stallbox-organizer drop inspect harbour-lights
    """
    folder, packed, _ = drops.packed_drop(workspace, slug)
    chain = trust.chain(workspace) if trust.envelopes(workspace) else None
    epochs = None if chain is None else folder.epochs(packed, chain)
    held = allot.shares(epochs)
    names = {} if chain is None else {box.key.id: box.name for box in chain.current.boxes}
    given = {names.get(box, box): allot.show_numbers(numbers) for box, numbers in held.items()}
    free = allot.show_numbers(allot.free_numbers(packed, epochs))
    answer(
        as_json,
        _summary(packed) | {"manifest": manifest_fields(packed), "allotted": given, "free": free},
        *_described(packed),
        *(f"  {box} sells {numbers or 'nothing'}" for box, numbers in given.items()),
        *([f"  nobody sells {free}"] if free else []),
    )


def _summary(packed: Manifest) -> dict[str, object]:
    return {
        "slug": packed.slug,
        "drop": packed.drop,
        "version": packed.version,
        "sha256": packed.digest,
        "files": len(packed.files),
        "bytes": packed.total,
        "expires": format_time(packed.expires),
    }


def _described(packed: Manifest) -> list[str]:
    edition = "open edition" if packed.size is None else f"edition of {packed.size}"
    prices = [f"  {p.id}: {p.title}, {format_money(p.amount, packed.currency)}" for p in packed.prices]
    files = [f"  {item.path}  {item.length}  {item.type}{'  preview' if item.preview else ''}" for item in packed.files]
    head = f"{packed.title} ({packed.slug}, {packed.drop}), version {packed.version}, {edition}"
    return [head, *prices, f"{len(packed.files)} files, {packed.total} bytes:", *files]


@click.command("allot")
@click.argument("slug", metavar="DROP")
@click.argument("wishes", metavar="BOX=NUMBERS...", nargs=-1, required=True)
@click.option(
    "--released",
    "collectors",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A collector's folder or database: what boxes released leaves them. May be repeated.",
)
@passphrase_file_option
@json_option
@workspace_option
def allot_command(
    workspace: Workspace,
    slug: str,
    wishes: tuple[str, ...],
    collectors: tuple[Path, ...],
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Say which numbers each box may sell; boxes that are not named keep theirs.

    A number that a box has got stays with it until the box releases it (`stallbox release` there), and a collector
    has acknowledged that.

    Example: stallbox-organizer allot harbour-lights stall-7=1-60 stall-8=61-90

    Example: stallbox-organizer allot harbour-lights stall-8=51-90 --released collector
    """
    parsed = [allot.parse_wish(text) for text in wishes]
    folder, packed, _ = drops.packed_drop(workspace, slug)
    signer = roster.creator_of(roster.load(workspace), packed.origin)
    ring = keyring(passphrase_file)
    released = [release for place in collectors for release in _releases(place)]
    made = allot.allot(
        workspace, folder, packed, parsed, key=ring.of(workspace, signer.key), now=now(), released=released
    )
    given = {wish.box: allot.show_numbers(wish.numbers) for wish in parsed}
    said = "; ".join(f"{box} sells {numbers or 'nothing'}" for box, numbers in given.items())
    answer(
        as_json,
        {"drop": packed.drop, "epoch": made.epoch, "boxes": given, "released": _given_up(workspace, made)},
        f"Allotment {made.epoch} of {slug}: {said}.",
        *(f"{box} released {numbers}." for box, numbers in _given_up(workspace, made).items()),
        f"Next: stallbox-organizer bundle {slug} {shlex.quote(parsed[0].box)} -o PATH",
    )


def _releases(place: Path) -> list[Release]:
    """What boxes released, as far as a collector knows."""
    with database.looking(database_at(place, "name its folder with --released")) as db:
        return releases.releases(db)


def _given_up(workspace: Workspace, made: Allotment) -> dict[str, str]:
    """What the allotment states as released, by the names of the boxes."""
    chain = trust.chain(workspace)
    numbers: dict[str, frozenset[int]] = {}
    for each in made.released:
        member = chain.ever_box(each.box)
        name = member.name if member else each.box
        numbers[name] = numbers.get(name, frozenset()) | numbers_of(each.ranges)
    return {name: allot.show_numbers(given) for name, given in numbers.items()}


@click.command("bundle")
@click.argument("slug", metavar="DROP")
@click.argument("box")
@click.option("-o", "--output", metavar="PATH", type=click.Path(path_type=Path), help="The folder to write it into.")
@json_option
@workspace_option
def bundle_command(workspace: Workspace, slug: str, box: str, output: Path | None, as_json: bool) -> None:
    """Write the folder that brings a drop to one box: on a stick into STALLBOX, else into the box's inbox.

    Example: stallbox-organizer bundle harbour-lights stall-7 -o /media/stick/STALLBOX
    """
    folder, packed, _ = drops.packed_drop(workspace, slug)
    if trust.pending(workspace):
        warn("organizer.json says more than the last trust document: `stallbox-organizer trust sign` brings it along.")
    member = roster.box_named(trust.chain(workspace).current, box)
    into = output or workspace.bundles / workspace.box(member.name).name
    with progress("Copying", packed.total) as advance:
        path = bundle.bundle(workspace, folder, member, into, advance)
    answer(
        as_json,
        {"bundle": str(path), "box": member.key.id, "drop": packed.drop, "version": packed.version},
        f"{path} is ready for {member.name}. On the box: stallbox ingest {path.name}",
    )
