"""The roster: who belongs to the event, as it will stand in the next trust document.

`organizer.json` holds the trust document's own fields without version and dates, laid out for people to edit.
Knows nothing of signatures: what is in the roster is in force only once a trust document says so.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import replace

from appliance.core import trust
from appliance.core.documents import Json, format_time, read_json, write_json
from appliance.core.envelope import Kind
from appliance.core.keys import PublicKey
from appliance.core.trust import ISSUER_KINDS, Creator, Issuer, Member, Trust
from appliance.errors import PaperError, WorkspaceError
from appliance.files import write_durably
from provisioning.papers import Fields, trust_fields
from provisioning.workspace import Workspace, slug_of

_KIND = "stallbox-workspace"
_DATED = ("spec", "version", "issued", "expires")


def new(organizer: str, event: str, root: PublicKey) -> Trust:
    """A roster with nobody in it but the root key; WorkspaceError where name or event cannot be used."""
    if not trust.EVENT.fullmatch(event):
        raise WorkspaceError(
            "workspace",
            f"“{event}” is no name of an event: use 3 to 32 of a–z, 0–9, dots and dashes, for example nmb-2026-12.",
        )
    fields: Fields = {
        "organizer": composed(organizer),
        "event": event,
        "root": {"keys": [root.did], "threshold": 1},
        **{role: [] for role in ("creators", "issuers", "boxes", "cosigners")},
        **dict.fromkeys(("contact_key", "contact_text")),
        "revoked": {"keys": [], "tokens": []},
    }
    return _check(fields)


def load(workspace: Workspace) -> Trust:
    """The roster as a trust document of version 1 that nobody signed."""
    try:
        fields: dict[str, Json] = read_json(
            workspace.roster.read_bytes(), workspace.roster.name, Kind.TRUST.max_payload
        )
    except PaperError as error:
        raise WorkspaceError("workspace", f"{workspace.roster} is damaged: {error.detail}") from error
    if fields.pop("kind", None) != _KIND:
        raise WorkspaceError("workspace", f"{workspace.roster} is not a workspace of stallbox-organizer.")
    return _check(fields)


def check(roster: Trust) -> None:
    """WorkspaceError unless the roster may stand in a trust document."""
    _check(undated(roster))


def save(workspace: Workspace, roster: Trust) -> None:
    """Writes the roster, after the checks that a trust document would get."""
    check(roster)
    text = json.dumps({"kind": _KIND} | undated(roster), indent=2, ensure_ascii=False) + "\n"
    write_durably(workspace.roster, text.encode())


def undated(document: Trust) -> Fields:
    """What two trust documents are compared by: all fields but version and dates."""
    return {name: value for name, value in trust_fields(document).items() if name not in _DATED}


def composed(name: str) -> str:
    """The name in Unicode's composed form, as signed documents need it."""
    return unicodedata.normalize("NFC", name).strip()


def with_creator(roster: Trust, creator: Creator) -> Trust:
    return replace(roster, creators=(*roster.creators, creator))


def with_issuer(roster: Trust, issuer: Issuer) -> Trust:
    return replace(roster, issuers=(*roster.issuers, issuer))


def with_revoked(roster: Trust, keys: Iterable[str] = (), tokens: Iterable[str] = ()) -> Trust:
    """The roster with further did:keys and `<issuer key id>:<cti hex>` withdrawn; nothing is ever taken back."""
    return replace(
        roster,
        revoked_keys=roster.revoked_keys.union(keys),
        revoked_tokens=roster.revoked_tokens.union(tokens),
    )


def with_box(roster: Trust, box: Member) -> Trust:
    return replace(roster, boxes=(*roster.boxes, box))


def with_cosigner(roster: Trust, cosigner: Member) -> Trust:
    return replace(roster, cosigners=(*roster.cosigners, cosigner))


def with_contact_key(roster: Trust, public: str, text: str | None) -> Trust:
    """`text`: what buyers are told that their address is for; None leaves what is said now."""
    return replace(roster, contact_key=public, contact_text=composed(text) if text else roster.contact_text)


def creator_of(roster: Trust, origin: PublicKey) -> Creator:
    """The creator who signs for an origin now."""
    found = roster.creator(origin.did)
    if found is None:
        raise WorkspaceError("workspace", f"organizer.json lists no creator for {origin.did}: list the drop's creator.")
    return found


def creator_named(roster: Trust, name: str | None) -> Creator:
    """The creator of that name or slug; the only one where none is named."""
    found = [c for c in roster.current_creators if name is None or _is(c.name, name)]
    if len(found) == 1:
        return found[0]
    if not roster.current_creators:
        raise WorkspaceError("workspace", "There is no creator yet: make one with `key new creator NAME`.")
    names = ", ".join(c.name for c in roster.current_creators)
    said = "There are several creators" if name is None else f"No single creator is called “{name}”"
    raise WorkspaceError("workspace", f"{said}: choose one of {names} with --creator.")


def issuer_named(roster: Trust, name: str | None, kinds: Collection[str] = ISSUER_KINDS) -> Issuer:
    """The issuer of that name or slug, which is one of `kinds`; the only such one where none is named."""
    current = [i for i in roster.issuers if i.key.did not in roster.revoked_keys and i.kind in kinds]
    found = [i for i in current if name is None or _is(i.name, name)]
    if len(found) == 1:
        return found[0]
    if not current:
        kind = min(kinds)
        raise WorkspaceError(
            "workspace",
            f"No issuer may sign this yet: make one with `key new issuer NAME --kind {kind}`, then `trust sign`.",
        )
    names = ", ".join(i.name for i in current)
    said = "There are several issuers" if name is None else f"No single issuer who may sign this is called “{name}”"
    raise WorkspaceError("workspace", f"{said}: choose one of {names} with --issuer.")


def box_named(roster: Trust, name: str) -> Member:
    """The box of that name or slug."""
    found = [box for box in roster.boxes if _is(box.name, name) and box.key.did not in roster.revoked_keys]
    if len(found) == 1:
        return found[0]
    names = ", ".join(box.name for box in roster.boxes) or "none yet"
    raise WorkspaceError("workspace", f"No box is called “{name}” (boxes: {names}). Add it with `box add`.")


def _is(name: str, asked: str) -> bool:
    return name == composed(asked) or slug_of(name) == asked


def _check(fields: Fields | dict[str, Json]) -> Trust:
    dated = {"spec": 1, "version": 1, "issued": format_time(0), "expires": format_time(1)}
    try:
        return trust.parse(write_json({**fields, **dated}))
    except PaperError as error:
        raise WorkspaceError("workspace", f"organizer.json cannot become a trust document: {error.detail}") from error
