"""Boxed payment tokens as they are asked for on a command line, with what will fail at the box told beforehand."""

from __future__ import annotations

from appliance.core.documents import format_time
from appliance.core.manifest import Manifest
from appliance.core.money import parse_amount
from appliance.core.trust import Member
from provisioning import allot, boxes, drops, roster, trust, vouchers
from provisioning.commands.common import now, warn
from provisioning.drops import DropFolder
from provisioning.issue import Signer
from provisioning.vouchers import Order, parse_end
from provisioning.workspace import Workspace

END = "Last day (2026-12-31) or moment; else as late as the issuer may and the sale lasts."
AMOUNT = "What is paid, such as 10.00; above the list price the rest is a tip."


def make_order(
    workspace: Workspace,
    signer: Signer,
    box: str,
    slug: str,
    price: str,
    amount: str | None,
    expires: str | None,
    count: int,
) -> Order:
    """What is asked for on the command line, with names and addresses from the workspace; warns of what will fail."""
    folder, packed, _ = drops.packed_drop(workspace, slug)
    held = roster.load(workspace)
    member = roster.box_named(held, box)
    order = Order(
        packed=packed,
        creator=roster.creator_of(held, packed.origin).name,
        organizer=held.organizer,
        stall=member.name,
        box_id=member.key.id,
        base=boxes.base_of(workspace, member),
        price=price,
        amount=None if amount is None else parse_amount(amount, packed.currency),
        count=count,
        expires=vouchers.latest_end(packed, signer.issuer, now()) if expires is None else parse_end(expires),
    )
    _warn_of_dates(packed, order.expires)
    _warn_of_numbers(workspace, folder, packed, member, count)
    return order


def _warn_of_dates(packed: Manifest, expires: int) -> None:
    if packed.expires <= now():
        warn(f"The papers of {packed.slug} expired on {format_time(packed.expires)}: pack it again, or nobody redeems.")
    if packed.sale_until is not None and packed.sale_until < expires:
        warn(f"The sale of {packed.slug} ends on {format_time(packed.sale_until)}: nothing is redeemed after that.")


def _warn_of_numbers(workspace: Workspace, folder: DropFolder, packed: Manifest, box: Member, count: int) -> None:
    if packed.size is None or not trust.envelopes(workspace):
        return
    held = allot.shares(folder.epochs(packed, trust.chain(workspace))).get(box.key.id, frozenset())
    if len(held) < count:
        warn(f"{box.name} has {len(held)} numbers of {packed.slug}, fewer than {count}: the rest would be owed.")
