"""The verbs `sell`, `redeem`, `release` and `close`: a day at the stall, typed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping

from appliance.commands.common import Add, count, counted, field, not_synced, objects, print_json
from appliance.core.money import format_money, parse_amount
from appliance.doors import Json, open_door
from appliance.errors import SaleError

_RANGE = re.compile(r"([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")


def register(add: Add) -> None:
    _add_sell(add)
    redeem = add("redeem", _redeem, "redeem a payment token", "stallbox redeem 2KCE3IQBE4CEQ… --json")
    redeem.add_argument("text", help="the token, or a link to it")
    redeem.add_argument("--json", action="store_true", help="for scripts")
    release = add("release", _release, "give numbers up", "stallbox release harbour-lights 41-50,60")
    release.add_argument("slug", help="the drop")
    release.add_argument("ranges", type=_ranges, help="the numbers, such as 41-50,60")
    release.add_argument("--json", action="store_true", help="for scripts")
    close = add("close", _close, "close the day", "stallbox close --json > monday.json")
    close.add_argument("--json", action="store_true", help="for scripts")


def _add_sell(add: Add) -> None:
    sell = add("sell", _sell, "sell a copy", "stallbox sell harbour-lights --price print --json")
    sell.add_argument("slug", help="the drop")
    sell.add_argument("--price", help="the price option (the first)")
    sell.add_argument("--quantity", type=count, default=1, help="how many copies (1)")
    sell.add_argument("--method", choices=("cash", "card"), default="cash", help="how it was paid (cash)")
    sell.add_argument("--discount", default="0", help="off the whole order, such as 1.00")
    sell.add_argument("--reason", help="why there is a discount")
    sell.add_argument("--tip", default="0", help="on the whole order, such as 1.00")
    sell.add_argument("--payment-ref", help="the card reader's receipt number")
    sell.add_argument("--json", action="store_true", help="for scripts")


def _ranges(text: str) -> list[list[int]]:
    """`41-50,60` as inclusive ranges; which numbers there are, the box knows."""
    found = [_RANGE.fullmatch(part) for part in text.split(",")]
    return [[int(match[1]), int(match[2] or match[1])] if match else _no_range(text) for match in found]


def _no_range(text: str) -> list[int]:
    raise argparse.ArgumentTypeError(f"{text} is no list of numbers: write it like 41-50,60")


async def _sell(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        currency = _currency(await door.status(), options.slug)
        answer = await door.sell(
            {
                "drop": options.slug,
                "price": options.price,
                "quantity": options.quantity,
                "method": options.method,
                "discount": parse_amount(options.discount, currency),
                "discount_reason": options.reason,
                "tip": parse_amount(options.tip, currency),
                "payment_ref": options.payment_ref,
            }
        )
    if options.json:
        print_json(answer)
        return
    for sale in objects(answer["sales"]):
        print(f"Sold {_handed_over(sale, ':')}")


async def _redeem(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.redeem(options.text.strip())
    if options.json:
        print_json(answer)
        return
    for sale in objects(answer["sales"]):
        before = "Redeemed before" if answer["again"] else "Redeemed"
        mark = ", marked" if answer["marked"] else ""
        print(f"{before}, {answer['tier']}{mark}: {_handed_over(sale, ',')}")


def _handed_over(sale: Mapping[str, object], then: str) -> str:
    """Which copy, and how its buyer gets it; an opened claim has no pickup number any more."""
    number = f"#{sale['number']}" if sale["number"] else "a copy"
    pickup = f"pickup number {sale['pickup']}, or " if sale["pickup"] else ""
    return f"{number}{then} {pickup}{sale['url']}"


async def _release(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.release(options.slug, options.ranges)
    if options.json:
        print_json(answer)
    else:
        print(
            f"Released under {answer['entry']}. Once the collector has the box's sales, the creator can give them "
            "away anew: stallbox-organizer allot --released collector"
        )


async def _close(options: argparse.Namespace) -> None:
    async with open_door(options.dir) as door:
        answer = await door.close()
        titles = {drop["drop"]: drop["title"] for drop in objects((await door.status())["drops"])}
    if options.json:
        print_json(answer)
        return
    print(f"The day is closed under {answer['entry']}. This is no fiscal record.")
    for row in objects(field(answer, "totals", "rows")):
        print(f"  {titles.get(row['drop'], row['drop'])}: {_row(row)}")
    for given in objects(field(answer, "totals", "refunds")):
        amount = format_money(int(str(given["amount"])), str(given["currency"]))
        print(f"Paid back {amount}, in {counted(given['count'], 'refund')}.")
    print(f"Voided {field(answer, 'totals', 'voids')}, owed {field(answer, 'totals', 'owed')}.")
    print(not_synced(field(answer, "totals", "unsynced")))
    if way := field(answer, "funnel", "all"):
        print(_passed(way))


def _passed(way: object) -> str:
    assert isinstance(way, dict), "a funnel has counts"
    return (
        f"Phones: {way['joined']} on the Wi-Fi, {way['page']} opened a page, {way['paid']} paid, "
        f"{way['files']} have their files."
    )


def _row(row: Json) -> str:
    amount, discount, tip = (int(str(row[name])) for name in ("amount", "discount", "tip"))
    tier = f", {row['tier']}" if row["tier"] else ""
    paid = format_money(amount - discount + tip, str(row["currency"]))
    return f"{row['price']}, {row['method']}{tier}: {row['count']} for {paid}"


def _currency(status: Json, slug: str) -> str:
    for drop in objects(status["drops"]):
        if drop["slug"] == slug:
            return str(drop["currency"])
    known = ", ".join(str(drop["slug"]) for drop in objects(status["drops"])) or "none yet"
    raise SaleError("unknown-drop", f"There is no drop “{slug}” on this box; it has {known}.")
