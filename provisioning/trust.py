"""The chain of trust documents in a workspace: read, and continued from the roster.

Knows how the next version is made and that it must hold before it is kept. Asks no clock and opens no key file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.core import envelope, trust
from appliance.core.documents import write_json
from appliance.core.envelope import MAX_ENVELOPE, Envelope, Kind
from appliance.core.keys import PrivateKey
from appliance.core.trust import Chain, Trust
from appliance.errors import WorkspaceError
from appliance.files import read_limited, write_durably
from provisioning import roster
from provisioning.papers import trust_fields
from provisioning.workspace import Workspace

YEAR = 365 * 86_400
_RENEW_BEFORE = 90 * 86_400


def envelopes(workspace: Workspace) -> list[Envelope]:
    """Every trust document that was signed here, in no particular order."""
    paths = sorted(workspace.papers.glob("trust.*.dsse.json"))
    return [envelope.read(read_limited(path, MAX_ENVELOPE, path.name), Kind.TRUST) for path in paths]


def chain(workspace: Workspace) -> Chain:
    """All versions; WorkspaceError before the first, PaperError where one does not follow from the one before."""
    found = envelopes(workspace)
    first = [e for e in found if trust.parse(e.payload).version == 1]
    if not first:
        raise WorkspaceError("workspace", "There is no trust document yet: make one with `trust sign`.")
    step = trust.extend(None, first[0].digest, found, lo=0)
    if step.chain is None or step.fault is not None:
        raise step.fault or WorkspaceError("workspace", f"The trust documents in {workspace.papers} do not hold.")
    return step.chain


def pending(workspace: Workspace) -> bool:
    """Whether the roster says something that no trust document says yet."""
    if not envelopes(workspace):
        return True
    return roster.undated(roster.load(workspace)) != roster.undated(chain(workspace).current)


def sign(workspace: Workspace, keys: Sequence[PrivateKey], now: int, lifetime: int = YEAR) -> tuple[Trust, bool]:
    """The document in force, and whether it had to be made: the roster's, or one that does not expire soon."""
    held = chain(workspace) if envelopes(workspace) else None
    if held is not None and not pending(workspace) and now + _RENEW_BEFORE < held.current.expires:
        return held.current, False
    version = 1 if held is None else held.current.version + 1
    draft = replace(roster.load(workspace), version=version, issued=now, expires=now + lifetime)
    signed = envelope.sign(Kind.TRUST, write_json(trust_fields(draft)), keys)
    document = _proved(held, signed, now)
    write_durably(workspace.trust(version), signed)
    return document, True


def _proved(held: Chain | None, signed: bytes, now: int) -> Trust:
    """The new document as a box would read it; PaperError where a box would refuse it."""
    read = envelope.read(signed, Kind.TRUST)
    step = trust.extend(held, read.digest, [read], now)
    if step.fault is not None or step.chain is None:
        raise step.fault or WorkspaceError("workspace", "The new trust document does not hold.")
    return step.chain.current


def since(workspace: Workspace, pin: str) -> list[tuple[int, bytes]]:
    """Version and bytes of every envelope from the pinned document on: what a bundle for that box carries."""
    versions = chain(workspace).versions
    start = next((t.version for t in versions if t.digest == pin), None)
    if start is None:
        raise WorkspaceError("workspace", "The box pins a trust document that is not in this workspace.")
    return [(t.version, workspace.trust(t.version).read_bytes()) for t in versions if t.version >= start]
