"""Vouchers: payment tokens on paper, as a sheet to print and a table to keep.

Knows what stands on them and in the table. Each line of the table, like each code, is as good as money.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from babel.dates import format_date, format_time

from appliance.core.documents import format_time as format_utc
from appliance.core.manifest import Manifest
from appliance.core.money import format_money
from appliance.core.trust import Issuer
from appliance.draw.sheet import Voucher
from appliance.errors import RequestError
from provisioning.issue import Issued, Signer, boxed, sign
from provisioning.terms import parse_moment

MOST = 1000  # at once
_DAY = 86_400
_HEADINGS = ("serial", "of", "token", "box", "drop", "price", "amount", "currency", "expires", "link")


@dataclass(frozen=True, slots=True)
class Order:
    """What the vouchers are for. `base` is what links to the box begin with."""

    packed: Manifest
    creator: str
    organizer: str
    stall: str
    box_id: str
    base: str
    price: str
    amount: int | None
    count: int
    expires: int


def issue(order: Order, signer: Signer, now: int) -> list[Issued]:
    """`order.count` fresh tokens; `over-limit` where the issuer may not sign as many."""
    most = signer.issuer.max_count
    if most is not None and order.count > most:
        raise RequestError("over-limit", f"A box takes {most} payments of {signer.issuer.name}, ever: print no more.")
    asked = boxed(order.packed, order.box_id, order.price, order.amount)
    return [sign(asked, signer, now=now, expires=order.expires) for _ in range(order.count)]


def words(order: Order, issued: Sequence[Issued]) -> list[Voucher]:
    """What is printed on each."""
    price = order.packed.price(order.price)
    assert price is not None, "tokens were signed for it"
    return [
        Voucher(
            title=order.packed.title,
            slug=order.packed.slug,
            creator=order.creator,
            organizer=order.organizer,
            stall=order.stall,
            option=price.title,
            price=format_money(each.token.amount, each.token.currency),
            until=last_moment(order.expires),
            serial=serial,
            of=len(issued),
            link=each.link(order.base),
        )
        for serial, each in enumerate(issued, 1)
    ]


def table(order: Order, issued: Sequence[Issued]) -> bytes:
    """CSV (RFC 4180), a line per voucher; `token` is what `trust revoke` takes."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_HEADINGS)
    for serial, each in enumerate(issued, 1):
        paid = each.token
        until = format_utc(paid.expires)
        what = (order.stall, order.packed.slug, paid.price, paid.amount, paid.currency, until)
        writer.writerow((serial, len(issued), each.id, *what, each.link(order.base)))
    return file.getvalue().encode()


def parse_end(text: str) -> int:
    """Unix seconds at which a voucher ends: after the day `2026-12-31` here, or at the moment `2026-12-31T18:00`."""
    if "T" in text:
        return parse_moment(text)
    try:
        day = datetime.strptime(text, "%Y-%m-%d").astimezone()
    except ValueError as error:
        raise RequestError("bad-request", f"{text!r} is no date: write 2026-12-31, or 2026-12-31T18:00.") from error
    return int((day.replace(tzinfo=None) + timedelta(days=1)).astimezone().timestamp())


def last_moment(expires: int) -> str:
    """The last day on which it is good, here; with the time where the day does not end with it."""
    end = datetime.fromtimestamp(expires).astimezone()
    if (end.hour, end.minute, end.second) == (0, 0, 0):
        return format_date(end.date() - timedelta(days=1), "d MMMM y", locale="en")
    return f"{format_date(end.date(), 'd MMM y', locale='en')}, {format_time(end.time(), 'HH:mm', locale='en')}"


def latest_end(packed: Manifest, issuer: Issuer, now: int) -> int:
    """As late as the issuer may sign for, and not after the sale ends; at a midnight here where days are left."""
    end = now + issuer.max_lifetime
    if issuer.max_lifetime > 2 * _DAY:
        end = int(datetime.combine(datetime.fromtimestamp(end).astimezone().date(), time()).astimezone().timestamp())
    return end if packed.sale_until is None else min(end, packed.sale_until)
