"""`paper clock-reset`, `paper courier` and `trust revoke`: the root's small words."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.core.documents import format_time
from appliance.files import write_durably
from provisioning import roster, trust
from provisioning.clock_reset import clock_reset
from provisioning.commands.common import (
    answer,
    json_option,
    keyring,
    now,
    passphrase_file_option,
    workspace_option,
)
from provisioning.courier import courier
from provisioning.revoke import find
from provisioning.terms import parse_moment
from provisioning.workspace import Workspace

_ENDING = ".dsse.json"


@click.group("paper")
def paper_group() -> None:
    """Small papers that the root signs."""


@paper_group.command("clock-reset")
@click.argument("box")
@click.option("--n", type=click.IntRange(1), required=True, help="Counts the resets of this box; higher than the last.")
@click.option("--at", "moment", metavar="TIME", help="What the box's clock begins from; else now, by this computer.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), required=True)
@passphrase_file_option
@json_option
@workspace_option
def clock_reset_command(
    *,
    workspace: Workspace,
    box: str,
    n: int,
    moment: str | None,
    output: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Set the clock of a box that believes in a later time than it is; bring the file to its inbox.

    Example: stallbox-organizer paper clock-reset stall-7 --n 1 -o clock-reset.dsse.json
    """
    if not output.name.endswith(_ENDING):
        raise click.UsageError(f"The box knows papers by their names: end it with {_ENDING}.")
    document = trust.chain(workspace).current
    member = roster.box_named(document, box)
    issued = now() if moment is None else parse_moment(moment)
    keys = keyring(passphrase_file).root_threshold(workspace, document)
    write_durably(output, clock_reset(member.key.id, n, issued, document, keys))
    answer(
        as_json,
        {"file": str(output), "box": member.key.id, "n": n, "issued": format_time(issued)},
        f"{output} sets the clock of {member.name} to {format_time(issued)}: bring it there soon.",
    )


@paper_group.command("courier")
@click.option("--until", "moment", metavar="TIME", required=True, help="When it ends: whoever finds the stick has it.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), required=True)
@passphrase_file_option
@json_option
@workspace_option
def courier_command(
    *, workspace: Workspace, moment: str, output: Path, passphrase_file: Path | None, as_json: bool
) -> None:
    """Make a stick a courier: every box of the event writes its sales onto it as soon as it is put in.

    The file belongs into the stick's folder STALLBOX/PAPERS.

    Example: stallbox-organizer paper courier --until 2026-12-06T20:00:00Z -o courier.dsse.json
    """
    if not output.name.endswith(_ENDING):
        raise click.UsageError(f"The box knows papers by their names: end it with {_ENDING}.")
    document = trust.chain(workspace).current
    expires = parse_moment(moment)
    keys = keyring(passphrase_file).root_threshold(workspace, document)
    write_durably(output, courier(expires, now(), document, keys))
    answer(
        as_json,
        {"file": str(output), "event": document.event, "expires": format_time(expires)},
        f"{output} makes a stick a courier until {format_time(expires)}: put it into STALLBOX/PAPERS there.",
    )


@click.command("revoke")
@click.argument("whats", metavar="KEY|TOKEN...", nargs=-1, required=True)
@json_option
@workspace_option
def trust_revoke(workspace: Workspace, whats: tuple[str, ...], as_json: bool) -> None:
    """Withdraw keys and payment tokens for good, from the next trust document on.

    A key is named by its owner's name, key id or did:key; a token by its id in the table of vouchers, or its link.

    Example: stallbox-organizer trust revoke "Card reader 1"
    """
    held = roster.load(workspace)
    found = [find(held, what) for what in whats]
    keys = sorted({f.key for f in found if f.key is not None})
    tokens = sorted({f.token for f in found if f.token is not None})
    roster.save(workspace, roster.with_revoked(held, keys, tokens))
    answer(
        as_json,
        {"keys": keys, "tokens": tokens},
        *(f"{f.said} will be withdrawn." for f in found),
        "It is in force at a box once a new trust document is there: run `stallbox-organizer trust sign`, then bundle.",
    )
