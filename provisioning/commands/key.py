"""`key new`: keys of people and services, each listed by what it may do."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.core.trust import Creator, Issuer, Member
from provisioning import roster
from provisioning.commands.common import answer, json_option, new_key_options, new_passphrase, workspace_option
from provisioning.keys import new_contact_key, new_signing_key
from provisioning.people import enlist
from provisioning.workspace import Workspace, slug_of

_DAY = 86_400
_LIFETIMES = {"voucher": 365 * _DAY}
_NEXT = "It is in force once a trust document lists it: run `stallbox-organizer trust sign` (`box add` does so, too)."


@click.group()
def key() -> None:
    """Keys of creators, issuers, cosigners, and the contact key."""


@key.group("new")
def key_new() -> None:
    """Make a key and list its owner in organizer.json."""


@key_new.command()
@click.argument("name")
@click.option("--drops", multiple=True, default=("*",), help="Slugs that this creator may sign, * stands for anything.")
@new_key_options
@json_option
@workspace_option
def creator(
    *,
    workspace: Workspace,
    name: str,
    drops: tuple[str, ...],
    passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """A creator, who signs drops and their certificates.

    Example: stallbox-organizer key new creator "Ana Reyes"
    """
    phrase = new_passphrase(passphrase_file, no_passphrase, f"the creator's key of {name}")
    made = new_signing_key()
    entry = Creator(made.public, made.public.did, roster.composed(name), drops)
    path = workspace.key("creator", name)
    enlist(workspace, roster.with_creator(roster.load(workspace), entry), path, made, phrase)
    _tell(as_json, path, made.public.did)


@key_new.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(["reader", "web", "voucher"]), default="reader", show_default=True)
@click.option("--drops", multiple=True, default=("*",), help="Slugs that may be paid for, * stands for anything.")
@click.option(
    "--max-amount",
    default=20000,
    show_default=True,
    type=click.IntRange(0),
    help="Most of one payment, in minor units (cents).",
)
@click.option("--max-lifetime", type=click.IntRange(1), help="Longest life of a payment token, in seconds; else a day.")
@click.option("--max-count", type=click.IntRange(1), help="Most payments per box, ever.")
@click.option("--time", "tells_time", is_flag=True, help="Boxes may take the time from what it signs.")
@new_key_options
@json_option
@workspace_option
def issuer(
    *,
    workspace: Workspace,
    name: str,
    kind: str,
    drops: tuple[str, ...],
    max_amount: int,
    max_lifetime: int | None,
    max_count: int | None,
    tells_time: bool,
    passphrase_file: Path | None,
    no_passphrase: bool,
    as_json: bool,
) -> None:
    """An issuer, who signs payment tokens. A voucher lives for a year unless --max-lifetime says less.

    Example: stallbox-organizer key new issuer "Card reader 1" --max-amount 20000
    """
    phrase = new_passphrase(passphrase_file, no_passphrase, f"the issuer's key of {name}")
    made = new_signing_key()
    entry = Issuer(
        key=made.public,
        name=roster.composed(name),
        kind=kind,
        drops=drops,
        max_amount=max_amount,
        max_lifetime=max_lifetime or _LIFETIMES.get(kind, _DAY),
        max_count=max_count,
        time=tells_time,
    )
    path = workspace.key("issuer", name)
    enlist(workspace, roster.with_issuer(roster.load(workspace), entry), path, made, phrase)
    _tell(as_json, path, made.public.did)


@key_new.command()
@click.argument("name")
@new_key_options
@json_option
@workspace_option
def cosigner(workspace: Workspace, name: str, passphrase_file: Path | None, no_passphrase: bool, as_json: bool) -> None:
    """A cosigner, whose signature acknowledges what a box has sent.

    Example: stallbox-organizer key new cosigner Collector
    """
    phrase = new_passphrase(passphrase_file, no_passphrase, f"the cosigner's key of {name}")
    made = new_signing_key()
    held = roster.load(workspace)
    entry = Member(made.public, roster.composed(name), f"{slug_of(name)}.{held.event}"[:64])
    path = workspace.key("cosigner", name)
    enlist(workspace, roster.with_cosigner(held, entry), path, made, phrase)
    _tell(as_json, path, made.public.did)


@key_new.command()
@click.argument("name")
@click.option("--text", metavar="WORDS", help="What buyers are told that their address is for; else a plain sentence.")
@new_key_options
@json_option
@workspace_option
def contact(
    workspace: Workspace, name: str, text: str | None, passphrase_file: Path | None, no_passphrase: bool, as_json: bool
) -> None:
    """The key that opens what buyers leave for the organizer; a new one takes the place of the last.

    Example: stallbox-organizer key new contact aftercare --text "We write twice a year, about new drops."
    """
    phrase = new_passphrase(passphrase_file, no_passphrase, f"the contact key {name}")
    path = workspace.key("contact", name)
    made = new_contact_key()
    enlist(workspace, roster.with_contact_key(roster.load(workspace), made.public, text), path, made, phrase)
    _tell(as_json, path, made.public)


def _tell(as_json: bool, path: Path, public: str) -> None:
    answer(as_json, {"file": str(path), "public": public}, f"{path} holds {public}.", _NEXT)
