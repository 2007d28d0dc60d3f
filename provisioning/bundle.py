"""Puts together the folder that brings a drop to one box (FORMATS §7).

Knows the layout and that every file is hashed again while it is copied: what was packed is what is handed over.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
from pathlib import Path

from appliance.core import certificate, envelope, manifest
from appliance.core.allotment import Epochs
from appliance.core.envelope import Kind
from appliance.core.manifest import Item, Manifest
from appliance.core.trust import Member
from appliance.errors import PaperError, WorkspaceError
from appliance.files import durable_file, open_regular, sync_directory, write_all, write_durably
from provisioning import allot, boxes, trust
from provisioning.drops import DropFolder
from provisioning.hashing import CHUNK, Advance
from provisioning.papers import certificate_lines
from provisioning.scan import scan
from provisioning.workspace import Workspace


def bundle(workspace: Workspace, folder: DropFolder, box: Member, into: Path, advance: Advance) -> Path:
    """Writes `<slug>-v<version>.drop` into the folder `into`, whole or not at all, and answers its path.

    An older bundle of that name is replaced. Refused, before anything is copied: a drop or a box that the trust
    document does not list, a numbered drop of which the box has no numbers.
    """
    newest = folder.newest()
    if newest is None:
        raise WorkspaceError("workspace", f"{folder.slug} has not been packed yet.")
    packed, signed = newest
    lines = _checked_lines(workspace, folder, packed, signed, box)
    target = into / f"{packed.slug}-v{packed.version}.drop"
    draft = into / f".{target.name}.part"
    into.mkdir(parents=True, exist_ok=True)
    _remove(draft)
    _write_papers(draft, workspace, folder, signed, boxes.pin_of(workspace, box))
    if packed.size is not None:
        write_durably(draft / f"certificates.{box.key.id}.ndjson", certificate_lines(lines))
    _copy_files(packed, folder.source(), draft / "files", advance)
    _replace(draft, target)
    return target


def _checked_lines(
    workspace: Workspace, folder: DropFolder, packed: Manifest, signed: bytes, box: Member
) -> list[bytes]:
    """The box's certificates, ascending; every check that the box would make of the papers has passed."""
    chain = trust.chain(workspace)
    if chain.current.box(box.key.id) is None:
        raise WorkspaceError("workspace", f"No trust document lists {box.name} yet: run `trust sign`.")
    manifest.check_signer(packed, envelope.read(signed, Kind.DROP), chain.current)
    epochs = folder.epochs(packed, chain)
    if packed.size is None:
        return []
    numbers = frozenset() if epochs is None else epochs.current.numbers(box.key.id)
    if not numbers:
        raise WorkspaceError(
            "workspace",
            f"{box.name} has no numbers of {packed.slug}: {_advice(box, packed, epochs)}",
        )
    lines = folder.lines()
    return [_proved(lines[number - 1], number) for number in sorted(numbers)]


def _advice(box: Member, packed: Manifest, epochs: Epochs | None) -> str:
    """What may be typed as it stands: numbers that no box has."""
    free = allot.show_numbers(allot.free_numbers(packed, epochs))
    if not free:
        return "other boxes have them all. One of them has to release some with `stallbox release` first."
    share = shlex.quote(f"{box.name}={free}")
    return f"give it some, for example `stallbox-organizer allot {packed.slug} {share}`."


def _proved(line: bytes, number: int) -> bytes:
    if certificate.read(line).copy.number != number:
        raise PaperError("bad-certificate", f"Line {number} of the certificates is another number's: restore the file.")
    return line


def _write_papers(draft: Path, workspace: Workspace, folder: DropFolder, signed: bytes, pin: str) -> None:
    draft.mkdir()
    write_durably(draft / "manifest.dsse.json", signed)
    for version, data in trust.since(workspace, pin):
        write_durably(draft / f"trust.{version}.dsse.json", data)
    for epoch, data in folder.allotments():
        write_durably(draft / f"allotment.{epoch}.dsse.json", data)


def _copy_files(packed: Manifest, source: Path, files: Path, advance: Advance) -> None:
    sources = {found.path: found.source for found in scan(source).files}
    if gone := [item.path for item in packed.files if item.path not in sources]:
        raise PaperError("missing-file", f"{', '.join(gone)} is no longer in {source}: pack the drop again.")
    for item in packed.files:
        target = files / item.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(sources[item.path], target, item, advance)


def _copy(source: Path, target: Path, item: Item, advance: Advance) -> None:
    sha256 = hashlib.sha256()
    with durable_file(target) as copy, os.fdopen(open_regular(source, f"The file {source}"), "rb") as original:
        while chunk := original.read(CHUNK):
            sha256.update(chunk)
            write_all(copy, chunk)
            advance(len(chunk))
        if sha256.hexdigest() != item.sha256:
            raise PaperError("wrong-digest", f"“{item.path}” has changed since it was packed: pack the drop again.")


def _replace(draft: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    _remove(old)
    if target.exists():
        if not (target / "manifest.dsse.json").is_file():
            raise WorkspaceError("workspace", f"{target} is there and is no bundle: move it away.")
        target.rename(old)
    draft.rename(target)
    sync_directory(target.parent)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
