"""What is to be withdrawn, found by the words that people have for it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import token
from appliance.core.trust import TOKEN_ID, Creator, Issuer, Member, Trust
from appliance.errors import SaleError, WorkspaceError
from provisioning.roster import composed
from provisioning.workspace import slug_of


@dataclass(frozen=True, slots=True)
class Found:
    """One of `key` (did:key) and `token` (`<issuer key id>:<cti hex>`), and what people call it."""

    said: str
    key: str | None = None
    token: str | None = None


def find(roster: Trust, what: str) -> Found:
    """The key or token of that name, id or link; WorkspaceError where it is none, or not one alone.

    A root key is not withdrawn like this: it is replaced by a trust document that names others.
    """
    if (token_id := _token_id(what)) is not None:
        return Found(f"The token {token_id}", token=token_id)
    members: tuple[Creator | Issuer | Member, ...] = (
        *roster.creators,
        *roster.issuers,
        *roster.boxes,
        *roster.cosigners,
    )
    found = {m.key.did: m.name for m in members if what in {m.key.did, m.key.id} or _is_called(m.name, what)}
    if not found:
        raise WorkspaceError("workspace", f"No key and no payment token is called “{what}”. Look into organizer.json.")
    if len(found) > 1:
        raise WorkspaceError("workspace", f"Several keys are called “{what}”: name one by its did:key.")
    ((did, name),) = found.items()
    return Found(f"The key of {name}", key=did)


def _token_id(what: str) -> str | None:
    if TOKEN_ID.fullmatch(what):
        return what
    try:
        return ":".join(token.read(token.strip_link(what.strip())).token.id)
    except SaleError:
        return None  # no token: then it must be the name of a key


def _is_called(name: str, what: str) -> bool:
    return name == composed(what) or slug_of(name) == what
