"""`quickstart`: from a folder to a box that may sell it, in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from provisioning.commands.common import (
    answer,
    json_option,
    new_key_options,
    new_passphrase,
    now,
    progress,
)
from provisioning.commands.drop import packed_sentences, tell_skipped
from provisioning.commands.terms_options import Given, make_terms, terms_options
from provisioning.quickstart import Plan
from provisioning.quickstart import quickstart as run
from provisioning.workspace import slug_of


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@terms_options
@click.option("--slug", help="Its short name in links; else made from the title.")
@click.option("--name", prompt="Your name, as buyers see it", help="Who sells: organizer and creator in one.")
@click.option("--event", help="A short name of the occasion; else made from the slug.")
@click.option("--box", default="stall-1", show_default=True, help="What the box is called.")
@click.option(
    "--workspace",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the workspace is made; else ./SLUG-organizer.",
)
@new_key_options
@json_option
def quickstart(
    *,
    folder: Path,
    slug: str | None,
    name: str,
    event: str | None,
    box: str,
    workspace: Path | None,
    passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
    **given: Unpack[Given],
) -> None:
    """Make workspace, keys, drop, box and bundle for one creator with one box.

    Example: stallbox-organizer quickstart photos --title "Harbour Lights" --price 8.00EUR --edition 100
    """
    slug = slug or slug_of(given["title"])
    terms = make_terms(slug, given)
    phrase = new_passphrase(passphrase_file, no_passphrase, "your keys")
    plan = Plan(
        folder=folder,
        workspace=workspace or Path(f"{slug}-organizer"),
        organizer=name,
        event=event or f"{slug[:24]}-event",
        box=box,
        terms=terms,
        passphrase=phrase,
        extra={},
    )
    started = run(plan, now=now(), progress=progress)
    tell_skipped(started.packed)
    card = started.workspace.card(box, "pdf")
    places = {
        "workspace": str(started.workspace.folder),
        "box": str(started.box.folder),
        "bundle": str(started.bundle),
        "card": str(card),
    }
    answer(
        as_json,
        places,
        *packed_sentences(started.packed),
        f"The workspace is {started.workspace.folder}: keep it and its root.key safe.",
        f"The box's owner card is {card}: print it and keep it like a key, it pairs the first phone.",
        "Next:",
        f"  1. Copy {started.box.folder} and {started.bundle} to the box, for example on a stick.",
        f"  2. On the box: stallbox init {started.box.folder.name}",
        f"                 stallbox ingest {started.bundle.name}",
        "                 stallbox run",
    )
