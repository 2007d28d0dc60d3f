"""Vouchers: what is printed redeems, what is kept in the table is what was printed."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest

from appliance.core.manifest import Manifest
from appliance.draw import sheet
from appliance.draw.sheet import Layout
from appliance.errors import RequestError
from provisioning import vouchers
from provisioning.issue import Signer
from provisioning.quickstart import Started
from provisioning.vouchers import Order
from tests.organizer import DAY, NOW
from tests.provisioning.conftest import Type, answered
from tests.provisioning.issuers import hire, stall_of
from tests.reading import codes


@pytest.fixture
def signer(started: Started) -> Signer:
    return hire(started, "Paper", "voucher", max_lifetime=200 * DAY)


def order(started: Started, count: int = 5, price: str = "download") -> Order:
    packed: Manifest = started.packed.manifest
    return Order(
        packed=packed,
        creator="Ana Reyes",
        organizer="Ana Reyes",
        stall="Stall 7",
        box_id=started.box.box.key.id,
        base="http://10.42.0.1",
        price=price,
        amount=None,
        count=count,
        expires=NOW + 100 * DAY,
    )


async def test_every_printed_voucher_redeems_once(started: Started, signer: Signer, tmp_path: Path) -> None:
    """What a reader scans off the page is redeemed as a voucher, months later too; a second scan sells nothing more."""
    asked = order(started)
    made = vouchers.issue(asked, signer, NOW)
    links: set[str] = set()
    for page in sheet.pages(vouchers.words(asked, made), Layout.POSTCARDS):
        links |= codes(page.convert("L").reduce(2))
    assert len(links) == 5
    async with stall_of(started, tmp_path) as stall:
        first = [await stall.redeemer.redeem(link) for link in sorted(links)]
        again = [await stall.redeemer.redeem(link) for link in sorted(links)]
        assert {done.sold.number for done in first} == {1, 2, 3, 4, 5}
        assert [done.sold.number for done in again] == [done.sold.number for done in first]
        assert all(done.again for done in again)
        assert {sale.method for sale in await stall.stock.sales()} == {"voucher"}


def test_the_table_lists_what_was_printed(started: Started, signer: Signer) -> None:
    """Serial, token id, price and link of each voucher, in order."""
    asked = order(started, price="print")
    made = vouchers.issue(asked, signer, NOW)
    rows = list(csv.DictReader(io.StringIO(vouchers.table(asked, made).decode(), newline="")))
    assert [row["serial"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["token"] for row in rows] == [each.id for each in made]
    assert [row["link"] for row in rows] == [each.link for each in vouchers.words(asked, made)]
    assert {(row["box"], row["drop"], row["price"], row["amount"], row["currency"]) for row in rows} == {
        ("Stall 7", "harbour-lights", "print", "2500", "EUR")
    }


def test_no_more_than_a_box_takes(started: Started) -> None:
    """An issuer with a limit of payments prints no more vouchers than that."""
    few = hire(started, "Few", "voucher", max_lifetime=200 * DAY, max_count=4)
    assert len(vouchers.issue(order(started, 4), few, NOW)) == 4
    with pytest.raises(RequestError) as refusal:
        vouchers.issue(order(started, 5), few, NOW)
    assert refusal.value.code == "over-limit"


def test_a_last_day_ends_with_the_day() -> None:
    """A date is good until its midnight here and is printed as that day; a moment is printed with its time."""
    ends = vouchers.parse_end("2026-12-31")
    assert datetime.fromtimestamp(ends).astimezone().strftime("%Y-%m-%d %H:%M") == "2027-01-01 00:00"
    assert vouchers.last_moment(ends) == "31 December 2026"
    assert vouchers.last_moment(vouchers.parse_end("2026-12-31T18:00")) == "31 Dec 2026, 18:00"
    for text in ("tomorrow", "2026-02-30", "31.12.2026"):
        with pytest.raises(RequestError):
            vouchers.parse_end(text)


@pytest.mark.parametrize(("layout", "pages"), [("postcards", 2), ("labels", 1)])
def test_vouchers_as_they_are_typed(
    started: Started, signer: Signer, tmp_path: Path, type_: Type, layout: str, pages: int
) -> None:
    """One command leaves a PDF and a CSV that only its owner can read."""
    words = ("--box", "stall-7", "--drop", "harbour-lights", "--count", 5, "--layout", layout)
    at = ("--workspace", started.workspace.folder)
    made = answered(type_("vouchers", *words, "-o", "sheet.pdf", "--json", *at))
    assert (made["count"], made["table"]) == (5, "sheet.csv")
    pdf = tmp_path / "sheet.pdf"
    assert f"/Count {pages}\n".encode() in pdf.read_bytes()
    assert len((tmp_path / "sheet.csv").read_text().splitlines()) == 6
    for path in (pdf, tmp_path / "sheet.csv"):
        assert path.stat().st_mode & 0o077 == 0


def test_vouchers_need_an_issuer_of_vouchers(started: Started, type_: Type) -> None:
    """A reader's key does not print: the close of a day counts vouchers apart."""
    hire(started, "Reader 1", "reader")
    words = ("--box", "stall-7", "--drop", "harbour-lights", "-o", "sheet.pdf", "--workspace", started.workspace.folder)
    refused = type_("vouchers", *words)
    assert (refused.exit_code, "--kind voucher" in refused.stderr) == (1, True)


def test_more_vouchers_than_numbers_are_told(started: Started, signer: Signer, type_: Type) -> None:
    """Who prints more vouchers than the box has numbers hears that the rest would be owed."""
    words = ("--box", "stall-7", "--drop", "harbour-lights", "--count", 11, "--layout", "labels", "-o", "sheet.pdf")
    done = type_("vouchers", *words, "--workspace", started.workspace.folder)
    assert done.exit_code == 0
    assert "10 numbers" in done.stderr
