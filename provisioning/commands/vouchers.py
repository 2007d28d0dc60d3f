"""`vouchers`: payment tokens as a sheet to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from PIL import Image

from appliance.core.documents import format_time
from appliance.core.money import format_money
from appliance.draw import sheet
from appliance.draw.sheet import Layout, Voucher
from appliance.files import write_durably
from provisioning import vouchers
from provisioning.commands.common import answer, counted, json_option, now, passphrase_file_option, workspace_option
from provisioning.commands.orders import AMOUNT, END, make_order
from provisioning.commands.signer import issuer_option, open_signer
from provisioning.vouchers import MOST
from provisioning.workspace import Workspace


@click.command("vouchers")
@click.option("--count", default=100, show_default=True, type=click.IntRange(1, MOST), help="How many.")
@click.option("--box", metavar="NAME", required=True, help="The box that will redeem them.")
@click.option("--drop", "slug", metavar="DROP", required=True, help="What is paid for.")
@click.option("--price", default="download", show_default=True, help="The price option.")
@click.option("--amount", help=AMOUNT)
@click.option("--expires", metavar="DATE", help=END)
@click.option(
    "--layout",
    type=click.Choice([layout.name.lower() for layout in Layout]),
    default="postcards",
    show_default=True,
    help="Four postcards on a page, or 24 labels of 70 x 37 mm.",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), required=True)
@issuer_option
@passphrase_file_option
@json_option
@workspace_option
def vouchers_command(
    *,
    workspace: Workspace,
    count: int,
    box: str,
    slug: str,
    price: str,
    amount: str | None,
    expires: str | None,
    layout: str,
    output: Path,
    issuer_name: str | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Print payment tokens: A4 pages as PDF, and a table of them as CSV beside it.

    Example: stallbox-organizer vouchers --count 100 --box stall-7 --drop harbour-lights -o sheet.pdf
    """
    signer = open_signer(workspace, issuer_name, passphrase_file, frozenset({"voucher"}))
    order = make_order(workspace, signer, box, slug, price, amount, expires, count)
    issued = vouchers.issue(order, signer, now())
    table = output.with_suffix(".csv")
    write_durably(output, _drawn(vouchers.words(order, issued), Layout[layout.upper()]), 0o600)
    write_durably(table, vouchers.table(order, issued), 0o600)
    worth = format_money(sum(each.token.amount for each in issued), order.packed.currency)
    answer(
        as_json,
        {"sheet": str(output), "table": str(table), "count": count, "expires": format_time(order.expires)},
        f"{output}: {count} vouchers of {signer.issuer.name} for {order.stall}, worth {worth}, "
        f"good until {vouchers.last_moment(order.expires)}.",
        f"{table} lists them: keep both like money.",
        "Print at actual size (100 %, no scaling).",
    )


def _drawn(printed: Sequence[Voucher], layout: Layout) -> bytes:
    with counted("Drawing", sheet.count_pages(len(printed), layout)) as advance:

        def told() -> Iterator[Image.Image]:
            for page in sheet.pages(printed, layout):
                yield page
                advance(1)

        return sheet.pdf(told())
