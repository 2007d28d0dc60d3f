"""`verify` and `verify-kit`: for those who want to know, with us or without us."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from appliance.core.documents import DIGEST
from appliance.errors import WorkspaceError
from provisioning import drops, trust
from provisioning import workspace as places
from provisioning.commands.common import (
    Refused,
    answer,
    json_option,
    keyring,
    now,
    passphrase_file_option,
    say,
    workspace_option,
)
from provisioning.kit import write_kit
from provisioning.verify import Finding, State
from provisioning.verify import verify as judge
from provisioning.workspace import Workspace

_WORKSPACE = "The organizer's workspace, whose papers count as known; else the one that is here, if any."


def _check_pin(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not DIGEST.fullmatch(value):
        raise click.BadParameter("a SHA-256 is 64 hex digits in lower case.")
    return value


@click.command("verify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--pin", metavar="SHA256", callback=_check_pin, help="Digest of the first trust document's payload.")
@click.option("--code", help="The claim code of whoever holds the copy.")
@click.option("--workspace", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help=_WORKSPACE)
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    files: tuple[Path, ...],
    pin: str | None,
    code: str | None,
    workspace: Path | None,
    as_json: bool,
) -> None:
    """Say what each file is, whether it holds, by whom it is signed, and which link is missing.

    Knows papers, bundles, certificates, receipts, batches and archives. The more of them are named together, the more
    can be checked. Ends with 1 unless every file holds.

    Example: stallbox-organizer verify harbour-lights-v1.drop harbour-lights.zip --code 7KQ2-ABCD-EFGH-JKMN
    """
    known = _known(workspace or ctx.find_root().params.get("workspace"))
    start = pin or (None if known is None else trust.chain(known).versions[0].digest)
    background = () if known is None else (known.papers, known.folder / "drops")
    case, findings = judge(files, now=now(), background=background, pin=start, code=code)
    if as_json:
        answer(True, {"pin": case.pin, "named": case.named, "findings": [f.as_json() for f in findings]})
    else:
        _show(findings)
    if not findings:
        raise Refused(f"Nothing in {', '.join(map(str, files))} is known here: no paper, certificate or receipt.")
    if any(finding.state is not State.HOLDS for finding in findings):
        raise SystemExit(1)


def _known(named: Path | None) -> Workspace | None:
    """The workspace, where there is one with a trust document: whoever verifies need not be an organizer."""
    try:
        found = places.find(named, os.environ, Path.cwd())
    except WorkspaceError:
        if named is not None:
            raise
        return None
    return found if trust.envelopes(found) else None


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        say(f"{finding.file}: {finding.what}: {finding.state.value}")
        for link in finding.links:
            say(f"  {link.state.value:<13}  {link.name}: {link.said}")


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
