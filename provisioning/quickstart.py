"""From a folder of files to a box that may sell them: one organizer who is the creator, one box, one drop.

Knows the order of the steps; each step is another module's.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core.keys import PrivateKey
from appliance.core.trust import Creator, Member
from appliance.errors import WorkspaceError
from provisioning import boxes, bundle, pack, roster
from provisioning import workspace as places
from provisioning.allot import Wish, allot
from provisioning.boxes import Added, Setting
from provisioning.drops import DropFolder
from provisioning.hashing import Advance
from provisioning.keys import new_signing_key
from provisioning.pack import Job, Packed
from provisioning.people import enlist
from provisioning.terms import Terms
from provisioning.workspace import Workspace

Progress = Callable[[str, int], AbstractContextManager[Advance]]  # what is done, how many bytes → how to count them


@dataclass(frozen=True, slots=True)
class Started:
    """What a quickstart leaves behind."""

    workspace: Workspace
    box: Added
    packed: Packed
    bundle: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What a quickstart is asked for. `extra` are more tables of the box's settings."""

    folder: Path
    workspace: Path
    organizer: str
    event: str
    box: str
    terms: Terms
    passphrase: str | None
    extra: Mapping[str, Mapping[str, Setting]]


def quickstart(plan: Plan, *, now: int, progress: Progress) -> Started:
    """Makes workspace, keys, trust document, drop, allotment, box and bundle: all of it, or nothing is there."""
    job = pack.prepare(plan.folder, plan.terms)
    final = _free(plan.workspace)
    draft = final.with_name(f".{final.name}.part")
    if draft.exists():
        shutil.rmtree(draft)
    try:
        made = _make(plan, job, places.create(draft), now, progress)
        draft.rename(final)
    except BaseException:
        shutil.rmtree(draft)
        raise
    return _moved(made, Workspace(final))


def _free(folder: Path) -> Path:
    """The absolute place of a new workspace, at which nothing is."""
    places.check_free(folder)
    if folder.exists():
        if any(folder.iterdir()):
            raise WorkspaceError("workspace", f"{folder} is not empty: choose another folder for the workspace.")
        folder.rmdir()
    return folder.resolve()


def _make(plan: Plan, job: Job, workspace: Workspace, now: int, progress: Progress) -> Started:
    root, key = new_signing_key(), new_signing_key()
    creator = Creator(key.public, key.public.did, roster.composed(plan.organizer), ("*",))
    founded = roster.new(plan.organizer, plan.event, root.public)
    enlist(workspace, founded, workspace.root_key, root, plan.passphrase)
    path = workspace.key("creator", plan.organizer)
    enlist(workspace, roster.with_creator(founded, creator), path, key, plan.passphrase)
    added = boxes.add(workspace, plan.box, root, now=now, extra=plan.extra)
    packed, bundled = stock(workspace, added.box, job, creator, key, now=now, progress=progress)
    return Started(workspace, added, packed, bundled)


def _moved(made: Started, to: Workspace) -> Started:
    bundled = to.folder / made.bundle.relative_to(made.workspace.folder)
    return Started(to, replace(made.box, folder=to.box(made.box.box.name)), made.packed, bundled)


def stock(
    workspace: Workspace, box: Member, job: Job, creator: Creator, key: PrivateKey, *, now: int, progress: Progress
) -> tuple[Packed, Path]:
    """Packs a drop of which one box gets every number, and answers its bundle for that box."""
    with progress("Hashing", job.size) as advance:
        packed = pack.pack(workspace, job, creator, key, now=now, advance=advance)
    drop = DropFolder(workspace.drop(job.terms.slug))
    if packed.manifest.size is not None:
        everything = Wish(box.name, frozenset(range(1, packed.manifest.size + 1)))
        allot(workspace, drop, packed.manifest, [everything], key=key, now=now)
    into = workspace.bundles / workspace.box(box.name).name
    with progress("Copying", packed.manifest.total) as advance:
        return packed, bundle.bundle(workspace, drop, box, into, advance)
