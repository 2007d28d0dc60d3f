"""`reader`: a card reader that always says yes, for rehearsals."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import click

from appliance.core.money import format_money
from appliance.draw import qr
from appliance.errors import RequestError
from provisioning import reader
from provisioning.box_api import BoxApi, connect
from provisioning.commands.common import now, passphrase_file_option, say, warn, workspace_option
from provisioning.commands.signer import issuer_option, open_signer
from provisioning.issue import Signer
from provisioning.reader import Payment
from provisioning.workspace import Workspace

_PAUSE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(ms|s|min|)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "": 1.0}


def parse_pause(text: str) -> float:
    """Seconds of `2s`, `500ms`, `1min` or `2`."""
    found = _PAUSE.fullmatch(text)
    if found is None:
        raise RequestError("bad-request", f"{text!r} is no length of time: write 2s, 500ms or 1min.")
    return float(found[1]) * _SECONDS[found[2]]


@click.command("reader")
@click.option("--box-url", metavar="URL", required=True, help="The box's address, such as http://127.0.0.1:8080.")
@click.option("--drop", "slugs", metavar="DROP", multiple=True, required=True, help="What is bought; several in turn.")
@click.option("--price", help="The price option; else the first.")
@click.option("--every", default="2s", show_default=True, metavar="TIME", help="Between two payments.")
@click.option("--count", type=click.IntRange(1), help="How many payments; else until it is stopped.")
@click.option("--show", is_flag=True, help="Show the link as a QR code for a phone, once, instead of redeeming.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@issuer_option
@passphrase_file_option
@workspace_option
def reader_command(
    *,
    workspace: Workspace,
    box_url: str,
    slugs: tuple[str, ...],
    price: str | None,
    every: str,
    count: int | None,
    show: bool,
    as_json: bool,
    issuer_name: str | None,
    passphrase_file: Path | None,
) -> None:
    """Pay for a box's offers as a card reader would, without a card. Ends with 1 where a payment was refused.

    Example: stallbox-organizer reader --box-url http://127.0.0.1:8080 --drop harbour-lights --count 10
    """
    pause = parse_pause(every)
    signer = open_signer(workspace, issuer_name, passphrase_file, frozenset({"reader", "web"}))
    if show:
        asyncio.run(_show(box_url, signer, slugs, price))
        return
    payments = partial(reader.run, signer=signer, slugs=slugs, now=now, every_s=pause, count=count, price=price)
    if asyncio.run(_pay(box_url, payments, as_json)):
        raise SystemExit(1)


async def _show(url: str, signer: Signer, slugs: tuple[str, ...], price: str | None) -> None:
    async with connect(url) as box:
        for slug in slugs:
            link = reader.accept(await reader.ask(box, slug, price), signer, now()).link(url.rstrip("/"))
            say(qr.terminal(link))
            say(link)


async def _pay(url: str, payments: Callable[[BoxApi], AsyncIterator[Payment]], as_json: bool) -> int:
    """How many were refused."""
    refused = 0
    async with connect(url) as box:
        async for payment in payments(box):
            refused += payment.refusal is not None
            _tell(payment, as_json)
    return refused


def _tell(payment: Payment, as_json: bool) -> None:
    refusal = payment.refusal
    if as_json:
        told = {"code": refusal.code, "detail": refusal.detail} if refusal else payment.answer
        say(json.dumps({"token": payment.issued and payment.issued.id, "refused": bool(refusal), "answer": told}))
    elif refusal is not None:
        warn(f"{refusal.title}: {refusal.detail}")
    else:
        say(_sentence(payment))


def _sentence(payment: Payment) -> str:
    assert payment.asked is not None, "what was paid was asked for"
    assert payment.answer is not None, "what was paid was answered"
    offer = payment.asked.offer
    paid = format_money(offer.amount, offer.currency)
    sales = payment.answer.get("sales")
    first = sales[0] if isinstance(sales, list) and sales else None
    got = first if isinstance(first, dict) else {}
    number = f" #{got['number']}" if got.get("number") is not None else ""
    again = ", again" if payment.answer.get("again") else ""
    return (
        f"{payment.asked.slug}{number}  {paid}  {payment.answer.get('tier')}{again}  "
        f"pickup {got.get('pickup')}  {got.get('url')}"
    )
