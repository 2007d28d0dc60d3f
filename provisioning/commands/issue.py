"""`issue`: payment tokens, for a box's offer or boxed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from yarl import URL

from appliance.core.documents import format_time
from appliance.core.money import parse_amount
from appliance.draw import qr
from appliance.files import read_limited
from provisioning import boxes, roster, vouchers
from provisioning.box_api import connect
from provisioning.commands.common import (
    answer,
    json_option,
    now,
    passphrase_file_option,
    say,
    workspace_option,
)
from provisioning.commands.orders import AMOUNT, END, make_order
from provisioning.commands.signer import issuer_option, open_signer
from provisioning.issue import MAX_OFFER, Asked, Issued, Signer, read_offer, sign
from provisioning.reader import accept
from provisioning.vouchers import MOST, parse_end
from provisioning.workspace import Workspace


@click.command("issue")
@click.option("--offer", "source", metavar="URL|FILE|-", help="Sign a box's offer, from its API or a file.")
@click.option("--boxed", is_flag=True, help="Sign without asking the box; --box and --drop say for what.")
@click.option("--box", metavar="NAME", help="With --boxed: the box that will redeem it.")
@click.option("--drop", "slug", metavar="DROP", help="With --boxed: what is paid for.")
@click.option("--price", default="download", show_default=True, help="With --boxed: the price option.")
@click.option("--amount", help=AMOUNT)
@click.option("--expires", metavar="DATE", help=END)
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, MOST), help="With --boxed: how many.")
@click.option("--qr", "as_qr", is_flag=True, help="Show each link as a QR code in the terminal.")
@issuer_option
@passphrase_file_option
@json_option
@workspace_option
def issue(
    *,
    workspace: Workspace,
    source: str | None,
    boxed: bool,
    box: str | None,
    slug: str | None,
    price: str,
    amount: str | None,
    expires: str | None,
    count: int,
    as_qr: bool,
    issuer_name: str | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Sign payment tokens: for the offer of a box, or boxed for later.

    Example: stallbox-organizer issue --offer http://10.42.0.1/api/v1/offers/harbour-lights

    Example: stallbox-organizer issue --boxed --box stall-7 --drop harbour-lights --expires 2026-12-31
    """
    if boxed == (source is not None):
        raise click.UsageError("Say --offer URL|FILE|- or --boxed, one of them.")
    if source is not None:
        if box or slug or count != 1:
            raise click.UsageError("An offer says box and drop itself: leave --box, --drop and --count out.")
        asked = _asked(source, amount)
        signer = open_signer(workspace, issuer_name, passphrase_file)
        _tell([_accepted(asked, signer, expires)], _base(workspace, asked.offer.box), as_json, as_qr)
        return
    if not box or not slug:
        raise click.UsageError("--boxed needs --box NAME and --drop DROP.")
    signer = open_signer(workspace, issuer_name, passphrase_file)
    order = make_order(workspace, signer, box, slug, price, amount, expires, count)
    _tell(vouchers.issue(order, signer, now()), order.base, as_json, as_qr)


def _accepted(asked: Asked, signer: Signer, expires: str | None) -> Issued:
    """The offer signed, until the end that was asked for or as long as a reader's tokens live."""
    if expires is None:
        return accept(asked, signer, now())
    return sign(asked, signer, now=now(), expires=parse_end(expires))


def _asked(source: str, amount: str | None) -> Asked:
    if "://" in source:
        return asyncio.run(_fetched(source, amount))
    if amount is not None:
        raise click.UsageError("The amount stands in the offer: ask the box for another offer.")
    if source == "-":
        return read_offer(sys.stdin.buffer.read(MAX_OFFER + 1))
    path = Path(source)
    return read_offer(read_limited(path, MAX_OFFER, path.name))


async def _fetched(url: str, amount: str | None) -> Asked:
    async with connect(url) as box:
        asked = read_offer(await box.offer_at(url))
        if amount is None:
            return asked
        minor = parse_amount(amount, asked.offer.currency)
        return read_offer(await box.offer_at(str(URL(url).update_query(amount=str(minor)))))


def _base(workspace: Workspace, box_id: str) -> str:
    member = roster.load(workspace).box(box_id)
    return boxes.BASE if member is None else boxes.base_of(workspace, member)


def _tell(issued: Sequence[Issued], base: str, as_json: bool, as_qr: bool) -> None:
    links = [each.link(base) for each in issued]
    if as_json:
        tokens = [_summary(each) | {"link": link} for each, link in zip(issued, links, strict=True)]
        answer(True, {"tokens": tokens})
        return
    for link in links:
        if as_qr:
            say(qr.terminal(link))
        say(link)


def _summary(issued: Issued) -> dict[str, object]:
    token = issued.token
    return {
        "token": issued.text,
        "id": issued.id,
        "box": token.box,
        "drop": token.drop,
        "price": token.price,
        "amount": token.amount,
        "currency": token.currency,
        "expires": format_time(token.expires),
        "nonce": None if token.nonce is None else token.nonce.hex(),
    }
