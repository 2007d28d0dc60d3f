"""`verify-kit`: for those who check without us."""

from __future__ import annotations

from pathlib import Path

import click

from provisioning import drops
from provisioning.commands.common import answer, json_option, keyring, passphrase_file_option, workspace_option
from provisioning.kit import write_kit
from provisioning.workspace import Workspace


@click.command("verify-kit")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--drop", "slugs", multiple=True, help="Only this drop; may be repeated.")
@passphrase_file_option
@json_option
@workspace_option
def verify_kit(
    workspace: Workspace, folder: Path, slugs: tuple[str, ...], passphrase_file: Path | None, as_json: bool
) -> None:
    """Write papers, manifests and certificates in forms that stock tools check, with a page that says which.

    Example: stallbox-organizer verify-kit kit --drop harbour-lights
    """
    chosen = slugs or tuple(drop.slug for drop in drops.all_drops(workspace))
    ring = keyring(passphrase_file)
    page = write_kit(workspace, folder, chosen, lambda public: ring.of(workspace, public))
    answer(as_json, {"page": str(page), "drops": chosen}, f"{page} says how to check {', '.join(chosen) or 'it'}.")
