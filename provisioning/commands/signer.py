"""Who signs payment tokens on this computer: the issuer that is named, its limits, its key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from appliance.core.trust import ISSUER_KINDS, Issuer
from provisioning import roster, trust
from provisioning.commands.common import keyring, warn
from provisioning.issue import Signer
from provisioning.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def issuer_option(command: F) -> F:
    """`--issuer NAME`; the command receives `issuer_name: str | None`."""
    return click.option(
        "--issuer", "issuer_name", metavar="NAME", help="Who signs; needed where there are several issuers."
    )(command)


def open_signer(
    workspace: Workspace, name: str | None, passphrase_file: Path | None, kinds: Collection[str] = ISSUER_KINDS
) -> Signer:
    """The issuer of that name, its key open. Warns where no trust document says yet what organizer.json says of it."""
    issuer = roster.issuer_named(roster.load(workspace), name, kinds)
    if not _is_in_force(workspace, issuer):
        warn(f"No trust document lists {issuer.name} like this: boxes believe it after `trust sign` and a new bundle.")
    return Signer(issuer, keyring(passphrase_file).of(workspace, issuer.key))


def _is_in_force(workspace: Workspace, issuer: Issuer) -> bool:
    return bool(trust.envelopes(workspace)) and issuer in trust.chain(workspace).current.issuers
